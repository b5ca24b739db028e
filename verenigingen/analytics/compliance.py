"""Where the SEPA audit trail has gaps: documents without an entry, failures without a success, open reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from verenigingen.analytics.period import Period
from verenigingen.analytics.sepa_outcomes import COMPLIANT, DOCTYPE, FAILED, PENDING
from verenigingen.analytics.statement import question
from verenigingen.site.protocol import Site

LOOKED_AT = 5_000
NAMED = 20
AT_ONCE = 500
REVIEW_WITHIN = timedelta(days=7)
EXPECTED: Mapping[str, Mapping[str, Any]] = {
    "SEPA Mandate": {},
    "Direct Debit Batch": {"status": ("!=", "Draft")},
}
"""Documents that must have at least one entry, once the trail exists."""


@dataclass(frozen=True)
class Gap:
    """Something that the trail lacks: how many documents, some of their names, and what to do."""

    area: str
    title: str
    number: int
    names: tuple[str, ...]
    action: str
    source: str
    critical: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"names": list(self.names)}


def trail_began(site: Site) -> datetime | None:
    """When the first entry was written; None where there is none."""
    rows = site.get_all(DOCTYPE, ["timestamp"], order_by="timestamp", limit=1)
    return rows[0]["timestamp"] if rows else None


def gaps(site: Site, period: Period) -> list[Gap]:
    """Every gap of the period that the records can show; the caller knows that the trail is installed."""
    return [*_missing(site, period), *_unmended(site, period), *_unreviewed(site, period)]


def not_checked(site: Site) -> dict[str, str]:
    """What could not be looked at, and why."""
    _ = site.translate
    absent = [doctype for doctype in EXPECTED if not site.has_doctype(doctype)]
    reasons = {doctype: _("{0} is not installed on this site").format(doctype) for doctype in absent}
    if trail_began(site) is None:
        text = _("the trail has no entry yet, so none can be missing")
        reasons |= {doctype: text for doctype in EXPECTED if doctype not in reasons}
    return reasons


def _missing(site: Site, period: Period) -> Iterator[Gap]:
    """Documents that were made since the trail began and that it does not mention."""
    began = trail_began(site)
    if began is None:
        return
    since = max(began, period.since)
    for doctype, conditions in EXPECTED.items():
        if not site.has_doctype(doctype):
            continue
        filters = {**conditions, "creation": (">=", since), "modified": (">=", since)}
        names = [row["name"] for row in site.get_all(doctype, ["name"], filters, limit=LOOKED_AT)]
        absent = [name for name in names if name not in _mentioned(site, doctype, names)]
        if absent:
            _ = site.translate
            yield Gap(
                doctype,
                _("{0} without an entry in the audit trail").format(doctype),
                len(absent),
                tuple(sorted(absent)[:NAMED]),
                _("Find out which code makes them without writing to the trail, and write the entries."),
                question("names without an entry", doctype, filters),
                critical=True,
            )


def _mentioned(site: Site, doctype: str, names: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(names), AT_ONCE):
        part = {"reference_doctype": doctype, "reference_name": ("in", names[start : start + AT_ONCE])}
        found.update(site.tally(DOCTYPE, "reference_name", part))
    return found


def _unmended(site: Site, period: Period) -> Iterator[Gap]:
    """Failures about a document after which no success about it was recorded."""
    filters = {
        "compliance_status": FAILED,
        "timestamp": (">=", period.since),
        "reference_name": ("is", "set"),
    }
    fields = ["process_type", "reference_doctype", "reference_name", "timestamp"]
    failed = site.get_all(DOCTYPE, fields, filters, order_by="timestamp desc", limit=LOOKED_AT)
    last_failure: dict[tuple[str, str, str], datetime] = {}
    for row in failed:
        key = (row["process_type"], row["reference_doctype"], row["reference_name"])
        last_failure.setdefault(key, row["timestamp"])
    mended = _mended(site, period, last_failure)
    for process_type in sorted({key[0] for key in last_failure}):
        names = sorted({key[2] for key in last_failure if key[0] == process_type and key not in mended})
        if names:
            _ = site.translate
            yield Gap(
                process_type,
                _("{0} failed and was not repeated with success").format(_(process_type)),
                len(names),
                tuple(names[:NAMED]),
                _("Open each document, mend the cause that its entry names, and repeat the step."),
                question("references without a later Compliant entry", DOCTYPE, filters),
                critical=True,
            )


def _mended(
    site: Site, period: Period, last_failure: Mapping[tuple[str, str, str], datetime]
) -> set[tuple[str, str, str]]:
    names = sorted({key[2] for key in last_failure})
    found = set()
    for start in range(0, len(names), AT_ONCE):
        filters = {
            "compliance_status": COMPLIANT,
            "timestamp": (">=", period.since),
            "reference_name": ("in", names[start : start + AT_ONCE]),
        }
        fields = ["process_type", "reference_doctype", "reference_name", "timestamp"]
        for row in site.get_all(DOCTYPE, fields, filters):
            key = (row["process_type"], row["reference_doctype"], row["reference_name"])
            if key in last_failure and row["timestamp"] > last_failure[key]:
                found.add(key)
    return found


def _unreviewed(site: Site, period: Period) -> Iterator[Gap]:
    """Entries that wait for a review for more than a week, without any later entry about the document."""
    filters = {
        "compliance_status": PENDING,
        "timestamp": [(">=", period.since), ("<", period.now - REVIEW_WITHIN)],
    }
    rows = site.get_all(DOCTYPE, ["name", "entity_name", "reference_name"], filters, limit=LOOKED_AT)
    if rows:
        _ = site.translate
        yield Gap(
            _("Reviews"),
            _("Entries that wait for a review for more than {0} days").format(REVIEW_WITHIN.days),
            len(rows),
            tuple(sorted({row["reference_name"] or row["name"] for row in rows})[:NAMED]),
            _("Decide them and record the decision as an entry of its own."),
            question("count", DOCTYPE, filters),
            critical=False,
        )
