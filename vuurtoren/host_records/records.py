"""The records of `names`, asked for by these names wherever this site keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.host_records import mapping
from vuurtoren.host_records.document import HostDocument
from vuurtoren.host_records.mapping import Kept
from vuurtoren.host_records.names import RECORDS, STANDARD
from vuurtoren.site.errors import Unavailable, UnknownField
from vuurtoren.site.filters import conditions, order_terms
from vuurtoren.site.protocol import Filters, Site
from vuurtoren.site.schema import STANDARD_FIELDS
from vuurtoren.site.values import Row


def of(site: Site) -> HostRecords:
    """The records of this site; raises Unavailable while its configuration cannot be read."""
    return HostRecords(site, mapping.of(site).kept)


def at_best(site: Site) -> HostRecords:
    """As `of`, and under our own names while the configuration cannot be read: for what must go on."""
    try:
        return of(site)
    except Unavailable:
        return HostRecords(site)


@dataclass(frozen=True)
class HostRecords:
    """The reading verbs of a Site, with our names in question and answer.

    Each promises what the verb of the Site promises, and raises Unavailable, worded for people, where this
    site has no such DocType or field: what is not there is unknown and never 0. A DocType that is none of our
    records is asked for as it is.
    """

    site: Site
    kept: Mapping[str, Kept] = field(default_factory=dict)

    def doctype(self, record: str) -> str:
        """What this site calls it; empty where it is told to keep none."""
        return self._kept(record).doctype

    def fieldname(self, record: str, fieldname: str) -> str:
        """What this site calls the field; empty where it is told to keep none."""
        return self._kept(record).fields.get(self._ours(record, fieldname), fieldname)

    def has_doctype(self, record: str) -> bool:
        doctype = self.doctype(record)
        return bool(doctype) and self.site.has_doctype(doctype)

    def has_field(self, record: str, fieldname: str) -> bool:
        doctype, stored = self.doctype(record), self.fieldname(record, fieldname)
        return bool(doctype and stored) and self.site.has_field(doctype, stored)

    def needed(self, record: str, *fieldnames: str) -> str:
        """The site's DocType; raises Unavailable where it or one of the fields is missing."""
        doctype = self.doctype(record)
        if not doctype:
            raise Unavailable("{0} is not kept on this site, as {1} says", record, mapping.CONFIG_KEY)
        if not self.site.has_doctype(doctype):
            raise Unavailable("{0} is not installed on this site", doctype)
        for fieldname in fieldnames:
            self._stored_field(record, doctype, fieldname)
        return doctype

    def stands_for(self, doctype: str) -> list[str]:
        """Which records a DocType of this site keeps."""
        return [record for record in RECORDS if self.doctype(record) == doctype] if doctype else []

    def kept_in(self, document: Any) -> list[str]:
        """Which records a document of this site is."""
        return [
            record
            for record in self.stands_for(str(document.get("doctype") or ""))
            if all(document.get(stored) == value for stored, value in self._kept(record).only.items())
        ]

    def value(self, record: str, fieldname: str, stored: Any) -> Any:
        """Our value for what this site stores in the field."""
        return self._kept(record).read(fieldname, stored)

    def document(self, record: str, document: Any) -> Any:
        """The document or mapping, read under our names; a bare name and None stay what they are."""
        return HostDocument.of(self._kept(record), document)

    def count(self, record: str, filters: Filters | None = None) -> int:
        doctype = self.needed(record)
        return self.site.count(doctype, self._filters(record, doctype, filters))

    def asked(self, record: str, filters: Filters) -> Filters:
        """The filters as a list of the site's own DocType takes them."""
        return self._filters(record, self.needed(record), filters)

    def total(self, record: str, fieldname: str, filters: Filters | None = None) -> float:
        doctype = self.needed(record)
        stored = self._stored_field(record, doctype, fieldname)
        return self.site.total(doctype, stored, self._filters(record, doctype, filters))

    def tally(
        self,
        record: str,
        by: str | Sequence[str],
        filters: Filters | None = None,
        *,
        limit: int | None = None,
    ) -> dict[Any, int]:
        doctype, kept = self.needed(record), self._kept(record)
        ours = [by] if isinstance(by, str) else by
        stored = [self._stored_field(record, doctype, name) for name in ours]
        # values that are one to us are several to the site: it must not cut them off before they are one
        at_most = None if any(name in kept.values for name in ours) else limit
        counted = self.site.tally(
            doctype,
            stored[0] if isinstance(by, str) else stored,
            self._filters(record, doctype, filters),
            limit=at_most,
        )
        found: dict[Any, int] = {}
        for values, count in counted.items():
            key = (
                kept.read(by, values)
                if isinstance(by, str)
                else tuple(kept.read(name, value) for name, value in zip(ours, values, strict=True))
            )
            found[key] = found.get(key, 0) + count
        ranked = sorted(found.items(), key=lambda item: -item[1])
        return dict(ranked[:limit])

    def get_all(
        self,
        record: str,
        fields: Sequence[str],
        filters: Filters | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
        longest: int | None = None,
    ) -> list[Row]:
        doctype, stored, asked, order = self._question(record, fields, filters, order_by)
        rows = self.site.get_all(
            doctype, list(dict.fromkeys(stored)), asked, order_by=order, limit=limit, longest=longest
        )
        return [self._row(record, fields, stored, row) for row in rows]

    def scan(
        self,
        record: str,
        fields: Sequence[str],
        filters: Filters | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        doctype, stored, asked, order = self._question(record, fields, filters, order_by)
        rows = self.site.scan(doctype, list(dict.fromkeys(stored)), asked, order_by=order, limit=limit)
        if stored == list(fields) and not self._kept(record).values:
            return rows  # kept as we call it: a long reading makes no row twice
        return [self._row(record, fields, stored, row) for row in rows]

    def get_unmatched(
        self,
        record: str,
        fields: Sequence[str],
        fieldname: str,
        other: tuple[str, str],
        filters: Filters | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        """`other` is a DocType of this site, and a field of it."""
        doctype, stored, asked, order = self._question(record, fields, filters, order_by)
        its = self._stored_field(record, doctype, fieldname)
        rows = self.site.get_unmatched(
            doctype, list(dict.fromkeys(stored)), its, other, asked, order_by=order, limit=limit
        )
        return [self._row(record, fields, stored, row) for row in rows]

    def get(self, record: str, name: str) -> Row | None:
        """Those fields that may be asked for and that this site has; None where there is no such row."""
        doctype, kept = self.needed(record), self._kept(record)
        row = self.site.get(doctype, name)
        if row is None or any(row.get(stored) != value for stored, value in kept.only.items()):
            return None
        return self._ours_of(record, row)

    def get_single(self, record: str) -> Row:
        """Those fields of a Single that may be asked for and that this site has."""
        return self._ours_of(record, self.site.get_single(self.needed(record)))

    def _kept(self, record: str) -> Kept:
        return self.kept.get(record) or Kept(record)

    def _ours(self, record: str, fieldname: str) -> str:
        """Our own mistake is named as one: a field that nobody could have mapped is asked for."""
        if record in RECORDS and fieldname not in RECORDS[record].fields and fieldname not in STANDARD:
            raise UnknownField(f"{record}.{fieldname} does not stand in host_records/names.py")
        return fieldname

    def _stored_field(self, record: str, doctype: str, fieldname: str) -> str:
        stored = self.fieldname(record, fieldname)
        if not stored:
            raise Unavailable(
                "{0} has no field {1} on this site, as {2} says", record, fieldname, mapping.CONFIG_KEY
            )
        if stored not in STANDARD_FIELDS and not self.site.has_field(doctype, stored):
            raise Unavailable("{0} has no field {1} on this site", doctype, stored)
        return stored

    def _question(
        self, record: str, fields: Sequence[str], filters: Filters | None, order_by: str
    ) -> tuple[str, list[str], Filters, str]:
        doctype = self.needed(record)
        stored = [self._stored_field(record, doctype, name) for name in fields]
        order = [
            self._stored_field(record, doctype, name) + (" desc" if descending else "")
            for name, descending in order_terms(order_by)
        ]
        return doctype, stored, self._filters(record, doctype, filters), ", ".join(order)

    def _filters(self, record: str, doctype: str, filters: Filters | None) -> Filters:
        kept = self._kept(record)
        asked: dict[str, list[tuple[str, Any]]] = {
            stored: [("=", value)] for stored, value in kept.only.items()
        }
        for each in conditions(filters):
            stored = self._stored_field(record, doctype, each.field)
            asked.setdefault(stored, []).extend(
                _in_the_sites_words(kept, each.field, each.operator, each.value)
            )
        return asked

    def _row(self, record: str, fields: Sequence[str], stored: Sequence[str], row: Row) -> Row:
        kept = self._kept(record)
        return {name: kept.read(name, row[its]) for name, its in zip(fields, stored, strict=True)}

    def _ours_of(self, record: str, row: Row) -> Row:
        if record not in RECORDS:
            return row
        kept = self._kept(record)
        stored = {name: kept.fields.get(name, name) for name in (*STANDARD, *RECORDS[record].fields)}
        return {name: kept.read(name, row[its]) for name, its in stored.items() if its in row}


def _in_the_sites_words(kept: Kept, fieldname: str, operator: str, value: Any) -> Iterator[tuple[str, Any]]:
    if operator in ("=", "in"):
        ours = value if operator == "in" else (value,)
        stored = tuple(dict.fromkeys(each for one in ours for each in kept.stored(fieldname, one)))
        yield ("=", stored[0]) if len(stored) == 1 else ("in", stored)
    elif operator == "!=":
        yield from (("!=", each) for each in kept.stored(fieldname, value))
    else:
        yield operator, value
