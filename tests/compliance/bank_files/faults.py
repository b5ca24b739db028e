"""Faults that happen to batches and their files, one planted at a time, and by what each must be found."""

from __future__ import annotations

import hashlib
import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from tests.compliance.bank_files.book import CREDITOR, TODAY, Case, iban
from vuurtoren.compliance.bank_files.pain008 import read_collections
from vuurtoren.compliance.bank_files.preflight import PreFlight, preflight
from vuurtoren.compliance.records import (
    Agreements,
    Batch,
    Circumstances,
    Collection,
    NextCollection,
    PreNotification,
    Return,
    Usage,
)


@dataclass
class World:
    """Everything that a pre-flight looks at; a fault changes one thing of it."""

    batch: Batch
    text: str
    random_: random.Random
    today: date = TODAY
    raw: bytes | None = None
    made_as: str = ""
    message_id_used_by: tuple[str, ...] = ()
    returns: list[Return] = field(default_factory=list)

    @staticmethod
    def of(case: Case, seed: int) -> World:
        text = case.file.decode()
        made_as = hashlib.sha256(case.file).hexdigest()
        batch = replace(case.batch, file_sha256=made_as)
        return World(batch, text, random.Random(seed), made_as=made_as)

    @property
    def file(self) -> bytes:
        return self.raw if self.raw is not None else self.text.encode()

    def judged(self) -> PreFlight:
        """What the pre-flight says; a file that a fault changed counts as the one that was made."""
        reading = read_collections(io.BytesIO(self.file), f"{self.batch.name}.xml")
        used = replace(reading.file, message_id_used_by=self.message_id_used_by)
        made_as = self.made_as or reading.file.sha256
        return preflight(
            replace(self.batch, file_sha256=made_as),
            replace(reading, file=used),
            Circumstances(self.today, CREDITOR, Agreements()),
            returns=self.returns,
            changed_since=made_as,
        )

    # what faults are made of

    def line(self) -> int:
        return self.random_.randrange(len(self.batch.collections))

    def row(self, number: int) -> Collection:
        return self.batch.collections[number]

    def set_row(self, number: int, **values: object) -> None:
        rows = list(self.batch.collections)
        rows[number] = replace(rows[number], **values)  # type: ignore[arg-type]
        self.batch = replace(self.batch, collections=tuple(rows))

    def set_mandate(self, number: int, **values: object) -> None:
        mandate = self.row(number).mandate
        assert mandate
        self.set_row(number, mandate=replace(mandate, **values))  # type: ignore[arg-type]

    def parts(self) -> list[str]:
        """The collections of the file, as text."""
        return re.findall(r"<DrctDbtTxInf>.*?</DrctDbtTxInf>", self.text, re.DOTALL)

    def in_line(self, number: int, pattern: str, new: str) -> None:
        """Replace what a pattern finds in one collection; whatever was made is what is sent."""
        part = self.parts()[number]
        mended, found = re.subn(pattern, new, part, count=1, flags=re.DOTALL)
        assert found, (pattern, part)
        self.in_file(part, mended)

    def in_file(self, old: str, new: str, count: int = 1) -> None:
        assert old in self.text, old
        self.text, self.made_as = self.text.replace(old, new, count), ""

    def stated(self) -> None:
        """Let counts and sums be what stands in the file."""
        parts = self.parts()
        cents = sum(round(float(re.findall(r"<InstdAmt[^>]*>([0-9.]*)<", part)[0]) * 100) for part in parts)
        self.text = re.sub("<NbOfTxs>[0-9]*<", f"<NbOfTxs>{len(parts)}<", self.text)
        self.text = re.sub("<CtrlSum>[0-9.]*<", f"<CtrlSum>{cents / 100:.2f}<", self.text)


Plant = Callable[[World], None]
FAULTS: dict[str, tuple[Plant, str]] = {}
"""What happened, to how it is done and the kind of problem that must name it."""


def fault(name: str, kind: str) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        FAULTS[name] = (plant, kind)
        return plant

    return keep


# the file


@fault("the country of a debtor is written out", "country")
def _(world: World) -> None:
    country = world.random_.choice(("Netherlands", "nl", "NLD"))
    address = f"<PstlAdr><TwnNm>Utrecht</TwnNm><Ctry>{country}</Ctry></PstlAdr></Dbtr>"
    world.in_line(world.line(), "(<PstlAdr>.*?</PstlAdr>\\s*)?</Dbtr>", address)


