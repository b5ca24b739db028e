"""What came back, read from the bank's files: pain.002 (001.03, 001.10) and camt.053/054 (001.02, 001.08).

Of a statement only the collections that came back are kept; every other booking is counted and forgotten.
Source: ISO 20022; for how banks book a direct debit that came back, the bank transaction code IDDT/UPDD.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

from vuurtoren.compliance.bank_files import fields
from vuurtoren.compliance.bank_files.messages import ROOTS, Message, message_of, not_ours
from vuurtoren.compliance.bank_files.problems import Problem, Problems, shown
from vuurtoren.compliance.bank_files.xml_reading import (
    Closed,
    Item,
    Node,
    NotReadable,
    Opened,
    Source,
    events,
)
from vuurtoren.site.quantities import Day
from vuurtoren.site.words.words import Words

STATEMENTS = {"camt.053": ("BkToCstmrStmt", "Stmt"), "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
ANSWERS = Words("pain.002, camt.053 or camt.054")
CONTAINERS = ("OrgnlPmtInfAndSts", "Stmt", "Ntfctn", "Ntry", "NtryDtls")
READ_VERSIONS = {
    "pain.002": ("pain.002.001.03", "pain.002.001.10"),
    "camt.053": ("camt.053.001.02", "camt.053.001.08"),
    "camt.054": ("camt.054.001.02", "camt.054.001.08"),
}
REJECTED = "RJCT"
UNPAID = frozenset({"UPDD", "PRDD", "RCDD"})
"""Issued direct debits (IDDT) that came back: unpaid, reversed, recalled (ISO 20022 transaction codes)."""
NO_DEBITS_OF_OURS = frozenset({"ICDT", "RCDT", "IRCT", "RRCT", "CCRD", "MCRD"})
"""Families of credit transfers and of cards, which come back with reasons too."""
MOST_RETURNS = 100_000
NO_ID = frozenset({"", "NOTPROVIDED"})


@dataclass(frozen=True, slots=True)
class ReturnedCollection:
    """One collection that came back, as the bank's file has it; what it does not say is empty or None.

    `kind` is Reject (before settlement), Return or Refund. `bank_reference` is the bank's own.
    """

    end_to_end_id: str = ""
    mandate_id: str = ""
    code: str = ""
    cents: int | None = None
    currency: str = ""
    returned_on: date | None = None
    kind: str = ""
    message_id: str = ""
    payment_id: str = ""
    bank_reference: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class RefusedWhole:
    """That the bank refused a whole file, or one block of it; `payment_id` is empty for the file."""

    message_id: str
    payment_id: str = ""
    code: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnsReading:
    """What was read of one file of the bank; `readable` is false where reading stopped."""

    name: str
    version: str = ""
    sha256: str = ""
    size_bytes: int = 0
    message_id: str = ""
    created_at: datetime | None = None
    returns: tuple[ReturnedCollection, ...] = ()
    refused: tuple[RefusedWhole, ...] = ()
    other_bookings: int = 0
    waiting: int = 0
    """Bookings that the bank has announced and not made; they come again."""
    problems: tuple[Problem, ...] = ()
    readable: bool = True


def read_returns(stream: BinaryIO, name: str = "") -> ReturnsReading:
    """Read a pain.002, camt.053 or camt.054; raises OSError where the stream cannot be read, nothing else."""
    source, reader = Source(stream), _Reader()
    readable = True
    try:
        for event in events(source, ("Document", *ROOTS, *CONTAINERS)):
            reader.take(event)
        reader.judge(source)
    except NotReadable as reason:
        readable = False
        weight: Any = "limit" if reason.our_limit else "refused"
        reader.problems.add("unreadable", "R01", reason.text, *reason.values, weight=weight)
    return ReturnsReading(
        name=name,
        version=reader.message.version,
        sha256=source.sha256,
        size_bytes=source.size_bytes,
        message_id=reader.header.value("MsgId"),
        created_at=fields.moment(reader.header.value("CreDtTm")),
        returns=tuple(reader.returns) if readable else (),
        refused=tuple(reader.refused) if readable else (),
        other_bookings=reader.other_bookings,
        waiting=reader.waiting,
        problems=reader.problems.all(),
        readable=readable,
    )


EMPTY = Node("", {})


@dataclass
class _Reader:
    problems: Problems = field(default_factory=Problems)
    message: Message = field(default_factory=Message)
    header: Node = field(default_factory=lambda: EMPTY)
    returns: list[ReturnedCollection] = field(default_factory=list)
    refused: list[RefusedWhole] = field(default_factory=list)
    other_bookings: int = 0
    waiting: int = 0
    original: Node = field(default_factory=lambda: EMPTY)
    block: dict[str, Node] = field(default_factory=dict)
    block_returns: int = 0
    entry: dict[str, Node] = field(default_factory=dict)
    entry_details: list[Node] = field(default_factory=list)
    entry_before: int = 0

    def take(self, event: Opened | Closed | Item) -> None:
        match event:
            case Opened(name, namespace, _):
                self._opened(name, namespace)
            case Closed("OrgnlPmtInfAndSts"):
                self._close_block()
            case Closed("Ntry"):
                self._close_entry()
            case Item(inside, node, _):
                self._item(inside, node)

    def _opened(self, name: str, namespace: str) -> None:
        if name == "Document":
            self.message = message_of(namespace)
            self._refuse_others()
        elif name in ROOTS:
            self.message = self.message if self.message.kind else Message.by_root(name)
            self._refuse_others()
        elif name == "OrgnlPmtInfAndSts":
            self.block, self.block_returns = {}, 0
        elif name == "Ntry":
            self.entry, self.entry_details = {}, []

    def _refuse_others(self) -> None:
        if self.message.kind and self.message.kind not in READ_VERSIONS:
            raise not_ours(self.message, ANSWERS)

    def _item(self, inside: str, node: Node) -> None:
        match inside, node.name:
            case "Document", name:
                raise not_ours(Message(), ANSWERS, name)
            case _, "GrpHdr":
                self.header = node
            case _, "OrgnlGrpInfAndSts":
                self.original = node
                if node.value("GrpSts") == REJECTED and self.about_collections:
                    self._refused_whole(node, "")
            case "OrgnlPmtInfAndSts", "TxInfAndSts":
                self._status(node)
            case "OrgnlPmtInfAndSts", name:
                self.block.setdefault(name, node)
            case "NtryDtls", "TxDtls":
                self.entry_details.append(node)
                self._refuse_too_many(len(self.entry_details))
            case "Ntry", name:
                self.entry.setdefault(name, node)

    # pain.002

    @property
    def about_collections(self) -> bool:
        """Whether the report is about direct debits: banks report on credit transfers in the same message."""
        named = self.original.value("OrgnlMsgNmId")
        return not named.startswith("pain.") or named.startswith("pain.008")

    def _refused_whole(self, node: Node, payment_id: str) -> None:
        self.refused.append(
            RefusedWhole(
                self.original.value("OrgnlMsgId"),
                payment_id,
                _reason(node.find("StsRsnInf")),
                fields.number(node.value("OrgnlNbOfTxs")),
            )
        )

    def _status(self, node: Node) -> None:
        if node.value("TxSts") not in ("", REJECTED) or not self.about_collections:
            self.other_bookings += 1
            return
        transaction = node.find("OrgnlTxRef") or EMPTY
        amount = transaction.find("Amt/InstdAmt") or transaction.find("IntrBkSttlmAmt")
        created = fields.moment(self.header.value("CreDtTm"))
        self.block_returns += 1
        self._keep(
            ReturnedCollection(
                end_to_end_id=_id(node.value("OrgnlEndToEndId")),
                mandate_id=transaction.value("MndtRltdInf/MndtId")
                or transaction.value("MndtRltdInf/DrctDbtMndt/MndtId"),
                code=_reason(node.find("StsRsnInf")),
                cents=self._cents(amount, _id(node.value("OrgnlEndToEndId"))),
                currency=amount.attributes.get("Ccy", "") if amount else "",
                returned_on=created.date() if created else None,
                kind="Reject",
                message_id=self.original.value("OrgnlMsgId"),
                payment_id=self.block["OrgnlPmtInfId"].text if "OrgnlPmtInfId" in self.block else "",
                bank_reference=node.value("StsId") or node.value("AcctSvcrRef"),
                due_on=fields.day(transaction.value("ReqdColltnDt")),
            )
        )

    def _close_block(self) -> None:
        state, payment_id = (
            self.block.get("PmtInfSts", EMPTY).text,
            self.block.get("OrgnlPmtInfId", EMPTY).text,
        )
        if state == REJECTED and self.about_collections and not self.block_returns:
            reason = self.block.get("StsRsnInf")
            self.refused.append(
                RefusedWhole(
                    self.original.value("OrgnlMsgId"),
                    payment_id,
                    _reason(reason),
                    fields.number(self.block.get("OrgnlNbOfTxs", EMPTY).text),
                )
            )

    # camt.053 and camt.054

    def _close_entry(self) -> None:
        state = self.entry.get("Sts", EMPTY)
        if (state.text or state.value("Cd")) not in ("", "BOOK"):
            self.waiting += 1
            return
        entry = Node("Ntry", {}, "", list(self.entry.values()))
        details = self.entry_details or ([EMPTY] if _unpaid(entry) else [])
        before = len(self.returns)
        for node in details:
            if _came_back(node, entry):
                self._keep(self._booked(node, entry, alone=len(details) == 1))
        self.other_bookings += max(len(details), 1) - (len(self.returns) - before)

    def _booked(self, node: Node, entry: Node, alone: bool) -> ReturnedCollection:
        amount = (
            node.find("AmtDtls/InstdAmt/Amt")
            or node.find("AmtDtls/TxAmt/Amt")
            or node.find("Amt")
            or (entry.find("Amt") if alone else None)
        )
        reason = node.find("RtrInf")
        code = _reason(reason)
        booked = fields.day(entry.value("BookgDt/Dt")) or _day_of(entry.value("BookgDt/DtTm"))
        return ReturnedCollection(
            end_to_end_id=_id(node.value("Refs/EndToEndId")),
            mandate_id=_id(node.value("Refs/MndtId")),
            code=code,
            cents=self._cents(amount, _id(node.value("Refs/EndToEndId"))),
            currency=amount.attributes.get("Ccy", "") if amount else "",
            returned_on=booked,
            kind="Refund" if code == "MD06" else "Return",
            message_id=node.value("Refs/MsgId"),
            payment_id=node.value("Refs/PmtInfId"),
            bank_reference=node.value("Refs/AcctSvcrRef") or node.value("Refs/TxId")
            or entry.value("AcctSvcrRef") or entry.value("NtryRef"),
        )  # fmt: skip

    def _keep(self, returned: ReturnedCollection) -> None:
        self._refuse_too_many(len(self.returns))
        self._check(returned, self._place(returned.end_to_end_id))
        self.returns.append(returned)

    def _check(self, returned: ReturnedCollection, place: str) -> None:
        def doubt(kind: str, text: str, *values: Any) -> None:
            self.problems.add(kind, "R01", text, *values, place=place, weight="doubtful")

        if not returned.end_to_end_id:
            doubt("no_id", "a return has no end-to-end id")
        elif len(returned.end_to_end_id) > fields.LONGEST_REFERENCE:
            doubt("long_id", "an end-to-end id is longer than 35 characters")
        if not returned.code:
            doubt("no_code", "a return has no reason code")
        if returned.currency not in ("", "EUR"):
            doubt("currency", "the currency is “{0}”, not EUR", returned.currency)
        if returned.returned_on is None:
            doubt("no_date", "a return has no date")
        elif not 2009 <= returned.returned_on.year <= 2099:
            doubt("odd_date", "the date {0} cannot be", Day(returned.returned_on))

    def _place(self, end_to_end_id: str) -> str:
        """Where the return stands that is read now."""
        return f"{len(self.returns) + 1}, {end_to_end_id[:35] or '–'}"

    def _cents(self, node: Node | None, end_to_end_id: str) -> int | None:
        if node is None:
            return None
        cents = fields.cents(node.text)
        if cents is None:
            self.problems.add(
                "amount", "R01", "“{0}” is no amount of euros and cents", shown(node.text),
                place=self._place(end_to_end_id), weight="doubtful",
            )  # fmt: skip
        return cents

    def _refuse_too_many(self, count: int) -> None:
        if count >= MOST_RETURNS:
            raise NotReadable("the file has more than {0} returns", MOST_RETURNS, our_limit=True)

    def judge(self, source: Source) -> None:
        kind = self.message.kind
        if not kind:
            raise NotReadable("the file is no pain.002, camt.053 or camt.054")
        if self.message.version not in READ_VERSIONS[kind]:
            self.problems.add(
                "version", "R01", "the version is “{0}”; it was read as {1}",
                self.message.version or "none", " or ".join(READ_VERSIONS[kind]), weight="doubtful",
            )  # fmt: skip
        if source.encoding not in ("utf-8", "utf8"):
            self.problems.add("encoding", "R01", "the encoding is {0}", source.encoding, weight="doubtful")


def _came_back(node: Node, entry: Node) -> bool:
    """Whether a booking is a collection of ours that came back: booked off, with a reason or as unpaid."""
    family = _code(node, "Fmly/Cd") or _code(entry, "Fmly/Cd")
    direction = node.value("CdtDbtInd") or entry.value("CdtDbtInd")
    if family in NO_DEBITS_OF_OURS or direction == "CRDT":
        return False
    return node.find("RtrInf") is not None or _unpaid(node) or _unpaid(entry)


def _unpaid(node: Node) -> bool:
    return _code(node, "Fmly/Cd") == "IDDT" and _code(node, "Fmly/SubFmlyCd") in UNPAID


def _code(node: Node, path: str) -> str:
    return node.value(f"BkTxCd/Domn/{path}")


def _reason(node: Node | None) -> str:
    """The reason code, the bank's own where it gives none of the list; at most 35 characters."""
    if node is None:
        return ""
    return (node.value("Rsn/Cd") or node.value("Rsn/Prtry"))[: fields.LONGEST_REFERENCE].upper()


def _id(text: str) -> str:
    return "" if text in NO_ID else text


def _day_of(text: str) -> date | None:
    moment = fields.moment(text)
    return moment.date() if moment else None
