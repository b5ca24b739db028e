"""Open alerts, most severe first, and those that ended during the last day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from verenigingen.alerts import outbox, steps, stored_silences
from verenigingen.alerts.alerts import DOCTYPE, OPEN_STATUSES, details_of, value_of
from verenigingen.alerts.channels.desk import people
from verenigingen.alerts.rule import rank
from verenigingen.alerts.runbooks import path_of as runbook_path_of
from verenigingen.alerts.silences import Silence, holding
from verenigingen.dashboard.facts import Facts, level_of
from verenigingen.dashboard.parts import Alert, Alerts, Hush, Level, Step
from verenigingen.dashboard.sections import history
from verenigingen.site.errors import Unavailable
from verenigingen.site.values import Row

SHOWN = 20
READ = 200
ENDED_WITHIN = timedelta(days=1)
EVIDENCE_SHOWN = 5
FIELDS = [
    "name", "alert_type", "severity", "status", "kind", "value", "threshold", "unit", "count", "first_seen",
    "last_seen", "message", "details", "runbook", "rule", "fingerprint", "acknowledged_by", "acknowledged_at",
    "acknowledgement_note", "resolved_by", "resolved_at", "resolution", "opened_mail", "opened_mail_at",
    "opened_mail_note", "resolved_mail", "resolved_mail_at", "resolved_mail_note", "assigned_to",
    "escalation_level",
]  # fmt: skip


def build(facts: Facts) -> Alerts:
    """Raises Unavailable where alerts are not stored on this site."""
    site = facts.site
    if not facts.has(DOCTYPE):
        raise Unavailable(site.translate("System Alert is not installed on this site: run bench migrate"))
    opened = site.get_all(
        DOCTYPE, FIELDS, {"status": ("in", OPEN_STATUSES)}, order_by="first_seen desc", limit=READ
    )
    opened.sort(key=lambda row: (row["status"] != "Active", -rank(row["severity"])))
    ended = {"status": "Resolved", "resolved_at": (">=", facts.now - ENDED_WITHIN)}
    over = site.get_all(DOCTYPE, FIELDS, ended, order_by="resolved_at desc", limit=SHOWN)
    names = [str(row["name"]) for row in (*opened[:SHOWN], *over)]
    sent, taken = outbox.of_alerts(site, names), steps.of_alerts(site, names)
    silences = stored_silences.current(site)

    def shown(row: Row) -> Alert:
        name = str(row["name"])
        return _alert(facts, row, history.steps(facts, row, taken.get(name, []), sent.get(name, [])))

    return Alerts(
        open=tuple(replace(shown(row), silence=_silence(facts, silences, row)) for row in opened[:SHOWN]),
        ended=tuple(shown(row) for row in over),
        more=max(0, len(opened) - SHOWN),
        list_href=facts.list_href(DOCTYPE),
        silences=tuple(_hush(facts, each, opened) for each in silences),
        people=people(site),
    )


def _silence(facts: Facts, silences: list[Silence], row: Row) -> str:
    """Why nothing is told about this alert, where somebody wants it so."""
    by = holding(silences, str(row["rule"] or ""), str(row["fingerprint"]), "opened", facts.now)
    return stored_silences.said(facts.site, by) if by else ""


def _hush(facts: Facts, each: Silence, opened: Sequence[Row]) -> Hush:
    return Hush(each.name, _silenced(facts, each, opened), stored_silences.said(facts.site, each))


def _silenced(facts: Facts, each: Silence, opened: Sequence[Row]) -> str:
    """What the silence is about, by the name that people know it under."""
    if each.fingerprint:
        titles = (_title(facts, row) for row in opened if row["fingerprint"] == each.fingerprint)
        return next(titles, each.fingerprint)
    rule = facts.settings.rule(each.rule)
    return facts.site.translate(rule.title if rule else each.rule or "everything")


def _alert(facts: Facts, row: Row, happened: tuple[Step, ...]) -> Alert:
    rule = facts.settings.rule(str(row["rule"] or ""))
    measured = row["kind"] == "Breach" and (rule is None or rule.adjustable)
    return Alert(
        name=str(row["name"]),
        title=_title(facts, row),
        severity=str(row["severity"]),
        level=_level(row),
        status=str(row["status"]),
        message=str(row["message"] or ""),
        value=value_of(row) if measured else None,
        limit=float(row["threshold"] or 0) if measured else None,
        unit=str(row["unit"] or ""),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        count=int(row["count"] or 1),
        runbook=tuple(line for line in str(row["runbook"] or "").splitlines() if line.strip()),
        steps=happened,
        evidence=tuple(_evidence(row)),
        links=tuple(_links(facts, row)),
        href=facts.form_href(DOCTYPE, str(row["name"])),
        assigned_to=str(row["assigned_to"] or ""),
        escalated_to=int(row["escalation_level"] or 0),
    )


def _title(facts: Facts, row: Row) -> str:
    _ = facts.site.translate
    rule = facts.settings.rule(str(row["rule"] or ""))
    title = _(rule.title) if rule else str(row["alert_type"] or "").replace("_", " ").capitalize()
    return _("Cannot be judged: {0}").format(title) if row["kind"] == "Unknown" else title


def _level(row: Row) -> Level:
    return "unknown" if row["kind"] == "Unknown" else level_of(row["severity"])


def _links(facts: Facts, row: Row) -> list[tuple[str, str]]:
    named = details_of(row).get("links")
    doctypes = [str(doctype) for doctype in named] if isinstance(named, list) else []
    links = [(facts.site.translate(each), href) for each in doctypes if (href := facts.list_href(each))]
    runbook = runbook_path_of(str(row["rule"] or ""))
    return [(facts.site.translate("Runbook"), f"/{runbook}"), *links] if runbook else links


def _evidence(row: Row) -> list[str]:
    """The first rows behind the number, each on a line."""
    rows = details_of(row).get("evidence")
    shown = [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []
    return [", ".join(f"{name}: {value}" for name, value in each.items()) for each in shown[:EVIDENCE_SHOWN]]