@fault("an end-to-end id stands twice", "duplicate_end_to_end_id")
def _(world: World) -> None:
    parts = world.parts()
    world.in_file(parts[-1], parts[-1] + parts[0])
    world.stated()


@fault("the number of collections is wrong", "count")
def _(world: World) -> None:
    count = len(world.batch.collections)
    world.in_file(f"<NbOfTxs>{count}<", f"<NbOfTxs>{count + world.random_.choice((-1, 1, 10))}<")


@fault("the control sum is wrong", "control_sum")
def _(world: World) -> None:
    total = world.batch.total_cents or 0
    world.in_file(
        f"<CtrlSum>{total / 100:.2f}<", f"<CtrlSum>{(total + world.random_.randint(1, 999)) / 100:.2f}<"
    )


@fault("an amount was changed in the file", "amount_differs")
def _(world: World) -> None:
    world.in_line(
        world.line(), r">[0-9.]+</InstdAmt>", f">{world.random_.randint(60_000, 90_000)}.00</InstdAmt>"
    )
    world.stated()


@fault("an amount has three decimals", "decimals")
def _(world: World) -> None:
    world.in_line(world.line(), r"</InstdAmt>", f"{world.random_.randint(1, 9)}</InstdAmt>")


@fault("an amount has a comma", "amount")
def _(world: World) -> None:
    world.in_line(world.line(), r"\.([0-9]+)</InstdAmt>", r",\1</InstdAmt>")


@fault("an amount is zero", "amount_range")
def _(world: World) -> None:
    world.in_line(world.line(), r">[0-9.]+</InstdAmt>", ">0.00</InstdAmt>")


@fault("an amount is in another currency", "currency")
def _(world: World) -> None:
    world.in_line(
        world.line(), 'Ccy="EUR"', f'Ccy="{world.random_.choice(("USD", "CHF", "GBP", "eur", ""))}"'
    )


@fault("an account is mistyped", "iban")
def _(world: World) -> None:
    number = world.line()
    account = world.row(number).iban
    place = world.random_.randrange(4, len(account))
    wrong = str((int(account[place], 36) + 1) % 10) if account[place].isdigit() else "Q"
    world.in_line(
        number, account, account[:place] + (wrong if wrong != account[place] else "X") + account[place + 1 :]
    )


@fault("an account is somebody else's", "iban_differs")
def _(world: World) -> None:
    number = world.line()
    world.in_line(number, world.row(number).iban, iban(world.random_))


@fault("a mandate reference has 36 characters", "mandate_id")
def _(world: World) -> None:
    world.in_line(world.line(), "<MndtId>[^<]*<", f"<MndtId>{'M' * 36}<")


@fault("a mandate reference begins with a slash", "mandate_id")
def _(world: World) -> None:
    world.in_line(world.line(), "<MndtId>", "<MndtId>/")


@fault("a mandate is another one than in the batch", "mandate_differs")
def _(world: World) -> None:
    world.in_line(world.line(), "</MndtId>", "X</MndtId>")


@fault("the day of a signature was made up", "signature_differs")
def _(world: World) -> None:
    world.in_line(world.line(), "<DtOfSgntr>[^<]*<", "<DtOfSgntr>2009-11-01<")


@fault("the day of a signature is none", "signature_date")
def _(world: World) -> None:
    world.in_line(
        world.line(),
        "<DtOfSgntr>[^<]*<",
        f"<DtOfSgntr>{world.random_.choice(('', '01-11-2019', '2019-02-30'))}<",
    )


@fault("an account was swapped under an amendment of something else", "iban_of_mandate_differs")
def _swapped_under_an_amendment(world: World) -> None:
    number, account = world.line(), iban(world.random_)
    world.in_line(number, r"(<DbtrAcct>.*?<IBAN>)[^<]*", rf"\g<1>{account}")
    amended = "<AmdmntInd>true</AmdmntInd><AmdmntInfDtls><OrgnlMndtId>OLD-1</OrgnlMndtId></AmdmntInfDtls>"
    world.in_line(number, "</DtOfSgntr>", f"</DtOfSgntr>{amended}")


@fault("the creditor id is mistyped", "creditor_id")
def _(world: World) -> None:
    world.in_file(CREDITOR.creditor_id, "NL" + CREDITOR.creditor_id[2:].replace("12345678", "12345687"), 9)


@fault("the money goes to another account", "creditor_account_differs")
def _(world: World) -> None:
    world.in_file(CREDITOR.iban, iban(world.random_))


