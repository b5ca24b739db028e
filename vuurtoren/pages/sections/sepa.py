"""What the SEPA audit trail holds of the last week, and how much of it was in order."""

from __future__ import annotations

from datetime import datetime, timedelta

from vuurtoren.audit.adoption import adoption
from vuurtoren.audit.anchors.checkpoint_publishing import holders, newest
from vuurtoren.audit.anchors.message import for_minutes
from vuurtoren.audit.recording.recording import COMPLIANT
from vuurtoren.audit.seals.note import BadNote
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT
from vuurtoren.audit.search import summary
from vuurtoren.audit.verification import daily_verification
from vuurtoren.compliance.findings.stored import PROCESS_TYPE
from vuurtoren.health.runs import DOCTYPE as RUNS
from vuurtoren.pages.charts.bar_chart import Bar, BarChart
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import AuditRow, DisplayLevel, Reading, Sepa
from vuurtoren.pages.sections.boundary import section
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.quantities import calendar_day, moment
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import said as said_in

DOCTYPE = "SEPA Audit Log"
DAYS = 7
ROWS_SHOWN = 15
VERIFICATIONS_SHOWN, HOLDERS_SHOWN = 10, 10
LEVEL_OF_ANSWER: dict[bool | None, DisplayLevel] = {True: "ok", False: "critical", None: "unknown"}
LEVELS: dict[str, DisplayLevel] = {
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
            *facts.placed("sepa.outcomes"),
            _in_order(facts),
            *facts.placed("sepa.coverage"),
            _waiting(facts),
            *facts.placed("sepa.proof"),
        ),
        chart=_chart(facts) if rows else None,
        rows=rows,
        said=" ".join(filter(None, [_said(facts, rows), _adopted(facts), _for_minutes(facts)])),
        list_href=facts.list_href(DOCTYPE),
        verifications=_verifications(facts),
        holders=_holders(facts),
    )


def _verifications(facts: Facts) -> tuple[tuple[datetime, DisplayLevel, str], ...]:
    """A section of its own: the trail is shown where nothing is kept of the monitor's runs."""
    if not facts.has(RUNS):
        return ()
    last = section(facts, "verifications", "", lambda facts: daily_verification.last(facts.site)).content
    return tuple(
        (each.at, LEVEL_OF_ANSWER[each.held], said_in(each.answer, facts.translate))
        for each in (last.history if last else ())[:VERIFICATIONS_SHOWN]
    )


def _holders(facts: Facts) -> tuple[tuple[str, ...], ...]:
    """Outside or not stands beside the channel, by which it is judged."""
    site, _ = facts.site, facts.site.translate
    if not site.has_doctype(ANCHOR):
        return ()
    text = _("{0}, outside")
    return tuple(
        (
            each.target,
            text.format(_(each.channel)) if each.outside else _(each.channel),
            moment(each.sent_at, facts.translate),
            facts.formats.text(each.tree_size),
        )
        for each in holders(site, HOLDERS_SHOWN)
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


def _adopted(facts: Facts) -> str:
    """Entries from before the trail: how many, since when, who stands for it, and what they hold in clear."""
    _, text, found = facts.site.translate, facts.formats.text, adoption.last(facts.site)
    if found is None or not found.adopted:
        return ""
    before = plural(
        _,
        found.adopted,
        "1 entry is from before the trail: taken over as it was found on {1}, {2}.",
        "{0} entries are from before the trail: taken over as they were found on {1}, {2}.",
    )
    said = before.format(
        text(found.adopted),
        calendar_day(found.at, facts.translate),
        _("confirmed by {0}").format(found.confirmed_by)
        if found.confirmed_by
        else _("not confirmed by anybody yet (monitoring audit adopt --by NAME)"),
    )
    held = adoption.with_ibans(facts.site) if found.with_ibans else 0
    if not held:
        return said
    in_clear = plural(
        _,
        held,
        "{0} of them holds IBANs in clear: “audit adopt” names it, “audit erase” takes them away.",
        "{0} of them hold IBANs in clear: “audit adopt” names them, “audit erase” takes them away.",
    )
    return f"{said} {in_clear.format(text(held))}"


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
    steps = {"timestamp": (">=", since), "process_type": ("!=", PROCESS_TYPE)}
    tally = facts.site.tally(DOCTYPE, "compliance_status", steps)
    title, total, compliant = _("Compliant entries"), sum(tally.values()), tally.get(COMPLIANT, 0)
    if not total:
        return Reading(title, None, "%", _("no entry during the last {0} days").format(DAYS), level="unknown")
    # 99.96 % is not all of them.
    percent = 100.0 if compliant == total else min(round(100 * compliant / total, 1), 99.9)
    note = _("{0} of {1} are Compliant, {2} days").format(text(compliant), text(total), DAYS)
    return Reading(title, percent, "%", source=DOCTYPE, measured_at=facts.now, note=note)


def _waiting(facts: Facts) -> Reading:
    """Entries that the database has not taken yet."""
    waiting = summary.audit_counts(facts.site).waiting_in_spool
    level: DisplayLevel = "warning" if waiting else "ok"
    title = facts.site.translate("Waiting to be written")
    return Reading(title, waiting, "count", source="spool", measured_at=facts.now, level=level)


def _chart(facts: Facts) -> BarChart:
    _ = facts.site.translate
    midnight = facts.now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return BarChart(
        key="sepa.per_day",
        title=_("Audit entries per day"),
        bars=tuple(Bar(f"{_(f'{day:%a}')} {day.day}", _day(facts, day)) for day in days),
        parts=(_("compliant"), _("exception or to review"), _("failed")),
        levels=("ok", "warning", "critical"),
        unit=_("entries"),
    )


def _day(facts: Facts, day: datetime) -> tuple[int, ...]:
    window = {"timestamp": [(">=", day), ("<", day + timedelta(days=1))]}
    tally = facts.site.tally(DOCTYPE, "compliance_status", window)
    by_level = {level: 0 for level in ("ok", "warning", "critical")}
    for status, count in tally.items():
        level = LEVELS.get(status, "warning")
        by_level[level] += count
    return tuple(by_level.values())
