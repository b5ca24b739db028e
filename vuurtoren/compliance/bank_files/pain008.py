"""A file of direct debits (pain.008) read into records, with whatever is wrong with it as a file.

Source: ISO 20022 pain.008.001.02 and .001.08, narrowed by the EPC SDD Core C2PSP guidelines (EPC130-08).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from vuurtoren.compliance.bank_files import fields
from vuurtoren.compliance.bank_files.messages import ROOTS, Message, message_of, not_ours
from vuurtoren.compliance.bank_files.problems import Problem, Problems
from vuurtoren.compliance.bank_files.structure import READ_VERSIONS, VERSION_08, Structure
from vuurtoren.compliance.bank_files.xml_reading import (
    Closed,
    Item,
    Node,
    NotReadable,
    Opened,
    Source,
    events,
)
from vuurtoren.compliance.facts import CHARACTERS, FACTS
from vuurtoren.compliance.identifiers import compact, creditor_id_problem, iban_problem, reference_problem
from vuurtoren.compliance.records import BankFile, FileTransaction, PaymentBlock, PostalAddress
from vuurtoren.site.quantities import Cents
from vuurtoren.site.words.words import Words

CONTAINERS = ("Document", "CstmrDrctDbtInitn", "PmtInf")
MOST_COLLECTIONS = 100_000
SEQUENCE_TYPES = ("FRST", "RCUR", "FNAL", "OOFF")
INSTRUMENTS = ("CORE", "B2B")
CREDITOR_ID = "Id/PrvtId/Othr/Id"
OTHER_ACCOUNT = ("OrgnlDbtrAcct", "OrgnlDbtrAgt", "OrgnlDbtrAgtAcct")
"""What an amendment names where the mandate was on another account; a number or a name alone is none."""
SMALLEST_CENTS, LARGEST_CENTS = FACTS["smallest_cents"][-1].value, FACTS["largest_cents"][-1].value
Fault = Callable[..., None]


@dataclass(frozen=True, slots=True)
class FileReading:
    """What was read of a file, and what is wrong with it; `readable` is false where reading stopped."""

    file: BankFile
    problems: tuple[Problem, ...] = ()
    readable: bool = True


def read_collections(stream: BinaryIO, name: str = "") -> FileReading:
    """Read a pain.008 from an open file; raises OSError where the stream cannot be read, nothing else.

    `name` is for people. What cannot be read as a pain.008 has no blocks and says why in its problems.
    """
    source, reader = Source(stream), _Reader()
    try:
        for event in events(source, (*CONTAINERS, *ROOTS)):
            reader.take(event)
        reader.whole()
    except NotReadable as reason:
        weight: Any = "limit" if reason.our_limit else "refused"
        problems = Problems()
        problems.add("unreadable", "C08", reason.text, *reason.values, weight=weight)
        file = BankFile(
            name, source.sha256, source.size_bytes, source.encoding, reader.message.version,
            problems=tuple(each.sentence() for each in problems.all()),
        )  # fmt: skip
        return FileReading(file, problems.all(), readable=False)
    reader.judge_encoding(source)
    return reader.reading(name, source)


@dataclass
class _Reader:
    """Takes the parts of the file one by one."""

    problems: Problems = field(default_factory=Problems)
    message: Message = field(default_factory=Message)
    header: Node | None = None
    blocks: list[PaymentBlock] = field(default_factory=list)
    block_parts: dict[str, Node] = field(default_factory=dict)
    transactions: list[FileTransaction] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    count: int = 0
    cents: int = 0
    amounts_known: bool = True
    ends: set[str] = field(default_factory=set)
    structure: Structure = field(default_factory=lambda: Structure(VERSION_08))
    place: str = ""
    depth: int = 0

    def take(self, event: Opened | Closed | Item) -> None:
        match event:
            case Opened(name, namespace, _):
                self._opened(name, namespace)
            case Closed(name):
                self.depth -= 1
                self._structure(self.structure.closed())
                if name == "PmtInf":
                    self._close_block()
            case Item(inside, node, shape):
                self._item(inside, node, shape)

    def _opened(self, name: str, namespace: str) -> None:
        self.depth += 1
        if name not in CONTAINERS:
            raise not_ours(Message.by_root(name), "pain.008", name)
        if CONTAINERS.index(name) != self.depth - 1:
            raise NotReadable("“{0}” stands where no payment file has it", name)
        if name == "Document":
            self.message = message_of(namespace)
            if self.message.kind and self.message.kind != "pain.008":
                raise not_ours(self.message, "pain.008")
            self.structure = Structure(self.message.version)
        self._structure(self.structure.opened(name))
        if name == "PmtInf":
            self.block_parts, self.transactions = {}, []

    def _item(self, inside: str, node: Node, shape: tuple[str, ...]) -> None:
        if inside == "Document":
            raise not_ours(Message(), "pain.008", node.name)
        self.place = ""
        if node.name == "DrctDbtTxInf" and inside == "PmtInf":
            self.count += 1
            if self.count > MOST_COLLECTIONS:
                raise NotReadable("the file has more than {0} collections", MOST_COLLECTIONS, our_limit=True)
            self.place = f"{self.count}, {_shown(node.value('PmtId/EndToEndId'))}"
            self._structure(self.structure.part(inside, shape))
            self.transactions.append(self._transaction(node))
            return
        self._structure(self.structure.part(inside, shape))
        if inside == "PmtInf":
            self.block_parts.setdefault(node.name, node)
        elif node.name == "GrpHdr":
            self.header = node

    def whole(self) -> None:
        """The file ended; raises NotReadable where it was no pain.008 after all."""
        if self.header is None:
            raise NotReadable("the file has no header (GrpHdr): it is no pain.008")

    def _structure(self, faults: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
        for text, values in faults:
            self._fault("structure", "C10", text, *values)

    def _fault(self, kind: str, rule: str, text: str, *values: Any, **more: Any) -> None:
        self.problems.add(kind, rule, text, *values, place=self.place, **more)

    # one collection

    def _transaction(self, node: Node) -> FileTransaction:
        collected = node.find("DrctDbtTx") or Node("DrctDbtTx", {})
        mandate = collected.find("MndtRltdInf") or Node("MndtRltdInf", {})
        end_to_end_id, mandate_id = node.value("PmtId/EndToEndId"), mandate.value("MndtId")
        self._reference("EndToEndId", end_to_end_id, "end_to_end_id")
        if end_to_end_id and end_to_end_id in self.ends:
            self._fault("duplicate_end_to_end_id", "C08", "the end-to-end id stands in the file before")
        self.ends.add(end_to_end_id)
        self._reference("MndtId", mandate_id, "mandate_id", "C01")
        debtor = node.find("Dbtr") or Node("Dbtr", {})
        iban = node.value("DbtrAcct/Id/IBAN")
        self._iban("debtor", iban, "iban", "C02")
        bic = node.value("DbtrAgt/FinInstnId/BIC") or node.value("DbtrAgt/FinInstnId/BICFI")
        if bic and not fields.is_bic(bic):
            self._fault("bic", "C10", "the BIC of the debtor has not the shape of one")
        self._name("debtor", debtor.value("Nm"))
        remittance = node.value("RmtInf/Ustrd")
        self._text("remittance", remittance, fields.LONGEST_REMITTANCE)
        return FileTransaction(
            end_to_end_id=end_to_end_id,
            cents=self._amount(node.find("InstdAmt")),
            currency=(node.find("InstdAmt") or Node("", {})).attributes.get("Ccy", ""),
            mandate_id=mandate_id,
            signed_on=self._date("DtOfSgntr", mandate.value("DtOfSgntr"), "signature_date", "C01"),
            debtor_name=debtor.value("Nm"),
            iban=iban,
            bic=bic,
            address=self._address(debtor),
            amended=self._names_another_account(mandate),
            original_mandate_id=mandate.value("AmdmntInfDtls/OrgnlMndtId"),
            original_iban=mandate.value("AmdmntInfDtls/OrgnlDbtrAcct/Id/IBAN"),
            remittance=remittance,
            sequence_type=node.value("PmtTpInf/SeqTp"),
            creditor_id=collected.value(f"CdtrSchmeId/{CREDITOR_ID}"),
        )

    def _names_another_account(self, mandate: Node) -> bool:
        """Whether an amendment says that the mandate was on another account or at another bank (SMNDA)."""
        said, details = mandate.value("AmdmntInd").lower() in ("true", "1"), mandate.find("AmdmntInfDtls")
        given = details is not None and bool(details.children)
        if said and not given:
            self._fault("amendment", "C10", "the mandate is said to be amended, and not in what")
        if given and not said:
            self._fault("amendment", "C10", "it is said what was amended, and not that the mandate was")
        return said and details is not None and any(details.find(name) for name in OTHER_ACCOUNT)

    def _amount(self, node: Node | None) -> int | None:
        text = node.text if node else ""
        currency = node.attributes.get("Ccy", "") if node else ""
        if currency != "EUR":
            self._fault("currency", "C03", "the currency is “{0}”, not EUR", currency)
        cents = fields.cents(text)
        if cents is None:
            self.amounts_known = False
            if fields.decimals(text) > 2:
                self._fault("decimals", "C03", "the amount “{0}” has more than two decimals", text)
            else:
                self._fault("amount", "C03", "“{0}” is no amount", text)
            return None
        if fields.decimals(text) > 2:
            self._fault("decimals", "C03", "the amount “{0}” has more than two decimals", text)
        if not SMALLEST_CENTS <= cents <= LARGEST_CENTS:
            self._fault("amount_range", "C03", "the amount {0} is not between 0.01 and 999,999,999.99", text)
        self.cents += cents
        return cents

    def _date(self, element: str, text: str, kind: str, rule: str) -> date | None:
        read = fields.day(text)
        if read is None:
            self._fault(
                kind, rule, "“{1}” is no date ({0})" if text else "the date {0} is missing", element, text
            )
        return read

    def _reference(self, element: str, text: str, kind: str, rule: str = "C08") -> None:
        problem = reference_problem(text, fields.LONGEST_REFERENCE)
        if problem:
            self._fault(kind, rule, "{0} “{1}”: {2}", element, text, problem)

    def _iban(self, whose: str, text: str, kind: str, rule: str) -> None:
        problem = iban_problem(text) or (
            "" if text == compact(text) else Words("it is not written without spaces")
        )
        if problem:
            self._fault(kind, rule, "the IBAN of the {0}: {1}", Words(whose), problem)

    def _name(self, whose: str, text: str) -> None:
        if not text:
            self._fault("name", "C10", "the name of the {0} is missing", Words(whose))
        self._text("name", text, fields.LONGEST_NAME)

    def _text(self, kind: str, text: str, longest: int) -> None:
        if len(text) > longest:
            self._fault(kind, "C10", "a {0} is longer than {1} characters", Words(kind), longest)
        if not CHARACTERS.issuperset(text):
            self.foreign.update(set(text) - CHARACTERS)

    def _address(self, party: Node) -> PostalAddress | None:
        """How the address of a party is written; None where none is, or nothing stands in it."""
        address = party.find("PstlAdr")
        if address is None or not address.children:
            return None
        country = address.value("Ctry")
        if country and not fields.is_country(country):
            self._fault("country", "C10", "the country “{0}” is not written as two letters", country)
        for child in address.children:
            longest = fields.LONGEST_IN_ADDRESS.get(child.name, fields.LONGEST_ADDRESS_LINE)
            self._text("address", child.text, longest)
        return PostalAddress(len(address.all("AdrLine")), address.value("TwnNm"), country)

    # one block

    def _close_block(self) -> None:
        self.place = ""
        part = self.block_parts
        payment_type = part.get("PmtTpInf", Node("", {}))
        due_on = self._date("ReqdColltnDt", _text_of(part, "ReqdColltnDt"), "due_date", "C06")
        count, cents = self._stated(part.get("NbOfTxs"), part.get("CtrlSum"), "PmtInf")
        creditor = part.get("Cdtr", Node("", {}))
        block = PaymentBlock(
            payment_id=_text_of(part, "PmtInfId"),
            due_on=due_on,
            sequence_type=payment_type.value("SeqTp"),
            local_instrument=payment_type.value("LclInstrm/Cd"),
            count_stated=count,
            cents_stated=cents,
            creditor_name=creditor.value("Nm"),
            creditor_id=part.get("CdtrSchmeId", Node("", {})).value(CREDITOR_ID),
            creditor_iban=part.get("CdtrAcct", Node("", {})).value("Id/IBAN"),
            creditor_address=self._address(creditor),
            transactions=tuple(self.transactions),
        )
        self._reference("PmtInfId", block.payment_id, "payment_id")
        if block.payment_id and block.payment_id in {each.payment_id for each in self.blocks}:
            self._fault("payment_id", "C08", "two blocks have the same PmtInfId")
        self._name("creditor", block.creditor_name)
        self._judge_type(part, payment_type, block)
        self._judge_creditor(block)
        self._judge_totals(block)
        self.blocks.append(block)

    def _judge_type(self, part: dict[str, Node], payment_type: Node, block: PaymentBlock) -> None:
        method, level = _text_of(part, "PmtMtd"), payment_type.value("SvcLvl/Cd")
        if method != "DD":
            self._fault("method", "C10", "the payment method is “{0}”, not DD", method)
        if level != "SEPA":
            self._fault("service_level", "C10", "the service level is “{0}”, not SEPA", level)
        if block.local_instrument not in INSTRUMENTS:
            self._fault("instrument", "C10", "the scheme is “{0}”, not CORE or B2B", block.local_instrument)
        bearer = _text_of(part, "ChrgBr")
        if bearer and bearer != "SLEV":
            self._fault("charges", "C10", "the charges are “{0}”, not SLEV", bearer)
        types = {each.sequence_type or block.sequence_type for each in block.transactions}
        for sequence_type in sorted(types | {block.sequence_type} - {""}):
            if sequence_type not in SEQUENCE_TYPES:
                self._fault(
                    "sequence_type", "C05", "the sequence type is “{0}”, not FRST, RCUR, FNAL or OOFF",
                    sequence_type,
                )  # fmt: skip
        if len(types) > 1:
            self._fault("mixed_sequence_types", "C05", "one block mixes {0}", ", ".join(sorted(types)))

    def _judge_creditor(self, block: PaymentBlock) -> None:
        for creditor_id in sorted(block.creditor_ids):
            if problem := creditor_id_problem(creditor_id):
                self._fault("creditor_id", "C08", "the creditor id “{0}”: {1}", creditor_id, problem)
        self._iban("creditor", block.creditor_iban, "creditor_iban", "C08")

    def _judge_totals(self, block: PaymentBlock) -> None:
        if not block.transactions:
            self._fault("empty_block", "C08", "a block holds no collection")
        if block.count_stated is not None and block.count_stated != len(block.transactions):
            self._fault(
                "count", "C08", "a block says {0} as the number of its collections, which is {1}",
                block.count_stated, len(block.transactions),
            )  # fmt: skip
        amounts = [each.cents for each in block.transactions]
        if block.cents_stated is not None and None not in amounts:
            total = sum(each or 0 for each in amounts)
            if total != block.cents_stated:
                self._fault(
                    "control_sum", "C08", "a block says EUR {0} and its collections add up to EUR {1}",
                    euros(block.cents_stated), euros(total),
                )  # fmt: skip

    def _stated(self, count: Node | None, total: Node | None, where: str) -> tuple[int | None, int | None]:
        """The number and the sum that the file says; a fault where they are written but are none."""
        read_count = fields.number(count.text) if count else None
        if count is not None and read_count is None:
            self._fault("count", "C08", "“{0}” in {1} is no number of collections", count.text, where)
        read_total = fields.cents(total.text) if total else None
        if total is not None and read_total is None:
            self._fault("control_sum", "C08", "“{0}” in {1} is no sum of euros and cents", total.text, where)
        return read_count, read_total

    # the whole file

    def _judge_schemes(self) -> None:
        schemes = {block.local_instrument for block in self.blocks} & set(INSTRUMENTS)
        if len(schemes) > 1:
            self._fault("mixed_schemes", "C10", "the file mixes {0}", ", ".join(sorted(schemes)))

    def judge_encoding(self, source: Source) -> None:
        self.place = ""
        if source.encoding not in ("utf-8", "utf8"):
            self._fault("encoding", "C10", "the encoding is {0}; banks read UTF-8", source.encoding)
        if source.begins_with_bom:
            self._fault(
                "bom",
                "C10",
                "the file begins with a byte order mark; some banks refuse that",
                weight="doubtful",
            )
        if len(source.namespaces) > 1:
            self._fault("namespaces", "C10", "elements of several namespaces are mixed")
        if self.message.version not in READ_VERSIONS:
            self._fault(
                "version", "C10", "the version is “{0}”; banks take {1}",
                self.message.version or Words("none"), Words("{0} or {1}", *READ_VERSIONS),
            )  # fmt: skip

    def reading(self, name: str, source: Source) -> FileReading:
        header = self.header or Node("", {})
        count, cents = self._stated(header.find("NbOfTxs"), header.find("CtrlSum"), "GrpHdr")
        message_id, created_at = header.value("MsgId"), fields.moment(header.value("CreDtTm"))
        self._reference("MsgId", message_id, "message_id")
        if created_at is None:
            self._fault("created_at", "C08", "“{0}” is no moment (CreDtTm)", header.value("CreDtTm"))
        if not self.count:
            self._fault("empty", "C08", "the file holds no collection")
        if count is not None and count != self.count:
            self._fault(
                "count",
                "C08",
                "the file says {0} as the number of its collections, which is {1}",
                count,
                self.count,
            )
        if cents is not None and self.amounts_known and cents != self.cents:
            self._fault(
                "control_sum", "C08", "the file says EUR {0} and its collections add up to EUR {1}",
                euros(cents), euros(self.cents),
            )  # fmt: skip
        self._judge_schemes()
        self._text("initiating party", header.value("InitgPty/Nm"), fields.LONGEST_NAME)
        problems = self.problems.all()
        file = BankFile(
            name=name,
            sha256=source.sha256,
            size_bytes=source.size_bytes,
            encoding=source.encoding,
            version=self.message.version,
            message_id=message_id,
            created_at=created_at,
            count_stated=count,
            cents_stated=cents,
            initiating_party=header.value("InitgPty/Nm"),
            blocks=tuple(self.blocks),
            foreign_characters=tuple(sorted(self.foreign)),
            problems=tuple(problem.sentence() for problem in problems if problem.weight != "doubtful"),
        )
        return FileReading(file, problems)


def euros(cents: int) -> str:
    """An amount as people read it, in their language: "1,234.50"."""
    return Cents(cents)


def _text_of(parts: dict[str, Node], name: str) -> str:
    return parts[name].text if name in parts else ""


def _shown(end_to_end_id: str) -> str:
    return end_to_end_id[: fields.LONGEST_REFERENCE] or "–"
