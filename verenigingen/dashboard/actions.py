"""What a visitor may do on the page: with an alert, with a silence, and verify the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from verenigingen.alerts import alerts, assignments, settings, steps, stored_silences, stored_suggestions
from verenigingen.alerts.alerts import NotPossible
from verenigingen.alerts.channels.desk import people
from verenigingen.alerts.quantities import duration
from verenigingen.alerts.silences import WINDOW
from verenigingen.audit.seals.findings import EXIT_TAMPERED, OK, Finding
from verenigingen.audit.verifying import verify_for_people
from verenigingen.dashboard.parts import Level, Notice
from verenigingen.site.protocol import Site
from verenigingen.site.whitelist import Refused

Answer = dict[str, str]
FINDINGS_SAID = 20
LEVEL_OF_EXIT_CODE: dict[int, Level] = {OK: "ok", EXIT_TAMPERED: "critical"}


def acknowledge(site: Site, alert_name: str, note: str = "") -> Answer:
    """Say that somebody is on it; commits. Raises NotPossible with a sentence for people."""
    alerts.acknowledge(site, alert_name, note)
    return _done(site, alert_name, "Acknowledged", site.translate("Acknowledged: {0}"))


def resolve(site: Site, alert_name: str, note: str = "") -> Answer:
    """Close the alert; commits. Raises NotPossible with a sentence for people."""
    alerts.resolve(site, alert_name, note, settings=settings.read(site))
    return _done(site, alert_name, "Resolved", site.translate("Resolved: {0}"))


def assign(site: Site, alert_name: str, note: str = "", user: str = "") -> Answer:
    """Give the alert to a user, or to nobody without one; commits. Raises NotPossible."""
    if user:
        assignments.assign(site, alert_name, user, note)
        shown = user.replace("{", "{{").replace("}", "}}")  # an address may hold braces
        return _done(
            site, alert_name, "Assigned", site.translate("Assigned to {0}: {1}").format(shown, "{0}")
        )
    assignments.unassign(site, alert_name, note)
    return _done(site, alert_name, "Unassigned", site.translate("Assigned to nobody: {0}"))


def comment(site: Site, alert_name: str, note: str = "") -> Answer:
    """Write something in the log of the alert; commits. Raises NotPossible without words."""
    assignments.comment(site, alert_name, note)
    return _done(site, alert_name, "Commented", site.translate("Written down: {0}"))


def get_steps(site: Site, alert_name: str) -> list[dict[str, Any]]:
    """Every step of an alert in order: [{step, step_by, assignee, at, note}]. Raises NotPossible."""
    alerts.existing(site, alert_name)
    rows = steps.of_alerts(site, [alert_name]).get(alert_name, [])
    return [{name: row[name] for name in steps.SHOWN} for row in rows]


def get_people(site: Site) -> list[str]:
    """Names of the users to whom an alert can be assigned."""
    return list(people(site))


def silence(site: Site, alert_name: str, minutes: str, reason: str) -> Answer:
    """Keep what this alert is about from being told: minutes, or 0 until it is resolved; commits."""
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 9):
        raise NotPossible(site.translate("Say for how many minutes; 0 means until it is resolved."))
    name = stored_silences.silence_alert(site, alert_name, int(minutes), reason)
    site.commit()
    (made,) = [each for each in stored_silences.current(site) if each.name == name]
    return {"name": name, "status": "Silent", "message": stored_silences.said(site, made)}


def end_silence(site: Site, name: str, reason: str = "") -> Answer:
    """Let a silence be over now; commits. Raises NotPossible with a sentence for people."""
    stored_silences.end(site, name, reason)
    site.commit()
    return {"name": name, "status": "Ended", "message": site.translate("The silence is over.")}


def open_maintenance_window(site: Site, minutes: str, reason: str) -> Answer:
    """Keep everything from being told for so many minutes; commits. Raises NotPossible."""
    if not (minutes.isascii() and minutes.isdigit() and 0 < len(minutes) < 9):
        raise NotPossible(site.translate("Say for how many minutes."))
    ends_at = site.now() + timedelta(minutes=int(minutes))
    name = stored_silences.silence(site, kind=WINDOW, ends_at=ends_at, reason=reason)
    site.commit()
    said = site.translate("Nothing is told until {0}.").format(f"{ends_at:%Y-%m-%d %H:%M}")
    return {"name": name, "status": "Silent", "message": said}


def apply_suggestion(site: Site, name: str) -> Answer:
    """Let a noisy rule wait as suggested; commits. Raises NotPossible with a sentence for people."""
    return _decided(site, stored_suggestions.apply(site, name), "Applied")


def take_back_suggestion(site: Site, name: str) -> Answer:
    """Let the rule wait as before the suggestion was applied; commits. Raises NotPossible."""
    return _decided(site, stored_suggestions.take_back(site, name), "Reverted")


def dismiss_suggestion(site: Site, name: str) -> Answer:
    """Leave the rule as it is; commits. Raises NotPossible with a sentence for people."""
    return _decided(site, stored_suggestions.dismiss(site, name), "Dismissed")


def get_suggestions(site: Site) -> list[dict[str, Any]]:
    """What noisy rules would be helped by, open or applied lately: rows of Alert Suggestion."""
    return [dict(row) for row in stored_suggestions.shown(site)]


def _decided(site: Site, row: Mapping[str, Any], status: str) -> Answer:
    site.commit()
    waits = row["for_seconds"] if status == "Applied" else row["for_seconds_now"]
    said = site.translate("“{0}” is told after {1}.").format(row["rule"], duration(waits))
    return {"name": str(row["name"]), "status": status, "message": said}


def verify_audit(site: Site) -> Notice:
    """Verify the audit trail now, and say its answer and the first findings; commits. Raises NotPossible."""
    try:
        found = verify_for_people(site)
    except Refused as refused:
        raise NotPossible(str(refused)) from None
    said = [found["answer"], *(str(Finding(**each)) for each in found["findings"][:FINDINGS_SAID])]
    return Notice(LEVEL_OF_EXIT_CODE.get(found["exit_code"], "warning"), "; ".join(said))


def get_silences(site: Site) -> list[dict[str, Any]]:
    """What is silent now or is planned: [{name, kind, rule, fingerprint, starts_at, ends_at, reason, by}]."""
    return [asdict(each) for each in stored_silences.current(site)]


ACTIONS: dict[str, Callable[[Site, str, str], Answer]] = {
    "acknowledge": acknowledge,
    "resolve": resolve,
    "comment": comment,
}
SUGGESTION_ACTIONS: dict[str, Callable[[Site, str], Answer]] = {
    "apply_suggestion": apply_suggestion,
    "take_back_suggestion": take_back_suggestion,
    "dismiss_suggestion": dismiss_suggestion,
}
FORM = ("action", "alert", "note", "minutes", "silence", "user", "suggestion")


def answer_form(site: Site, form: Mapping[str, Any]) -> Notice:
    """Do what the page's form asks for (`action`, `alert`, `note`) and say what became of it."""
    try:
        if form.get("action") == "verify_audit":
            return verify_audit(site)
        done = _asked(site, form)
    except NotPossible as refused:
        site.rollback()  # the page is shown all the same, and Frappe commits what a posted page leaves behind
        return Notice("warning", str(refused))
    return Notice("ok", done["message"])


def _asked(site: Site, form: Mapping[str, Any]) -> Answer:
    """Carry out what the form names."""
    given = {name: str(form.get(name) or "") for name in FORM}
    if given["action"] == "silence":
        return silence(site, given["alert"], given["minutes"] or "0", given["note"])
    if given["action"] == "assign":
        return assign(site, given["alert"], given["note"], given["user"])
    if given["action"] == "end_silence":
        return end_silence(site, given["silence"], given["note"])
    if given["action"] == "maintenance":
        return open_maintenance_window(site, given["minutes"], given["note"])
    if given["action"] in SUGGESTION_ACTIONS:
        return SUGGESTION_ACTIONS[given["action"]](site, given["suggestion"])
    if given["action"] not in ACTIONS:
        raise NotPossible(site.translate("Nothing was done: the form named no action."))
    return ACTIONS[given["action"]](site, given["alert"], given["note"])


def _done(site: Site, alert_name: str, status: str, said: str) -> Answer:
    site.commit()
    row = site.get(alerts.DOCTYPE, alert_name) or {}
    message = str(row.get("message") or alert_name).splitlines()[0]
    return {"name": alert_name, "status": status, "message": said.format(message)}
