"""The state of the whole site in one sentence, from what the other sections found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vuurtoren.alerts.alerts import DOCTYPE as ALERT
from vuurtoren.alerts.stored_state import DOCTYPE as STATES
from vuurtoren.pages.facts import Facts, level_of, worst
from vuurtoren.pages.parts import DisplayLevel, Glance, Monitor, Overall, PageSection, Problem, Unknowns
from vuurtoren.site.words.plurals import plural

REASONS_SHOWN = 4
MOST_READ = 500


def build(
    facts: Facts, alerts: PageSection[Glance], monitor: PageSection[Monitor], unknowns: PageSection[Unknowns]
) -> Overall:
    """The first of these that holds: silent monitor, open alerts, something unreadable, what goes on after
    somebody resolved it, nobody told, well."""
    checked = _checked(facts, monitor, unknowns)
    for judge in (_switched_off, _silent):
        if found := judge(facts, monitor):
            return Overall(*found, checked)
    found = (
        _alerts(facts, alerts)
        or _unreadable(facts, (alerts, monitor, unknowns))
        or _going_on(facts)
        or _blind(facts, unknowns)
        or _unheard(facts, monitor)
    )
    return Overall(*(found or ("ok", facts.site.translate("All is well"), ())), checked)


Found = tuple[DisplayLevel, str, tuple[str, ...]]


def _switched_off(facts: Facts, monitor: PageSection[Monitor]) -> Found | None:
    if facts.settings.enabled:
        return None
    _ = facts.site.translate
    return "unknown", _("The monitor is switched off"), (_("Nothing is judged; see Monitoring Settings."),)


def _silent(facts: Facts, monitor: PageSection[Monitor]) -> Found | None:
    """A monitor that does not run cannot say that all is well."""
    _ = facts.site.translate
    if monitor.content is None:
        return "unknown", _("Whether the monitor runs cannot be said"), (monitor.problem,)
    tick = monitor.content.runs[0]
    if tick.status == "unknown":
        return "unknown", _("Whether the monitor runs cannot be said"), (f"{tick.label}: {tick.said}",)
    if tick.age_seconds is None:
        return "unknown", _("The monitor has not run yet"), (f"{tick.label}: {tick.said}", *_why(facts))
    if tick.level != "critical":
        return None
    if tick.status == "failing":
        headline = _("The monitor runs, but cannot do its work")
        return "critical", headline, (f"{tick.label}: {tick.said}",)
    silent_for = facts.formats.duration(tick.age_seconds)
    headline = _("The monitor has been silent for {0}").format(silent_for)
    return "critical", headline, (_("Nothing was judged and nobody was told since."), *_why(facts))


def _why(facts: Facts) -> list[str]:
    """What keeps the scheduler from running the monitor, where that is known."""
    enabled = facts.snapshot.get("scheduler.enabled")
    return [str(row["because"]) for row in enabled.evidence if row.get("because")]


def _alerts(facts: Facts, alerts: PageSection[Glance]) -> Found | None:
    found = alerts.content
    if found is None or not found.problems:
        return None
    _ = facts.site.translate
    if not found.waiting:
        text = plural(_, found.taken, "1 problem is being worked on", "{0} problems are being worked on")
        return "warning", text.format(found.taken), _reasons(facts, found.problems, found.taken)
    text = plural(_, found.waiting, "1 problem needs attention", "{0} problems need attention")
    headline = text.format(found.waiting)
    if found.taken:
        headline += _(", {0} being worked on").format(found.taken)
    waiting = [each for each in found.problems if not each.taken] or found.problems
    return worst(each.level for each in waiting), headline, _reasons(facts, waiting, found.waiting)


def _going_on(facts: Facts) -> Found | None:
    """What somebody resolved by hand while its condition goes on: nobody is told, and it is not well."""
    if not facts.has(STATES):
        return None
    fired = {"state": "Firing", "answer": ("!=", "ok")}
    rows = facts.site.get_all(STATES, ["fingerprint", "rule"], fired, limit=MOST_READ)
    names = [str(row["fingerprint"]) for row in rows]
    told = facts.site.tally(ALERT, "open_fingerprint", {"open_fingerprint": ("in", names)}) if names else {}
    in_force = {rule.key: rule for rules in facts.judging.values() for rule in rules}
    untold = [row["rule"] for row in rows if row["fingerprint"] not in told]
    rules = [in_force[key] for key in untold if key in in_force]
    if not rules:
        return None
    _ = facts.site.translate
    text = plural(
        _,
        len(rules),
        "1 problem goes on, although its alert was resolved",
        "{0} problems go on, although their alerts were resolved",
    )
    headline = text.format(len(rules))
    titles = tuple(dict.fromkeys(_(rule.title) for rule in rules))[:REASONS_SHOWN]
    return worst(level_of(rule.severity) for rule in rules), headline, titles


def _reasons(facts: Facts, problems: Sequence[Problem], number: int) -> tuple[str, ...]:
    """The worst of so many problems, and how many others there are."""
    reasons = [each.said for each in problems[:REASONS_SHOWN]]
    rest = number - len(reasons)
    return (*reasons, facts.site.translate("and {0} more").format(rest)) if rest > 0 else tuple(reasons)


def _unreadable(facts: Facts, sections: tuple[PageSection[Any], ...]) -> Found | None:
    broken = tuple(f"{section.title}: {section.problem}" for section in sections if section.content is None)
    cannot_say = facts.site.translate("Whether all is well cannot be said")
    return ("unknown", cannot_say, broken) if broken else None


def _blind(facts: Facts, unknowns: PageSection[Unknowns]) -> Found | None:
    _ = facts.site.translate
    checks = [check for check in unknowns.content.checks if check.serious] if unknowns.content else []
    if not checks:
        return None
    text = plural(
        _,
        len(checks),
        "Nothing is known to be wrong, but 1 check cannot be judged",
        "Nothing is known to be wrong, but {0} checks cannot be judged",
    )
    headline = text.format(len(checks))
    return "unknown", headline, tuple(f"{check.title}: {check.because}" for check in checks[:REASONS_SHOWN])


def _unheard(facts: Facts, monitor: PageSection[Monitor]) -> Found | None:
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


def _checked(facts: Facts, monitor: PageSection[Monitor], unknowns: PageSection[Unknowns]) -> str:
    """What "all is well" rests on."""
    _ = facts.site.translate
    rules = sum(len(rules) for rules in facts.judging.values())
    known = sum(metric.known for metric in facts.snapshot)
    said = plural(_, rules, "1 rule is judged", "{0} rules are judged").format(rules)
    said += plural(_, known, ", 1 number was measured", ", {0} numbers were measured").format(known)
    age_seconds = monitor.content.runs[0].age_seconds if monitor.content else None
    if age_seconds is not None:
        ago = facts.formats.ago(age_seconds)
        said += _("; last judged {0}").format(ago)
    if unknowns.content and unknowns.content.checks:
        said += _("; {0} could not be judged").format(len(unknowns.content.checks))
    return f"{said}."
