"""What the page and the reports say about the audit trail: activity, today's counts, compliance."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.audit.adoption.adoption import trail_began
from vuurtoren.audit.details.details_box import FIELDS, opened
from vuurtoren.audit.recording import spool
from vuurtoren.audit.recording.recording import COMPLIANT, FAILED, PENDING_REVIEW, STATUSES
from vuurtoren.audit.recording.spool import DOCTYPE
from vuurtoren.audit.recording.steps import MANDATE_CREATION
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.host_records import records
from vuurtoren.host_records.names import MANDATE
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object, moment
from vuurtoren.site.values import Row

GROUP = ("process_type", "action", "compliance_status")


@dataclass(frozen=True)
class ComplianceRate:
    """How many mandates have a successful creation event; `percent` is None exactly when `reason` says so."""

    percent: float | None
    audited: int
    mandates: int
    since: datetime | None
    reason: str = ""


@dataclass(frozen=True)
class AuditCounts:
    """Events of today by status (all four, site time), failures of the last 60 minutes, events that wait."""

    today: dict[str, int]
    failed_last_hour: int
    waiting_in_spool: int


def get_audit_summary(site: Site, days: int = 7, limit: int = 15) -> list[Row]:
    """Return process_type, action, compliance_status, count and latest (site time), most frequent first."""
    since = {"timestamp": (">=", site.now() - timedelta(days=days))}
    groups = site.tally(DOCTYPE, GROUP, since, limit=limit)
    return [
        _with_latest(site, dict(zip(GROUP, group, strict=True)), count) for group, count in groups.items()
    ]


def audit_counts(site: Site) -> AuditCounts:
    """Count what the page shows beside the summary."""
    now = site.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = site.tally(DOCTYPE, "compliance_status", {"timestamp": (">=", midnight)})
    last_hour = {"compliance_status": FAILED, "timestamp": (">=", now - timedelta(hours=1))}
    return AuditCounts(
        today={status: today.get(status, 0) for status in STATUSES},
        failed_last_hour=site.count(DOCTYPE, last_hour),
        waiting_in_spool=len(spool.waiting(site)),
    )


def compliance_rate(site: Site) -> ComplianceRate:
    """Return the share of the mandates since the first audit event that have a successful creation event.

    In percent: mandates with such an event / those and the mandates created since, each counted once. So it
    is never above 100, retries and failed attempts do not raise it, and a mandate nobody logged lowers it.
    Events that were pruned leave the count together with the mandates of their time. Reads every creation
    event that is kept, so the page takes it from `audit.mandates_covered_percent`, which is kept for an hour.
    """
    host = records.of(site)
    if not host.has_doctype(MANDATE):
        return _unknown(site.translate("SEPA Mandate is not installed on this site"))
    first = site.get_all(DOCTYPE, ["timestamp"], order_by="timestamp", limit=1)
    if not first:
        return _unknown(site.translate("the SEPA Audit Log is empty"))
    began = trail_began(site)
    since: datetime = max([first[0]["timestamp"], *_pruned_before(site), *([began] if began else [])])
    audited = _audited_mandates(site, host.doctype(MANDATE), since)
    # both are asked for, because Frappe indexes one or the other
    created = host.get_all(MANDATE, ["name"], {"creation": (">=", since), "modified": (">=", since)})
    mandates = audited | {row["name"] for row in created}
    if not mandates:
        return _unknown(site.translate("no mandate was created since the first audit event"), since)
    # rounded down: 100 % is said only when none is missing
    percent = math.floor(1000 * len(audited) / len(mandates)) / 10
    return ComplianceRate(percent, len(audited), len(mandates), since)


def _pruned_before(site: Site) -> list[datetime]:
    """The days up to which events were pruned: some mixed with newer ones may have stayed."""
    told = opened(site, site.get_all(DOCTYPE, FIELDS, {"process_type": MAINTENANCE, "action": "pruned"}))
    found = []
    for row in told:
        with suppress(NotReadable):  # damaged, which the verification tells
            found.append(moment(json_object(row["details"]).get("before")))
    return found


def _audited_mandates(site: Site, doctype: str, since: datetime) -> set[str]:
    created = {
        "timestamp": (">=", since),
        "process_type": MANDATE_CREATION,
        # whether its account was in order is another question
        "compliance_status": ("in", (COMPLIANT, PENDING_REVIEW)),
        "reference_doctype": doctype,
        "reference_name": ("is", "set"),
    }
    return set(site.tally(DOCTYPE, "reference_name", created))


def _with_latest(site: Site, group: Row, count: int) -> Row:
    latest = site.get_all(DOCTYPE, ["timestamp"], group, order_by="timestamp desc", limit=1)
    return {**group, "count": count, "latest": latest[0]["timestamp"]}


def _unknown(reason: str, since: datetime | None = None) -> ComplianceRate:
    return ComplianceRate(None, 0, 0, since, reason)
