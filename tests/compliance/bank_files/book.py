"""A made-up association's book and batch, consistent in itself, and its file as public libraries write it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sepaxml import SepaDD

from tests.compliance.bank_files.iso_messages import message
from vuurtoren.compliance.calendar import add_target_days
from vuurtoren.compliance.records import Batch, Collection, Creditor, Mandate, PreNotification, Usage

TODAY = date(2026, 11, 26)
CREDITOR = Creditor("NL69ZZZ123456780000", "NL91ABNA0417164300")
NAME = "Vereniging De Vuurtoren"
NAMES = ("J. de Vries", "Anna Bakker", "P. van den Berg", "Familie Jansen", "O'Neill", "C. Smit-Visser")
STREETS = ("Dorpsstraat", "Kerkweg", "Molenlaan")
TOWNS = ("Utrecht", "Zwolle", "Den Haag")
INSTANT = datetime(2026, 11, 26, 9, 30)


@dataclass(frozen=True)
class Case:
    """A batch with its lines and mandates, and the bytes of its file."""

    batch: Batch
    file: bytes
    library: str
    version: str


def iban(random_: random.Random) -> str:
    """A valid IBAN of a Dutch, Belgian or German shape."""
    country = random_.choice(("NL", "NL", "NL", "BE", "DE"))
    if country == "NL":
        body = "".join(random_.choices(string.ascii_uppercase, k=4)) + _digits(random_, 10)
    else:
        body = _digits(random_, {"BE": 12, "DE": 18}[country])
    rest = "".join(str(int(character, 36)) for character in f"{body}{country}00")
    return f"{country}{98 - int(rest) % 97:02d}{body}"


def _digits(random_: random.Random, count: int) -> str:
    return "".join(random_.choices(string.digits, k=count))


def case(seed: int, lines: int | None = None) -> Case:
    """A case that has nothing wrong with it, the same for the same seed."""
    random_ = random.Random(seed)
    count = lines or random_.randint(1, 12)
    name = f"BATCH-26-11-{seed:04d}"
    due = add_target_days(TODAY, random_.randint(11, 14))
    sequence_type = random_.choice(("RCUR", "RCUR", "FRST"))
    collections = tuple(_collection(random_, name, number, due, sequence_type) for number in range(count))
    library, version = random_.choice(WRITERS)
    message_id = f"MSG-{name}-{_digits(random_, 6)}"
    batch = Batch(
        name=name,
        due_on=due,
        batch_type=sequence_type,
        status="Generated",
        total_cents=sum(each.cents or 0 for each in collections),
        entry_count=count,
        collections=collections,
        created_at=INSTANT,
        file=f"/private/files/{name}.xml",
        file_generated_at=INSTANT,
        file_generated_by="penningmeester@vereniging.example",
    )
    addresses = [_address(random_) for _ in collections]
    file = WRITE[library](batch, message_id, version, addresses)
    return Case(batch, file, library, version)


def _collection(random_: random.Random, batch: str, number: int, due: date, sequence: str) -> Collection:
    account, signed = iban(random_), date(2016, 1, 1) + timedelta(random_.randint(0, 3600))
    cents, member = random_.randint(1, 50_000), f"Assoc-Member-2024-{number:04d}"
    used = max(signed, TODAY - timedelta(random_.randint(30, 900)))
    mandate = Mandate(
        name=f"mandate-{batch}-{number}",
        mandate_id=f"M-{signed:%Y%m%d}-{number}",
        member=member,
        status="Active",
        is_active=True,
        mandate_type="RCUR",
        account_holder=random_.choice(NAMES),
        iban=account,
        signed_on=signed,
        usages=(Usage(used, sequence, "BATCH-OLD", cents),),
        evidence=True,
    )
    return Collection(
        name=f"row-{batch}-{number}",
        batch=batch,
        invoice=f"SINV-26-{batch[-4:]}{number:04d}",
        member=member,
        mandate_reference=mandate.mandate_id,
        mandate=mandate,
        cents=cents,
        iban=account,
        sequence_type=sequence,
        due_on=due,
        status="Pending",
        outstanding_cents=cents,
        also_in=(),
        pre_notification=PreNotification(due - timedelta(random_.randint(14, 30)), cents, due),
        pre_notifications_kept=True,
    )


def _address(random_: random.Random) -> dict[str, object] | None:
    """None, a structured one, or a hybrid one, each as the guidelines take it."""
    kind = random_.choice(("none", "structured", "hybrid"))
    place: dict[str, object] = {"town": random_.choice(TOWNS), "country": "NL"}
    if kind == "structured":
        return place | {"street": random_.choice(STREETS), "number": str(random_.randint(1, 99))}
    return (
        place | {"lines": [f"{random_.choice(STREETS)} {random_.randint(1, 99)}"]}
        if kind == "hybrid"
        else None
    )


def write_with_sepaxml(
    batch: Batch, message_id: str, version: str, addresses: list[dict[str, object] | None]
) -> bytes:
    config = {
        "name": NAME,
        "IBAN": CREDITOR.iban,
        "BIC": "ABNANL2A",
        "batch": True,
        "creditor_id": CREDITOR.creditor_id,
        "currency": "EUR",
    }
    document = SepaDD(config, schema=version, clean=True)
    document.msg_id = message_id
    document._xml.find(".//MsgId").text = message_id
    document._xml.find(".//CreDtTm").text = INSTANT.isoformat()
    for line, address in zip(batch.collections, addresses, strict=True):
        assert line.mandate and line.mandate.signed_on and line.due_on
        written = address and {
            "town": address["town"],
            "country": address["country"],
            "street_name": address.get("street"),
            "building_number": address.get("number"),
            "lines": address.get("lines", []),
        }
        document.add_payment(
            {
                "name": line.mandate.account_holder,
                "IBAN": line.iban,
                "mandate_id": line.mandate_reference,
                "mandate_date": line.mandate.signed_on,
                "amount": line.cents,
                "type": line.sequence_type,
                "collection_date": line.due_on,
                "endtoend_id": f"E2E-{line.invoice}",
                "description": f"Contributie {line.invoice}",
                "address": written or {},
            }
        )
    return bytes(document.export(validate=False))


def write_with_pyiso20022(
    batch: Batch, message_id: str, version: str, addresses: list[dict[str, object] | None]
) -> bytes:
    count, total = str(len(batch.collections)), f"{(batch.total_cents or 0) / 100:.2f}"
    bic = "BIC" if version.endswith(".02") else "BICFI"
    transactions = [
        {
            "PmtId": {"EndToEndId": f"E2E-{line.invoice}"},
            "InstdAmt": (f"{(line.cents or 0) / 100:.2f}", "EUR"),
            "DrctDbtTx": {
                "MndtRltdInf": {
                    "MndtId": line.mandate_reference,
                    "DtOfSgntr": str(line.mandate and line.mandate.signed_on),
                }
            },
            "DbtrAgt": {"FinInstnId": {"Othr": {"Id": "NOTPROVIDED"}}},
            "Dbtr": {
                "Nm": line.mandate and line.mandate.account_holder,
                "PstlAdr": _iso_address(address) if address else None,
            },
            "DbtrAcct": {"Id": {"IBAN": line.iban}},
            "RmtInf": {"Ustrd": [f"Contributie {line.invoice}"]},
        }
        for line, address in zip(batch.collections, addresses, strict=True)
    ]
    content = {
        "GrpHdr": {
            "MsgId": message_id,
            "CreDtTm": INSTANT.isoformat(),
            "NbOfTxs": count,
            "CtrlSum": total,
            "InitgPty": {"Nm": NAME},
        },
        "PmtInf": [
            {
                "PmtInfId": f"PMT-{batch.name}",
                "PmtMtd": "DD",
                "NbOfTxs": count,
                "CtrlSum": total,
                "PmtTpInf": {
                    "SvcLvl": {"Cd": "SEPA"},
                    "LclInstrm": {"Cd": "CORE"},
                    "SeqTp": batch.batch_type,
                },
                "ReqdColltnDt": str(batch.due_on),
                "Cdtr": {"Nm": NAME},
                "CdtrAcct": {"Id": {"IBAN": CREDITOR.iban}},
                "CdtrAgt": {"FinInstnId": {bic: "ABNANL2A"}},
                "ChrgBr": "SLEV",
                "CdtrSchmeId": {
                    "Id": {"PrvtId": {"Othr": [{"Id": CREDITOR.creditor_id, "SchmeNm": {"Prtry": "SEPA"}}]}}
                },
                "DrctDbtTxInf": transactions,
            }
        ],
    }
    return message(version, {"CstmrDrctDbtInitn": content})


def _iso_address(address: dict[str, object]) -> dict[str, object]:
    names = {"street": "StrtNm", "number": "BldgNb", "town": "TwnNm", "country": "Ctry", "lines": "AdrLine"}
    return {theirs: address[ours] for ours, theirs in names.items() if ours in address}


Writer = Callable[[Batch, str, str, list["dict[str, object] | None"]], bytes]
WRITE: dict[str, Writer] = {"sepaxml": write_with_sepaxml, "pyiso20022": write_with_pyiso20022}
WRITERS = tuple((library, version) for library in WRITE for version in ("pain.008.001.02", "pain.008.001.08"))
