"""Whom and what a fault touched: from documents by their references to invoices, members and money."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from vuurtoren.host_records import records
from vuurtoren.host_records.names import (
    BATCH,
    BATCH_LINE,
    DUES_SCHEDULE,
    INVOICE,
    MANDATE,
    MEMBER,
    MEMBERSHIP,
    PAYMENT,
    PAYMENT_REFERENCE,
    PAYMENT_REQUEST,
    PAYMENT_RETRY,
    STANDARD,
    TERMINATION,
    VOLUNTEER,
)
from vuurtoren.host_records.records import HostRecords
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

OF_A_MEMBER = (MANDATE, MEMBERSHIP, DUES_SCHEDULE, TERMINATION, VOLUNTEER)
MOST_FOLLOWED = 5_000
"""So many documents of one kind are followed; beyond that the numbers are the least that it was."""
AT_ONCE = 500
Document = tuple[str, str]
"""A record of ours, or a DocType of the site that is none, and the name of one of it."""


@dataclass(frozen=True)
class Start:
    """Where the following begins: how many errors or failures, and what they name.

    `complete` is false where the reading ended at its bound: then all numbers are the least that it was.
    """

    errors: int = 0
    documents: frozenset[Document] = frozenset()
    users: frozenset[str] = frozenset()
    complete: bool = True


@dataclass(frozen=True)
class Touched:
    """One document that the reader may read; the amount is that of an invoice."""

    record: str
    doctype: str
    name: str
    amount: float | None = None
    currency: str = ""


@dataclass(frozen=True)
class Reach:
    """What was touched, each document once; money is that of the invoices, by currency.

    `hidden` documents are gone, or the reader may not read them: they are in no other number.
    """

    errors: int = 0
    users: int = 0
    documents: tuple[Touched, ...] = ()
    hidden: int = 0
    complete: bool = True

    @property
    def counted(self) -> dict[str, int]:
        """How many of each DocType, the most first."""
        return dict(Counter(each.doctype for each in self.documents).most_common())

    @property
    def money(self) -> dict[str, float]:
        amounts: dict[str, float] = defaultdict(float)
        for each in self.documents:
            if each.amount is not None:
                amounts[each.currency] += each.amount
        return {currency: round(amount, 2) for currency, amount in sorted(amounts.items()) if amount}


def follow(site: Site, start: Start) -> Reach:
    """Everything that the start leads to, as far as the current user may read it."""
    following = _Following(records.at_best(site))
    following.add(start.documents)
    following.add_users(start.users)
    following.run()
    return following.reach(site, start)


@dataclass
class _Following:
    """Each kind of document once, in an order in which nothing leads back."""

    host: HostRecords
    found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    customers: set[str] = field(default_factory=set)
    invoices: dict[str, Row] = field(default_factory=dict)
    complete: bool = True

    def add(self, documents: Iterable[Document]) -> None:
        for record, name in documents:
            if name:
                self.found[record].add(name)

    def add_users(self, users: Collection[str]) -> None:
        """Members who are users of the site, by their mail address."""
        people = sorted(user for user in users if "@" in user)
        for row in self._rows(MEMBER, ["name"], "email", people):
            self.found[MEMBER].add(str(row["name"]))

    def run(self) -> None:
        for row in self._rows(BATCH_LINE, ["invoice", "member"], "parent", self._names(BATCH)):
            self.add([(INVOICE, str(row["invoice"] or "")), (MEMBER, str(row["member"] or ""))])
        for row in self._rows(PAYMENT_RETRY, ["invoice", "member"], "name", self._names(PAYMENT_RETRY)):
            self.add([(INVOICE, str(row["invoice"] or "")), (MEMBER, str(row["member"] or ""))])
        for record in (PAYMENT_REQUEST, PAYMENT_REFERENCE):
            self._follow_references(record)
        for record in OF_A_MEMBER:
            for row in self._rows(record, ["member"], "name", self._names(record)):
                self.add([(MEMBER, str(row["member"] or ""))])
        for row in self._rows(PAYMENT, ["party_type", "party"], "name", self._names(PAYMENT)):
            if row["party_type"] == "Customer" and row["party"]:
                self.customers.add(str(row["party"]))
        fields = ["name", "customer", "grand_total", "currency"]
        for row in self._rows(INVOICE, fields, "name", self._names(INVOICE)):
            self.invoices[str(row["name"])] = row
            self.customers.add(str(row["customer"] or ""))
        for row in self._rows(MEMBER, ["name"], "customer", sorted(self.customers - {""})):
            self.found[MEMBER].add(str(row["name"]))

    def _follow_references(self, record: str) -> None:
        """What is paid: of a request its own reference, of a payment the rows of it."""
        by = "parent" if record == PAYMENT_REFERENCE else "name"
        names = self._names(PAYMENT if record == PAYMENT_REFERENCE else record)
        for row in self._rows(record, ["reference_doctype", "reference_name"], by, names):
            for stands_for in self.host.stands_for(str(row["reference_doctype"] or "")):
                self.add([(stands_for, str(row["reference_name"] or ""))])

    def reach(self, site: Site, start: Start) -> Reach:
        touched, hidden = list[Touched](), 0
        for record in sorted(self.found):
            doctype = self.host.doctype(record) or record
            names = self._names(record)
            readable = site.readable(doctype, names) if site.has_doctype(doctype) else set[str]()
            hidden += len(names) - len(readable)
            touched += [self._touched(record, doctype, name) for name in names if name in readable]
        return Reach(
            start.errors,
            len(start.users),
            tuple(touched),
            hidden,
            start.complete and self.complete,
        )

    def _touched(self, record: str, doctype: str, name: str) -> Touched:
        row = self.invoices.get(name) if record == INVOICE else None
        if row is None:
            return Touched(record, doctype, name)
        return Touched(record, doctype, name, float(row["grand_total"] or 0), str(row["currency"] or "EUR"))

    def _names(self, record: str) -> list[str]:
        names = sorted(self.found.get(record, ()))
        if len(names) > MOST_FOLLOWED:
            self.complete = False
        return names[:MOST_FOLLOWED]

    def _rows(self, record: str, fields: list[str], by: str, values: list[str]) -> Iterator[Row]:
        """The rows whose field is one of the values; none where this site keeps no such record or field."""
        asked = [name for name in (*fields, by) if name not in STANDARD]
        if not self.host.has_doctype(record) or not all(self.host.has_field(record, name) for name in asked):
            return
        for start in range(0, len(values), AT_ONCE):
            some: Mapping[str, object] = {by: ("in", values[start : start + AT_ONCE])}
            rows = self.host.get_all(record, fields, some, limit=MOST_FOLLOWED)
            self.complete = self.complete and len(rows) < MOST_FOLLOWED
            yield from rows