@fault("an element is misspelt", "structure")
def _(world: World) -> None:
    name = world.random_.choice(("MndtRltdInf", "EndToEndId", "DbtrAcct", "RmtInf", "DtOfSgntr"))
    world.in_line(
        world.line(), f"<{name}>(.*)</{name}>", rf"<{name[:4]}_{name[4:]}>\1</{name[:4]}_{name[4:]}>"
    )


@fault("elements are out of order", "structure")
def _(world: World) -> None:
    world.in_line(world.line(), r"(<Dbtr>.*</Dbtr>)\s*(<DbtrAcct>.*</DbtrAcct>)", r"\2\1")


@fault("an element that must be there is not", "structure")
def _(world: World) -> None:
    name = world.random_.choice(("DbtrAgt", "Dbtr", "DbtrAcct", "InstdAmt", "PmtId"))
    world.in_line(world.line(), rf"<{name}[ >].*?</{name}>", "")


@fault("an address is lines alone", "C10")
def _(world: World) -> None:
    number = world.line()
    world.in_line(
        number,
        "(<PstlAdr>.*</PstlAdr>)?</Dbtr>",
        "<PstlAdr><AdrLine>Kerkweg 3</AdrLine><AdrLine>Utrecht</AdrLine></PstlAdr></Dbtr>",
    )


@fault("the version is none that banks take", "version")
def _(world: World) -> None:
    world.in_file("pain.008.001.0", f"pain.008.001.{world.random_.choice((1, 2, 9))}", 9)


@fault("it is a file of credit transfers", "unreadable")
def _(world: World) -> None:
    world.in_file("CstmrDrctDbtInitn", "CstmrCdtTrfInitn", 9)
    world.text = re.sub("pain.008.001.0[28]", "pain.001.001.09", world.text)


