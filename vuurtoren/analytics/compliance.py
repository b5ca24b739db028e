"""Gaps of the SEPA audit trail: documents without an entry, failures without a success, open reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.analytics.period import Period
from vuurtoren.analytics.sepa_outcomes import DOCTYPE
from vuurtoren.analytics.statement import question
from vuurtoren.audit.details import details_box
from vuurtoren.audit.recording.recording import COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW
from vuurtoren.audit.recording.steps import MANDATE_CREATION
from vuurtoren.host_records import records
from vuurtoren.host_records.names import BATCH, MANDATE, MEMBER
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import json_object
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

LOOKED_AT = 5_000
NAMED = 20
AT_ONCE = 500
FIELDS = ("process_type", "reference_doctype", "reference_name", "timestamp", *details_box.FIELDS)
REVIEW_WITHIN = timedelta(days=7)
EXPECTED: Mapping[str, Mapping[str, Any]] = {
    MANDATE: {},
    BATCH: {"status": ("!=", "Draft")},
}
"""Records that must have at least one entry, once the trail exists."""


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
    host = records.of(site)
    reasons: dict[str, str] = {}
    for record, conditions in EXPECTED.items():
        try:
            host.needed(record, *conditions)
        except Unavailable as missing:
            reasons[record] = missing.said(site.translate)
    if trail_began(site) is None:
        text = site.translate("the trail has no entry yet, so none can be missing")
        reasons |= {record: text for record in EXPECTED if record not in reasons}
    return reasons


def _missing(site: Site, period: Period) -> Iterator[Gap]:
    """Documents that were made since the trail began and that it does not mention."""
    began, host = trail_began(site), records.of(site)
    for record, conditions in EXPECTED.items() if began else ():
        if not all(host.has_field(record, name) for name in ("name", *conditions)):
            continue
        doctype = host.doctype(record)
        since = max(began or period.since, period.since)
        filters = {**conditions, "creation": (">=", since), "modified": (">=", since)}
        names = {row["name"] for row in host.get_all(record, ["name"], filters, limit=LOOKED_AT)}
        absent = names - _mentioned(site, doctype, sorted(names))
        if absent:
            yield Gap(
                doctype,
                site.translate("{0} without an entry in the audit trail").format(doctype),
                len(absent),
                _some(absent),
                site.translate("Find out what makes them without writing to the trail; write the entries."),
                question(Words("names without an entry"), doctype, filters),
                critical=True,
            )


def _mentioned(site: Site, doctype: str, names: list[str]) -> set[str]:
    found: set[str] = set()
    for part in _in_parts(names):
        filters = {"reference_doctype": doctype, "reference_name": ("in", part)}
        found.update(site.tally(DOCTYPE, "reference_name", filters))
    return found


MOVES_MONEY = ("Payment Processing", "Batch Generation", "Bank Submission")
WITH_MONEY = (
    "Open each entry and read its code and its error. Collect nothing again because of this list: whether a "
    "member may be collected from again is for the treasurer to decide, and after MD01 (no valid mandate), "
    "MD06 (refunded) or AC0x (account wrong or closed) it would be a collection that nobody authorised."
)
WITHOUT_MONEY = "Open each document and mend the cause that its entry names."


def _unmended(site: Site, period: Period) -> Iterator[Gap]:
    """Failures about a document after which no success of the same process was recorded about it.

    A mandate that was made after all puts right that it could not be made, whatever its account is like.
    """
    filters = {"compliance_status": FAILED, **_since(period)}
    made = {"compliance_status": PENDING_REVIEW, "action": "mandate_created"}
    left = _unanswered(site, period, filters, (COMPLIANT,)) & _unanswered(site, period, filters, made)
    for process_type in sorted({subject.process_type for subject in left}):
        names = {subject.name for subject in left if subject.process_type == process_type}
        yield Gap(
            process_type,
            site.translate("{0} failed, and nothing says that it was put right").format(
                site.translate(process_type)
            ),
            len(names),
            _some(names),
            site.translate(WITH_MONEY if process_type in MOVES_MONEY else WITHOUT_MONEY),
            question(Words("references without a later Compliant entry"), DOCTYPE, filters),
            critical=True,
        )


def _unreviewed(site: Site, period: Period) -> Iterator[Gap]:
    """Entries that have waited for a review for more than a week, and nothing was decided since."""
    filters = {
        "compliance_status": PENDING_REVIEW,
        "timestamp": [(">=", period.since), ("<", period.now - REVIEW_WITHIN)],
        "reference_name": ("is", "set"),
    }
    names = {subject.name for subject in _unanswered(site, period, filters, (COMPLIANT, EXCEPTION, FAILED))}
    if names:
        yield Gap(
            PENDING_REVIEW,
            site.translate("Entries that wait for a review for more than {0} days").format(
                REVIEW_WITHIN.days
            ),
            len(names),
            _some(names),
            site.translate("Decide them and record the decision as an entry of its own."),
            question(Words("references without a later decided entry"), DOCTYPE, filters),
            critical=False,
        )


@dataclass(frozen=True)
class _Subject:
    """What an entry is about: a step of one process with one document."""

    process_type: str
    doctype: str
    name: str


def _unanswered(
    site: Site, period: Period, filters: Mapping[str, Any], answers: tuple[str, ...] | Mapping[str, Any]
) -> set[_Subject]:
    """The subjects of some entries about which nothing with one of those statuses was recorded later, or
    nothing with all those values."""
    asked = _latest(site, site.get_all(DOCTYPE, FIELDS, filters, order_by="timestamp desc", limit=LOOKED_AT))
    if not asked:
        return set()
    wanted = answers if isinstance(answers, Mapping) else {"compliance_status": ("in", answers)}
    since = {**wanted, "timestamp": (">", min(asked.values()))}
    answered = _latest(site, site.get_all(DOCTYPE, FIELDS, since, order_by="timestamp desc", limit=LOOKED_AT))
    return {subject for subject, when in asked.items() if answered.get(subject, datetime.min) <= when}


def _latest(site: Site, rows: list[Row]) -> dict[_Subject, datetime]:
    """When each subject was last written about."""
    found: dict[_Subject, datetime] = {}
    for row in details_box.opened(site, rows):
        subject = _subject(row)
        found[subject] = max(row["timestamp"], found.get(subject, datetime.min))
    return found


def _subject(row: Row) -> _Subject:
    """The document of the entry; for a mandate its member, since one that failed has no mandate yet."""
    member = _member(row) if row["process_type"] == MANDATE_CREATION else ""
    if member:
        return _Subject(MANDATE_CREATION, MEMBER, member)
    return _Subject(row["process_type"], row["reference_doctype"] or "", row["reference_name"] or "")


def _member(row: Row) -> str:
    try:
        return str(json_object(row["details"]).get("member") or "")
    except ValueError:
        return ""


def _since(period: Period) -> dict[str, Any]:
    return {"timestamp": (">=", period.since), "reference_name": ("is", "set")}


def _some(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:NAMED])


def _in_parts(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
