"""What the SEPA audit trail holds of the last week, and how much of it was in order."""

from __future__ import annotations

from datetime import datetime, timedelta

from verenigingen.audit import summary
from verenigingen.audit.anchors.handing_out import newest
from verenigingen.audit.anchors.message import for_minutes
from verenigingen.audit.recording import COMPLIANT
from verenigingen.audit.seals.note import BadNote
from verenigingen.audit.seals.tables import CHECKPOINT
from verenigingen.dashboard.bar_chart import Bar, BarChart
from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import AuditRow, Level, Reading, Sepa
from verenigingen.site.errors import Unavailable
from verenigingen.site.values import Row

DOCTYPE = "SEPA Audit Log"
DAYS = 7
COVERED = "audit.mandates_covered_percent"
ROWS_SHOWN = 15
PROOF = (
    "audit.guard_intact",
    "audit.verification_ok",
    "audit.last_verification_age_hours",
    "audit.seal_lag_seconds",
    "audit.last_anchor_age_hours",
)
LEVELS: dict[str, Level] = {
    "Compliant": "ok",
    "Exception": "warning",
    "Pending Review": "warning",
    "Failed": "critical",
}


def build(facts: Facts) -> Sepa:
    """Raises Unavailable where the audit log is not installed."""
    site, _ = facts.site, facts.site.translate
    if not facts.has(DOCTYPE):
        raise Unavailable(_("SEPA Audit Log is not installed on this site: run bench migrate"))
    rows = tuple(_row(row) for row in summary.get_audit_summary(site, DAYS, ROWS_SHOWN))
    return Sepa(
        readings=(
            facts.reading("sepa.failed_last_hour"),
            facts.reading("sepa.failed_last_day"),
            facts.reading("sepa.events_last_day"),
            _in_order(facts),
            _covered(facts),
            _waiting(facts),
            *(facts.reading(key) for key in PROOF),
        ),
        chart=_chart(facts) if rows else None,
        rows=rows,
        said=" ".join(filter(None, [_said(facts, rows), _for_minutes(facts)])),
        list_href=facts.list_href(DOCTYPE),
    )


def _row(row: Row) -> AuditRow:
    return AuditRow(
        process_type=str(row["process_type"] or ""),
        action=str(row["action"] or ""),
        status=str(row["compliance_status"] or ""),
        level=LEVELS.get(row["compliance_status"], "plain"),
        count=int(row["count"]),
        latest=row["latest"],
    )


def _said(facts: Facts, rows: tuple[AuditRow, ...]) -> str:
    _ = facts.site.translate
    if not rows:
        return _("No entry during the last {0} days.").format(DAYS)
    newest = max(row.latest for row in rows)
    ago = facts.formats.ago((facts.now - newest).total_seconds())
    return _("Entries of the last {0} days, most frequent first; the newest is of {1}.").format(DAYS, ago)


def _for_minutes(facts: Facts) -> str:
    """The line of the newest checkpoint for the minutes of a meeting; empty before there is one."""
    if not facts.site.has_doctype(CHECKPOINT):
        return ""
    try:
        _name, signed = newest(facts.site)
    except BadNote:
        return ""
    if signed is None or not signed.checkpoint.tree_size:
        return ""
    return facts.site.translate("For the minutes: {0}").format(for_minutes(facts.site, signed))


def _in_order(facts: Facts) -> Reading:
    """Entries with outcome Compliant as a part of all; the formula stands beside the number."""
    _, text = facts.site.translate, facts.formats.text
    since = facts.now - timedelta(days=DAYS)
    tally = facts.site.tally(DOCTYPE, "compliance_status", {"timestamp": (">=", since)})
    title, total, compliant = _("Entries in order"), sum(tally.values()), tally.get(COMPLIANT, 0)
    if not total:
        return Reading(title, None, "%", _("no entry during the last {0} days").format(DAYS), level="unknown")
    # 99.96 % is not all of them.
    percent = 100.0 if compliant == total else min(round(100 * compliant / total, 1), 99.9)
    note = _("{0} of {1} are Compliant, {2} days").format(text(compliant), text(total), DAYS)
    return Reading(title, percent, "%", source=DOCTYPE, measured_at=facts.now, note=note)


def _covered(facts: Facts) -> Reading:
    """Mandates whose creation the trail holds; a mandate that nobody logged lowers it."""
    _, text = facts.site.translate, facts.formats.text
    metric = facts.snapshot.get(COVERED)
    counted = metric.evidence[0] if metric.evidence else {}
    said = _("{0} of {1} since the trail began")
    note = said.format(text(counted["audited"]), text(counted["mandates"])) if counted else ""
    return facts.read(metric, note, _("Mandates with an audited creation"))


def _waiting(facts: Facts) -> Reading:
    """Entries that the database has not taken yet."""
    waiting = summary.audit_counts(facts.site).waiting_in_spool
    level: Level = "warning" if waiting else "ok"
    title = facts.site.translate("Waiting to be written")
    return Reading(title, waiting, "count", source="spool", measured_at=facts.now, level=level)


def _chart(facts: Facts) -> BarChart:
    _ = facts.site.translate
    midnight = facts.now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return BarChart(
        key="sepa.per_day",
        title=_("Audit entries per day"),
        bars=tuple(Bar(f"{day:%a} {day.day}", _day(facts, day)) for day in days),
        parts=(_("compliant"), _("exception or to review"), _("failed")),
        levels=("ok", "warning", "critical"),
    )


def _day(facts: Facts, day: datetime) -> tuple[int, ...]:
    window = {"timestamp": [(">=", day), ("<", day + timedelta(days=1))]}
    tally = facts.site.tally(DOCTYPE, "compliance_status", window)
    by_level = {level: 0 for level in ("ok", "warning", "critical")}
    for status, count in tally.items():
        level = LEVELS.get(status, "warning")
        by_level[level] += count
    return tuple(by_level.values())