@fault("the file ends too early", "unreadable")
def _(world: World) -> None:
    world.in_file(
        world.text, world.text[: world.random_.randrange(len(world.text) // 4, len(world.text) - 12)]
    )


@fault("the file declares entities", "unreadable")
def _(world: World) -> None:
    world.in_file("<Document", '<!DOCTYPE Document [<!ENTITY a "b">]><Document')


@fault("the bytes are not of the encoding", "unreadable")
def _(world: World) -> None:
    world.in_line(world.line(), "<Dbtr>.*?<Nm>", "<Dbtr><Nm>Ren")
    world.raw = world.text.encode().replace(b"<Nm>Ren", b"<Nm>Ren\xe9", 1)


@fault("a line of the batch is not in the file", "not_in_file")
def _(world: World) -> None:
    parts = world.parts()
    if len(parts) == 1:  # a file without any is another fault; one more row in the batch is the same
        row = replace(world.row(0), name="more", invoice="SINV-26-99990000", mandate_reference="M-99")
        world.batch = replace(world.batch, collections=(*world.batch.collections, row))
        world.made_as = ""
        return
    world.in_file(world.random_.choice(parts), "")
    world.stated()


@fault("a collection was added to the file", "not_in_batch")
def _(world: World) -> None:
    part = world.parts()[world.line()]
    more = re.sub("<EndToEndId>[^<]*<", "<EndToEndId>E2E-SINV-26-99990001<", part)
    world.in_file(part, part + more)
    world.stated()


@fault("a block mixes sequence types", "mixed_sequence_types")
def _(world: World) -> None:
    part = world.parts()[0]
    more = re.sub("</PmtId>", "</PmtId><PmtTpInf><SeqTp>OOFF</SeqTp></PmtTpInf>", part)
    more = re.sub("<EndToEndId>[^<]*<", "<EndToEndId>E2E-SINV-26-99990002<", more)
    world.in_file(part, part + more)
    world.stated()


@fault("the sequence type is none", "sequence_type")
def _(world: World) -> None:
    world.in_file(
        f"<SeqTp>{world.batch.batch_type}<", f"<SeqTp>{world.random_.choice(('CORE', 'B2B', '', 'rcur'))}<"
    )


@fault("the file was changed after it was made", "changed_file")
def _(world: World) -> None:
    made_as = world.made_as
    world.in_file("</GrpHdr>", world.random_.choice((" </GrpHdr>", "\n</GrpHdr>", "<!-- --></GrpHdr>")))
    world.made_as = made_as


@fault("the message id is missing or too long", "message_id")
def _(world: World) -> None:
    world.in_file("<MsgId>", world.random_.choice(("<MsgId>" + "A" * 35, "<MsgId>//")))


@fault("the message id was used before", "C08")
def _(world: World) -> None:
    world.message_id_used_by = ("BATCH-26-10-0001",)


# the book


@fault("a mandate was cancelled", "C01")
def _(world: World) -> None:
    world.set_mandate(
        world.line(), status="Cancelled", cancelled_on=TODAY - timedelta(world.random_.randint(0, 90))
    )


@fault("a mandate is suspended, a draft, or has expired", "C01")
def _(world: World) -> None:
    world.set_mandate(world.line(), status=world.random_.choice(("Suspended", "Draft", "Expired")))


@fault("a mandate is signed after the due date", "C01")
def _(world: World) -> None:
    number = world.line()
    due = world.row(number).due_on
    assert due
    signed = due + timedelta(world.random_.randint(0, 30))
    world.set_mandate(number, signed_on=signed)
    world.in_line(number, "<DtOfSgntr>[^<]*<", f"<DtOfSgntr>{signed}<")


@fault("a mandate is not there", "C01")
def _(world: World) -> None:
    world.set_row(world.line(), mandate=None)


@fault("the account of a mandate is another one", "C02")
def _(world: World) -> None:
    world.set_mandate(world.line(), iban=iban(world.random_))


@fault("an invoice was paid in the meantime", "C03")
def _(world: World) -> None:
    number = world.line()
    outstanding = world.random_.choice((0, (world.row(number).cents or 0) + 1))
    world.set_row(number, outstanding_cents=outstanding)


@fault("an amount is above what the mandate allows", "C03")
def _(world: World) -> None:
    number = world.line()
    world.set_mandate(number, maximum_cents=(world.row(number).cents or 0) - 1)


@fault("an invoice is in another batch too", "C04")
def _(world: World) -> None:
    world.set_row(world.line(), also_in=("BATCH-26-11-9999",))


@fault("a mandate for once is used again", "C05")
def _(world: World) -> None:
    usage = Usage(date(2026, 1, 5), "OOFF", "BATCH-26-01-0001", 100, "Collected")
    world.set_mandate(world.line(), mandate_type="OOFF", usages=(usage,))


@fault("nothing was collected on a mandate for 36 months", "M04")
def _(world: World) -> None:
    usage = Usage(date(2023, world.random_.randint(1, 10), 5), "RCUR", "BATCH-23-01-0001", 100, "Collected")
    number = world.line()
    world.set_mandate(number, usages=(usage,), signed_on=date(2019, 5, 1))
    world.in_line(number, "<DtOfSgntr>[^<]*<", "<DtOfSgntr>2019-05-01<")


@fault("the due date is no day on which banks settle", "C06")
def _(world: World) -> None:
    due = world.random_.choice((date(2026, 12, 25), date(2026, 12, 12), date(2026, 12, 26), date(2027, 1, 1)))
    world.in_file(f"<ReqdColltnDt>{world.batch.due_on}<", f"<ReqdColltnDt>{due}<")
    rows = tuple(replace(row, due_on=due) for row in world.batch.collections)
    world.batch = replace(world.batch, due_on=due, collections=rows)


@fault("the bank can no longer take it in time", "C06")
def _(world: World) -> None:
    assert world.batch.due_on
    world.today = world.batch.due_on + timedelta(world.random_.randint(0, 5))


@fault("a collection was announced too late", "C07")
def _(world: World) -> None:
    number = world.line()
    due = world.row(number).due_on
    assert due
    late = PreNotification(due - timedelta(world.random_.randint(1, 13)), world.row(number).cents, due)
    world.set_row(number, pre_notification=late)


@fault("a collection was announced with another amount", "C07")
def _(world: World) -> None:
    number = world.line()
    due = world.row(number).due_on
    assert due
    other = PreNotification(due - timedelta(20), (world.row(number).cents or 0) + 100, due)
    world.set_row(number, pre_notification=other)


@fault("a mandate came back as wrong and is used again", "R03")
def _(world: World) -> None:
    row = world.row(world.line())
    assert row.mandate
    world.returns.append(
        Return(
            "RET-1",
            mandate=row.mandate.name,
            code=world.random_.choice(("MD01", "AC01", "AC04", "AC06", "MD07")),
            cents=row.cents,
            arrived_on=date(2026, 11, 2),
            mandate_status="Active",
            next_collection=NextCollection(world.batch.name, world.batch.due_on, row.cents),
        )
    )


@fault("the total of the batch is not that of its lines", "C08")
def _(world: World) -> None:
    world.batch = replace(world.batch, total_cents=(world.batch.total_cents or 0) + 1)
