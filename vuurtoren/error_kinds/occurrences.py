"""The single errors of one kind, newest first, found again in the logs by the hours that counted it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.error_kinds import log_pages
from vuurtoren.error_kinds.cursor import Place
from vuurtoren.error_kinds.fingerprint import fingerprint
from vuurtoren.error_kinds.kinds import DOCTYPE
from vuurtoren.error_kinds.log_sources import ErrorSource, present
from vuurtoren.error_kinds.queries import buckets_of
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

LOOKED_THROUGH = 600
"""So many rows are read and recognised for one answer; an older page goes on from there."""
ONE_HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Occurrence:
    """One row of a log: when, who ran into it, and what it was about, or its own row."""

    when: datetime
    log: str
    name: str
    user: str
    doctype: str
    document: str


@dataclass(frozen=True)
class Occurrences:
    """What was found, and from where an older page goes on; None where all was looked through."""

    found: tuple[Occurrence, ...]
    older: datetime | None


def courses(site: Site, kinds: Iterable[str]) -> dict[str, Counter[datetime]]:
    """How often each of these kinds was counted, by beginning of the hour; older than 35 days by day."""
    names = list(kinds)
    rows = site.get_all(DOCTYPE, ["name", "hours"], {"name": ("in", names)}) if names else []
    return {str(row["name"]): buckets_of(row) for row in rows}


def occurrences(site: Site, kind: str, before: datetime, limit: int = 50) -> Occurrences:
    """The newest errors of the kind before a moment; those that their log has lost are not among them."""
    counted = courses(site, [kind]).get(kind, Counter())
    found: list[Occurrence] = []
    left = LOOKED_THROUGH
    for begin in sorted(counted, reverse=True):
        if begin >= before:
            continue
        # a bucket that was thinned to its day begins at midnight, as does an hour
        end = min(before, begin + (ONE_HOUR if before - begin < timedelta(days=34) else ONE_DAY))
        reached = begin
        for source in present(site):
            rows, read, oldest = _of_window(site, source, kind, begin, end, left)
            found += rows
            left -= read
            reached = max(reached, oldest)
        if len(found) >= limit or left <= 0:
            found.sort(key=lambda each: each.when, reverse=True)
            # those of one moment stay together, as the next page begins before it
            kept = [each for each in found if each.when >= found[min(limit, len(found)) - 1].when]
            return Occurrences(tuple(kept), kept[-1].when if len(found) > len(kept) else reached)
    return Occurrences(tuple(sorted(found, key=lambda each: each.when, reverse=True)), None)


def _of_window(
    site: Site, source: ErrorSource, kind: str, begin: datetime, end: datetime, most: int
) -> tuple[list[Occurrence], int, datetime]:
    """What was found, how many rows were read, and how far back."""
    if most <= 0:
        return [], 0, end
    glances = log_pages.backward(site, source, Place(end, ""), begin, most)
    wanted = [row for row in glances if not source.skip(row)]
    oldest = glances[-1][source.key] if len(glances) == most else begin
    names = [str(row["name"]) for row in wanted]
    return list(_recognised(site, source, kind, names)), len(glances), oldest


def _recognised(site: Site, source: ErrorSource, kind: str, names: list[str]) -> Iterator[Occurrence]:
    for start in range(0, len(names), log_pages.TEXTS_AT_ONCE):
        some = names[start : start + log_pages.TEXTS_AT_ONCE]
        fields = [*source.fields, "owner"]
        rows: list[Row] = site.get_all(
            source.doctype, fields, {"name": ("in", some)}, longest=log_pages.LONGEST_TEXT
        )
        for row, error in zip(rows, source.read(site, rows), strict=True):
            if fingerprint(error.title, error.text).key == kind:
                yield Occurrence(
                    error.when, source.doctype, str(row["name"]), str(row["owner"] or ""), error.doctype,
                    error.document,
                )  # fmt: skip
