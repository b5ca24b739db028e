"""What a story is made of: rows that appear and rows that change, each at its moment."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from vuurtoren.audit.recording.recording import complete
from vuurtoren.audit.seals.rows import with_seal
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

SEED = 20261106
AUDIT_LOG = "SEPA Audit Log"


@dataclass(frozen=True)
class Happening:
    """A row appears (`values` hold its name), or the row `changes` takes other values. Site time."""

    at: datetime
    doctype: str
    values: Mapping[str, Any]
    changes: str = ""


@dataclass
class StoryMoment:
    """The moment that a story is told at, and its own dice, so that it is the same story every time."""

    now: datetime
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))

    def ago(self, **timedelta_parts: float) -> datetime:
        return self.now - timedelta(**timedelta_parts)

    def token(self) -> str:
        """Ten characters like those that Frappe names rows with."""
        return f"{self.dice.getrandbits(40):010x}"


def appears(at: datetime, doctype: str, name: str, **values: Any) -> Happening:
    return Happening(at, doctype, {"name": name, "creation": at, "modified": at, **values})


def audited(at: datetime, name: str, **values: Any) -> Happening:
    """An entry of the SEPA audit trail; the trail completes and seals it when it is put on record."""
    return Happening(at, AUDIT_LOG, {"name": name, "timestamp": at, **values})


def put_on_record(site: SQLiteSite, happenings: Iterable[Happening]) -> None:
    """Write the happenings into the site, in order, and commit."""
    for doctype, changes, some in _runs(happenings):
        if changes:
            for happening in some:
                site.update(doctype, happening.changes, happening.values)
        else:
            site.seed(doctype, [_row(site, happening) for happening in some])
    site.commit()


def _row(site: SQLiteSite, happening: Happening) -> Mapping[str, Any]:
    if happening.doctype != AUDIT_LOG:
        return happening.values
    event = dict(happening.values)
    written = {"name": event.pop("name"), "creation": happening.at, "modified": happening.at}
    return with_seal(site, complete(site, event)) | written


def _runs(happenings: Iterable[Happening]) -> Iterator[tuple[str, bool, list[Happening]]]:
    """First what appears, by DocType, so that it is written at once; then what changes."""
    ordered = sorted(happenings, key=lambda each: (bool(each.changes), each.doctype, each.at))
    for (changes, doctype), some in groupby(ordered, key=lambda each: (bool(each.changes), each.doctype)):
        yield doctype, changes, list(some)
