"""The state of the whole site in one sentence, from what the other sections found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from verenigingen.dashboard.facts import Facts, worst
from verenigingen.dashboard.parts import Alert, Alerts, Level, Monitor, Overall, Section, Unknowns

REASONS_SHOWN = 4


def build(
    facts: Facts, alerts: Section[Alerts], monitor: Section[Monitor], unknowns: Section[Unknowns]
) -> Overall:
    """The first of these that holds: silent monitor, open alerts, something unreadable, nobody told, well."""
    checked = _checked(facts, monitor, unknowns)
    for judge in (_switched_off, _silent):
        if found := judge(facts, monitor):
            return Overall(*found, checked)
    found = (
        _alerts(facts, alerts)
        or _unreadable(facts, (alerts, monitor, unknowns))
        or _blind(facts, unknowns)
        or _unheard(facts, monitor)
    )
    return Overall(*(found or ("ok", facts.site.translate("All is well"), ())), checked)


Found = tuple[Level, str, tuple[str, ...]]


def _switched_off(facts: Facts, monitor: Section[Monitor]) -> Found | None:
    if facts.settings.enabled:
        return None
    _ = facts.site.translate
    return "unknown", _("The monitor is switched off"), (_("Nothing is judged; see Monitoring Settings."),)


def _silent(facts: Facts, monitor: Section[Monitor]) -> Found | None:
    """A monitor that does not run cannot say that all is well."""
    _ = facts.site.translate
    if monitor.content is None:
        return "unknown", _("Whether the monitor runs cannot be said"), (monitor.problem,)
    tick = monitor.content.runs[0]
    if tick.ended_at is None:
        return "unknown", _("The monitor has not run yet"), (f"{tick.label}: {tick.said}", *_why(facts))
    if tick.level != "critical":
        return None
    silent_for = facts.formats.duration((facts.now - tick.ended_at).total_seconds())
    headline = _("The monitor has been silent for {0}").format(silent_for)
    return "critical", headline, (_("Nothing was judged and nobody was told since."), *_why(facts))


def _why(facts: Facts) -> list[str]:
    """What keeps the scheduler from running the monitor, where that is known."""
    enabled = facts.snapshot.get("scheduler.enabled")
    return [str(row["because"]) for row in enabled.evidence if row.get("because")]


def _alerts(facts: Facts, alerts: Section[Alerts]) -> Found | None:
    if alerts.content is None or not alerts.content.open:
        return None
    _ = facts.site.translate
    waiting = [alert for alert in alerts.content.open if alert.status == "Active"]
    taken = len(alerts.content.open) - len(waiting)
    if not waiting:
        one, several = _("1 problem is being worked on"), _("{0} problems are being worked on")
        return "warning", one if taken == 1 else several.format(taken), _reasons(facts, alerts.content.open)
    number = len(waiting) + alerts.content.more
    one, several = _("1 problem needs attention"), _("{0} problems need attention")
    headline = one if number == 1 else several.format(number)
    if taken:
        headline += _(", {0} being worked on").format(taken)
    return worst(alert.level for alert in waiting), headline, _reasons(facts, waiting)


def _reasons(facts: Facts, alerts: Sequence[Alert]) -> tuple[str, ...]:
    reasons = [_reason(alert) for alert in alerts[:REASONS_SHOWN]]
    rest = len(alerts) - REASONS_SHOWN
    return (*reasons, facts.site.translate("and {0} more").format(rest)) if rest > 0 else tuple(reasons)


def _reason(alert: Alert) -> str:
    return alert.message.splitlines()[0] if alert.message else alert.title


def _unreadable(facts: Facts, sections: tuple[Section[Any], ...]) -> Found | None:
    broken = tuple(f"{section.title}: {section.problem}" for section in sections if section.content is None)
    cannot_say = facts.site.translate("Whether all is well cannot be said")
    return ("unknown", cannot_say, broken) if broken else None


def _blind(facts: Facts, unknowns: Section[Unknowns]) -> Found | None:
    _ = facts.site.translate
    checks = [check for check in unknowns.content.checks if check.serious] if unknowns.content else []
    if not checks:
        return None
    headline = _("Nothing is known to be wrong, but 1 check cannot be judged")
    if len(checks) > 1:
        headline = _("Nothing is known to be wrong, but {0} checks cannot be judged").format(len(checks))
    return "unknown", headline, tuple(f"{check.title}: {check.because}" for check in checks[:REASONS_SHOWN])


def _unheard(facts: Facts, monitor: Section[Monitor]) -> Found | None:
    """All may be well, but a person would not be told of the next problem."""
    _ = facts.site.translate
    assert monitor.content is not None
    late = [
        f"{run.label}: {run.said}" for run in monitor.content.runs if run.level in ("critical", "warning")
    ]
    if late:
        return "warning", _("A part of the monitor does not run well"), tuple(late)
    mail = monitor.content.mail
    if mail.level == "ok":
        return None
    return "warning", _("All is well, but alert mail {0}").format(mail.said), mail.hindrances


def _checked(facts: Facts, monitor: Section[Monitor], unknowns: Section[Unknowns]) -> str:
    """What "all is well" rests on."""
    _ = facts.site.translate
    rules = sum(len(rules) for rules in facts.judging.values())
    known = sum(metric.known for metric in facts.snapshot)
    said = _("{0} rules are judged, {1} numbers were measured").format(rules, known)
    judged_at: datetime | None = monitor.content.runs[0].ended_at if monitor.content else None
    if judged_at:
        ago = facts.formats.ago((facts.now - judged_at).total_seconds())
        said += _("; last judged {0}").format(ago)
    if unknowns.content and unknowns.content.checks:
        said += _("; {0} could not be judged").format(len(unknowns.content.checks))
    return f"{said}."
