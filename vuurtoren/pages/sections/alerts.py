"""Open alerts, most severe first, and those that ended during the last day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from vuurtoren.alerts import steps, stored_silences
from vuurtoren.alerts.alerts import DOCTYPE, OPEN_STATUSES, details_of, value_of
from vuurtoren.alerts.incidents import grouping
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.intents.retelling import lasted, retold
from vuurtoren.alerts.people import people
from vuurtoren.alerts.silences import Silence, holding
from vuurtoren.alerts.stored_state import DOCTYPE as STATES
from vuurtoren.notifications import outbox
from vuurtoren.pages.facts import Facts, level_of, worst
from vuurtoren.pages.frame.address import href
from vuurtoren.pages.parts import Alert, Alerts, DisplayLevel, Glance, Problem, SilenceView, Step
from vuurtoren.pages.sections import history
from vuurtoren.rules.rule import rank
from vuurtoren.signals.runbooks import path_of as runbook_path_of
from vuurtoren.site.errors import SiteError, Unavailable
from vuurtoren.site.quantities import as_shown
from vuurtoren.site.values import Row

SHOWN = 20
READ = 200
ENDED_WITHIN = timedelta(days=1)
EVIDENCE_SHOWN = 5
FIELDS = [
    "name", "alert_type", "severity", "status", "kind", "value", "threshold", "unit", "count", "first_seen",
    "last_seen", "message", "details", "runbook", "rule", "fingerprint", "acknowledged_by", "acknowledged_at",
    "acknowledgement_note", "resolved_by", "resolved_at", "resolution", "assigned_to",
    "escalation_level", "timestamp", "creation",
]  # fmt: skip


def build(facts: Facts) -> Alerts:
    """Raises Unavailable where alerts are not stored on this site."""
    site = facts.site
    need_table(facts)
    opened = _opened(facts)
    by_status = _by_status(facts)
    silences = stored_silences.current(site)
    return Alerts(
        open=cards(facts, opened[:SHOWN], silences),
        ended=ended_lately(facts),
        waiting=by_status.get("Active", 0),
        taken=sum(number for status, number in by_status.items() if status != "Active"),
        silences=tuple(_hush(facts, each, opened) for each in silences),
        people=people(site),
    )


def cards(facts: Facts, rows: Sequence[Row], silences: Sequence[Silence] = ()) -> tuple[Alert, ...]:
    """Each of these alerts with what happened to it, and what keeps it from being told."""
    names = [str(row["name"]) for row in rows]
    sent, taken, told = (
        outbox.of_alerts(facts.site, names),
        steps.of_alerts(facts.site, names),
        intents.of_alerts(facts.site, names),
    )

    ending = _ending(facts, rows)

    def shown(row: Row) -> Alert:
        name = str(row["name"])
        happened = history.steps(facts, row, *(each.get(name, []) for each in (taken, told, sent)))
        judged = _as_judged(facts, _alert(facts, row, happened), row, ending)
        return replace(judged, silence=_silence(facts, silences, row))

    return tuple(map(shown, rows))


def ended_lately(facts: Facts) -> tuple[Alert, ...]:
    """What ended during the last day, newest first."""
    ended = {"status": "Resolved", "resolved_at": (">=", facts.now - ENDED_WITHIN)}
    return cards(facts, facts.site.get_all(DOCTYPE, FIELDS, ended, order_by="resolved_at desc", limit=SHOWN))


def hushes(facts: Facts, silences: Sequence[Silence]) -> tuple[SilenceView, ...]:
    """What is not told now, by the name that people know it under."""
    opened = _opened(facts)
    return tuple(_hush(facts, each, opened) for each in silences)


def glance(facts: Facts) -> Glance:
    """What is wrong, the worst first, without what happened to it: enough to say how the site is."""
    need_table(facts)
    opened, by_status = _opened(facts), _by_status(facts)
    waiting = by_status.get("Active", 0)
    total = sum(by_status.values())
    if total > READ:
        return Glance(tuple(_problem(facts, [row]) for row in opened), waiting, total - waiting, waiting)
    problems = _problems(facts, opened)
    taken = sum(each.taken for each in problems)
    return Glance(problems, len(problems) - taken, taken, waiting)


def grouped(facts: Facts, rows: Iterable[Row]) -> list[grouping.Incident]:
    """These alerts by what they come from."""
    return grouping.incidents(
        grouping.member_of(row, facts.settings.rule(str(row["rule"] or ""))) for row in rows
    )


def _problems(facts: Facts, opened: Sequence[Row]) -> tuple[Problem, ...]:
    by_name = {str(row["name"]): row for row in opened}
    found = [[by_name[each.name] for each in one.members] for one in grouped(facts, opened)]
    found.sort(key=lambda rows: (are_taken(rows), -max(rank(row["severity"]) for row in rows)))
    return tuple(_problem(facts, rows) for rows in found)


def _problem(facts: Facts, rows: Sequence[Row]) -> Problem:
    """What the first of these alerts says, as bad as the worst of them."""
    return Problem(in_short(facts, rows[0]), worst(map(level, rows)), are_taken(rows))


def are_taken(rows: Sequence[Row]) -> bool:
    """Whether somebody acknowledged the incident of these open alerts; one of its worst ones is enough."""
    worst_rank = max(rank(str(row["severity"])) for row in rows)
    return any(row["status"] != "Active" and rank(str(row["severity"])) == worst_rank for row in rows)


def need_table(facts: Facts) -> None:
    if not facts.has(DOCTYPE):
        text = facts.site.translate("System Alert is not installed on this site: run bench migrate")
        raise Unavailable(text)


def _opened(facts: Facts) -> list[Row]:
    filters = {"status": ("in", OPEN_STATUSES)}
    opened = facts.site.get_all(DOCTYPE, FIELDS, filters, order_by="first_seen desc", limit=READ)
    return sorted(opened, key=lambda row: (row["status"] != "Active", -rank(row["severity"])))


def _by_status(facts: Facts) -> dict[str, int]:
    return facts.site.tally(DOCTYPE, "status", {"status": ("in", OPEN_STATUSES)})


def _ending(facts: Facts, opened: Sequence[Row]) -> dict[str, Row]:
    """By fingerprint, the states of alerts that end when they stay below their limit a little longer."""
    if not facts.has(STATES):
        return {}
    names = [str(row["fingerprint"]) for row in opened]
    filters = {"fingerprint": ("in", names), "state": "Recovering", "answer": "ok"}
    fields = ["fingerprint", "state_since", "value"]
    try:
        return {str(row["fingerprint"]): row for row in facts.site.get_all(STATES, fields, filters)}
    except SiteError:  # the section of what is unknown says why; alerts are shown without
        return {}


def _as_judged(facts: Facts, alert: Alert, row: Row, ending: Mapping[str, Row]) -> Alert:
    """With the limit in force; what is below it says since when, and when it closes."""
    rule = facts.settings.rule(str(row["rule"] or ""))
    if rule is None or row["kind"] != "Breach":
        return alert
    if alert.limit is not None:
        alert = replace(alert, limit=facts.settings.thresholds.values.get(rule.key, alert.limit))
    state = ending.get(str(row["fingerprint"]))
    if state is None or not state["state_since"]:
        return alert
    since = state["state_since"]
    closes = since + timedelta(seconds=rule.keep_firing_seconds)
    text = facts.translate(
        "below the limit since {0}, closes at {1}"
        if rule.operator in (">", ">=")
        else "above the limit since {0}, closes at {1}"
    )
    said = text.format(facts.formats.clock(since), facts.formats.clock(closes))
    value = alert.value if alert.value is None else float(state["value"] or 0)
    return replace(alert, value=value, message=f"{alert.message}\n({said})")


def _silence(facts: Facts, silences: Sequence[Silence], row: Row) -> str:
    """Why nothing is told about this alert, where somebody wants it so."""
    rule, fingerprint, severity = str(row["rule"] or ""), str(row["fingerprint"]), str(row["severity"])
    by = holding(silences, rule, fingerprint, "opened", facts.now, severity)
    return stored_silences.said(facts.site, by) if by else ""


def _hush(facts: Facts, each: Silence, opened: Sequence[Row]) -> SilenceView:
    end = facts.translate("Unmute" if each.fingerprint or each.rule else "End now")
    return SilenceView(each.name, _silenced(facts, each, opened), stored_silences.said(facts.site, each), end)


def _silenced(facts: Facts, each: Silence, opened: Sequence[Row]) -> str:
    """What the silence is about, by the name that people know it under."""
    if each.fingerprint:
        titles = (title(facts, row) for row in opened if row["fingerprint"] == each.fingerprint)
        return next(titles, each.fingerprint)
    rule = facts.settings.rule(each.rule)
    return facts.site.translate(rule.title if rule else each.rule or "everything")


def _alert(facts: Facts, row: Row, happened: tuple[Step, ...]) -> Alert:
    row = retold(facts.site, row)
    rule = facts.settings.rule(str(row["rule"] or ""))
    measured = row["kind"] == "Breach" and (rule is None or rule.adjustable)
    return Alert(
        name=str(row["name"]),
        title=title(facts, row),
        severity=str(row["severity"]),
        level=level(row),
        status=str(row["status"]),
        message=message(facts, row),
        value=value_of(row) if measured else None,
        limit=float(row["threshold"] or 0) if measured else None,
        unit=str(row["unit"] or ""),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        count=int(row["count"] or 1),
        runbook=tuple(line for line in str(row["runbook"] or "").splitlines() if line.strip()),
        steps=happened,
        evidence=tuple(_evidence(facts, row)),
        links=tuple(_links(facts, row)),
        href=href("alert", str(row["name"])),
        assigned_to=str(row["assigned_to"] or ""),
        escalated_to=int(row["escalation_level"] or 0),
        ended_at=row["resolved_at"],
        resolved_by=str(row["resolved_by"] or ""),
    )


def title(facts: Facts, row: Row) -> str:
    """What people call the alert: the trouble that its rule is about."""
    _ = facts.site.translate
    rule = facts.settings.rule(str(row["rule"] or ""))
    said = _(rule.title) if rule else str(row["alert_type"] or "").replace("_", " ").capitalize()
    return _("Cannot be judged: {0}").format(said) if row["kind"] == "Unknown" else said


def message(facts: Facts, row: Row) -> str:
    """What it says; of one that is over, that it said so, and for how long."""
    said = str(retold(facts.site, row)["message"] or "")
    if row["status"] != "Resolved":
        return said
    text = facts.translate("It was open for {0}: {1}")
    return text.format(lasted(facts.site, row) or facts.translate("an unknown time"), said)


def in_short(facts: Facts, row: Row) -> str:
    """The first line of what it says, with its number; of one that is over its title."""
    if row["status"] == "Resolved":
        return title(facts, row)
    said = str(retold(facts.site, row)["message"] or "")
    return next(iter(said.splitlines()), "") or title(facts, row)


def level(row: Row) -> DisplayLevel:
    """How bad it is; not knowing is a level of its own."""
    return "unknown" if row["kind"] == "Unknown" else level_of(row["severity"])


def _links(facts: Facts, row: Row) -> list[tuple[str, str]]:
    """The runbook, and the documents behind the number: of an open alert only those that it counts."""
    named = details_of(row).get("links")
    doctypes = [str(doctype) for doctype in named] if isinstance(named, list) else []
    links = [
        (facts.site.translate(each), at)
        for each in doctypes
        if (at := facts.list_href(each, _counted(facts, row, each)))
    ]
    runbook = runbook_path_of(str(row["rule"] or ""))
    return [(facts.site.translate("Runbook"), f"/{runbook}"), *links] if runbook else links


def _counted(facts: Facts, row: Row, doctype: str) -> dict[str, str]:
    rule = facts.settings.rule(str(row["rule"] or ""))
    if rule is None or row["status"] == "Resolved":
        return {}
    which = details_of(row).get("which")
    instances = facts.snapshot.all(rule.metric)
    of_it = (metric for metric in instances if dict(metric.labels) == (which or {}))
    return next((dict(metric.rows) for metric in of_it if metric.doctype == doctype), {})


def _evidence(facts: Facts, row: Row) -> list[str]:
    """The first rows behind the number, each on a line."""
    rows = details_of(row).get("evidence")
    shown = [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []
    return [
        ", ".join(
            f"{facts.translate(name)}: {as_shown(value, facts.translate)}" for name, value in each.items()
        )
        for each in shown[:EVIDENCE_SHOWN]
    ]
