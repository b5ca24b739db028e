"""What a visitor may do on the page: with an alert, with a silence, and verify the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.alerts import alerts, assignments, steps, stored_silences
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.intents.retelling import title_of
from vuurtoren.alerts.people import people
from vuurtoren.alerts.silences import WINDOW
from vuurtoren.audit.seals.findings import EXIT_TAMPERED, OK, Finding, answer_in_words
from vuurtoren.audit.verification.verifying import may_verify, verify_for_people
from vuurtoren.backtest import stored_suggestions
from vuurtoren.compliance import errors as compliance_errors
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.bank_files.preflight import MAY, MUST_NOT, UNDECIDED
from vuurtoren.endpoints.permission import must_act
from vuurtoren.endpoints.whitelist import Refused
from vuurtoren.notifications import trial
from vuurtoren.pages.methods import kind_actions, route_actions, routine_actions
from vuurtoren.pages.parts import DisplayLevel, PageNotice
from vuurtoren.privacy.text import one_line
from vuurtoren.rules.record import BadRule
from vuurtoren.settings import settings, stored_rules
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration, moment
from vuurtoren.site.words.plurals import plural
from vuurtoren.site.words.words import reason
from vuurtoren.site.words.words import said as said_in

Answer = dict[str, str]
FINDINGS_SAID = 20
LEVEL_OF_ANSWER: dict[str, DisplayLevel] = {MAY: "ok", MUST_NOT: "critical", UNDECIDED: "warning"}
LEVEL_OF_EXIT_CODE: dict[int, DisplayLevel] = {OK: "ok", EXIT_TAMPERED: "critical"}


def acknowledge(site: Site, alert_name: str, note: str = "") -> Answer:
    """Say that somebody is on it; commits. Raises NotPossible with a sentence for people."""
    alerts.acknowledge(site, alert_name, note)
    return _done(site, alert_name, "Acknowledged", site.translate("Acknowledged: {0}"))


def resolve(site: Site, alert_name: str, note: str = "") -> Answer:
    """Close the alert; commits. Raises NotPossible with a sentence for people."""
    alerts.resolve(site, alert_name, note, settings=settings.read(site))
    return _done(site, alert_name, "Resolved", site.translate("Resolved: {0}"))


def unacknowledge(site: Site, alert_name: str, note: str = "") -> Answer:
    """Take an acknowledgement back; commits. Raises NotPossible with a sentence for people."""
    alerts.unacknowledge(site, alert_name, note)
    return _done(site, alert_name, "Active", site.translate("No longer acknowledged: {0}"))


def reopen(site: Site, alert_name: str, note: str = "") -> Answer:
    """Take back that a person resolved the alert; commits. Raises NotPossible with a sentence for people."""
    alerts.reopen(site, alert_name, note, settings=settings.read(site))
    status = str((site.get(alerts.DOCTYPE, alert_name) or {}).get("status"))
    return _done(site, alert_name, status, site.translate("Open again: {0}"))


def assign(site: Site, alert_name: str, note: str = "", user: str = "") -> Answer:
    """Give the alert to a user, or to nobody without one; commits. Raises NotPossible."""
    before = str(alerts.existing(site, alert_name)["assigned_to"] or "")
    if user:
        assignments.assign(site, alert_name, user, note)
        shown = user.replace("{", "{{").replace("}", "}}")  # an address may hold braces
        said = site.translate("Assigned to {0}: {1}").format(shown, "{0}")
        return _done(site, alert_name, "Assigned", said) | {"before": before}
    assignments.unassign(site, alert_name, note)
    said = site.translate("Assigned to nobody: {0}")
    return _done(site, alert_name, "Unassigned", said) | {"before": before}


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


def open_maintenance_window(
    site: Site,
    minutes: str,
    reason: str,
    starts: str = "",
    repeats: str = "",
    repeats_until: str = "",
    spares_critical: str = "",
) -> Answer:
    """Keep everything from being told for so many minutes, from now or from a moment on; commits.

    Again every day or every week until a day, if it `repeats`; "1" tells what is critical all the same.
    Raises NotPossible.
    """
    if not (minutes.isascii() and minutes.isdigit() and 0 < len(minutes) < 9):
        raise NotPossible(site.translate("Say for how many minutes."))
    starts_at = _moment(site, starts)
    ends_at = (starts_at or site.now()) + timedelta(minutes=int(minutes))
    last_day = _moment(site, repeats_until)
    name = stored_silences.silence(
        site,
        kind=WINDOW,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        repeats=repeats,
        repeats_until=last_day.date() if last_day else None,
        spares_critical=spares_critical == "1",
    )
    site.commit()
    if repeats or spares_critical == "1":
        (made,) = [each for each in stored_silences.current(site) if each.name == name]
        return {"name": name, "status": "Silent", "message": stored_silences.said(site, made)}
    said = site.translate("Nothing is told until {0}.").format(moment(ends_at, site.translate))
    if starts_at:
        said = site.translate("From {0}: {1}").format(moment(starts_at, site.translate), said)
    return {"name": name, "status": "Silent", "message": said}


def change_rule(site: Site, key: str, threshold: str = "", enabled: str = "") -> Answer:
    """Give a rule another threshold, or switch it on or off; commits. Raises NotPossible with a sentence.

    The answer says what held before, so that it can be taken back.
    """
    held = settings.read(site)
    rule = held.rule(key)
    if rule is None:
        raise NotPossible(site.translate("There is no rule {0}.").format(one_line(key, 60)))
    record = dict(site.get(stored_rules.DOCTYPE, key) or {"enabled": int(key not in held.switched_off)})
    before = {
        "rule": key,
        "threshold": f"{held.thresholds.values[key]:.12g}" if rule.adjustable else "",
        "enabled": "0" if key in held.switched_off else "1",
    }
    record["rule_key"] = key
    if threshold.strip():
        record["threshold"] = threshold.strip()
    if enabled in ("0", "1"):
        record["enabled"] = int(enabled)
    try:
        stored_rules.save(site, record)
    except BadRule as refused:
        raise NotPossible(said_in(reason(refused), site.translate)) from None
    site.commit()
    said = site.translate("Rule “{0}” holds from the next check on: {1}.")
    on = site.translate("on") if record["enabled"] else site.translate("off")
    limit = (
        f"{on}, {rule.operator} {record.get('threshold') or before['threshold']}" if rule.adjustable else on
    )
    return {
        "name": key,
        "status": "Changed",
        "message": said.format(site.translate(rule.title), limit),
    } | before


def _moment(site: Site, text: str) -> datetime | None:
    """Site time as a form writes it; None where nothing is written. Raises NotPossible."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise NotPossible(site.translate("Say when as 2026-11-04 22:00.")) from None


def test_message(site: Site) -> PageNotice:
    """Send a test alert and say what really happened to it; commits."""
    tried = trial.send_test_alert(site, settings.read(site))
    return PageNotice("ok" if tried.handed_over else "warning", tried.message, alert=tried.alert_name)


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
    said = site.translate("“{0}” is told after {1}.").format(row["rule"], duration(waits, site.translate))
    return {"name": str(row["name"]), "status": status, "message": said}


def verify_audit(site: Site) -> PageNotice:
    """Verify the audit trail now, and say its answer and the first findings; commits. Raises NotPossible."""
    try:
        found = verify_for_people(site)
    except Refused as refused:
        raise NotPossible(str(refused)) from None
    said = [
        answer_in_words(found["answer"]),
        *(Finding(**each).words for each in found["findings"][:FINDINGS_SAID]),
    ]
    return PageNotice(
        LEVEL_OF_EXIT_CODE.get(found["exit_code"], "warning"),
        "; ".join(said_in(each, site.translate) for each in said),
    )


def check_batch(site: Site, batch: str) -> PageNotice:
    """Say whether the batch may be sent, and why not; the trail is told. Commits. Raises NotPossible."""
    try:
        checked = check.check_batch(site, batch)
    except compliance_errors.NotPossible as refused:
        raise NotPossible(str(refused)) from None
    site.commit()
    level = LEVEL_OF_ANSWER[checked.said.answer]
    return PageNotice(level, check.as_text(site, checked))


def get_silences(site: Site) -> list[dict[str, Any]]:
    """What is silent now or is planned: [{name, kind, rule, fingerprint, starts_at, ends_at, reason, by,
    repeats, repeats_until, spares_critical}]."""
    return [asdict(each) for each in stored_silences.current(site)]


ACTIONS: dict[str, Callable[[Site, str, str], Answer]] = {
    "acknowledge": acknowledge,
    "unacknowledge": unacknowledge,
    "resolve": resolve,
    "reopen": reopen,
    "comment": comment,
}
UNDO = {"acknowledge": "unacknowledge", "resolve": "reopen"}
"""The action that takes another one back."""
SUGGESTION_ACTIONS: dict[str, Callable[[Site, str], Answer]] = {
    "apply_suggestion": apply_suggestion,
    "take_back_suggestion": take_back_suggestion,
    "dismiss_suggestion": dismiss_suggestion,
}
FORM = (
    "action",
    "alert",
    "note",
    "minutes",
    "silence",
    "user",
    "suggestion",
    "rule",
    "threshold",
    "enabled",
    "starts",
    "repeats",
    "repeats_until",
    "spares_critical",
    "kind",
    *route_actions.FORM,
    *routine_actions.FORM,
)


def must_be_allowed(site: Site, form: Mapping[str, Any]) -> None:
    """Raise Forbidden unless the visitor may do what is asked; the audit committee may verify too."""
    if form.get("action") == "verify_audit" and not form.get("bulk") and may_verify(site):
        return
    must_act(site)


def answer_form(site: Site, form: Mapping[str, Any]) -> PageNotice:
    """Do what the page's form asks for (`action`, `alert`, `note`) and say what became of it."""
    try:
        if form.get("bulk"):
            return _many(site, form)
        if form.get("action") == "verify_audit":
            return verify_audit(site)
        if form.get("action") == "check_batch":
            return check_batch(site, str(form.get("batch") or ""))
        if form.get("action") == "test_message":
            return test_message(site)
        done = _asked(site, form)
    except NotPossible as refused:
        site.rollback()  # the page is shown all the same, and Frappe commits what a posted page leaves behind
        return PageNotice("warning", str(refused))
    asked = str(form.get("action"))
    undo, fields = _undo(asked, done)
    return PageNotice("ok", done["message"], undo, str(form.get("alert") or ""), fields)


def _undo(asked: str, done: Answer) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The action that takes this one back, and what its form must say beside the alert."""
    if asked in ("silence", "maintenance"):
        return "end_silence", (("silence", done["name"]),)
    if asked == "assign":
        return "assign", (("user", done.get("before", "")),)
    if asked in kind_actions.NAMES:
        undo = (("kind", done["name"]), *((("user", done["before"]),) if "before" in done else ()))
        return kind_actions.UNDO.get(asked, ""), undo
    if asked in routine_actions.UNDO:
        return routine_actions.UNDO[asked], (("routine_item", done["name"]),)
    if asked in route_actions.NAMES:
        taken_back = route_actions.UNDO.get(asked, "")
        return taken_back, (("route", done["name"]),) if taken_back else ()
    if asked == "change_rule":
        return "change_rule", tuple((name, done[name]) for name in ("rule", "threshold", "enabled"))
    return UNDO.get(asked, ""), ()


PICKED = "pick."
MOST_PICKED = 200


def _many(site: Site, form: Mapping[str, Any]) -> PageNotice:
    """The same step for every alert that was chosen; what cannot be done to one stops no other."""
    picked = [str(field).removeprefix(PICKED) for field in form if str(field).startswith(PICKED)]
    if not picked:
        raise NotPossible(site.translate("Nothing was done: no alert was chosen."))
    asked, done, refused = {**form, "action": form.get("bulk")}, 0, ""
    for name in picked[:MOST_PICKED]:
        try:
            _asked(site, asked | {"alert": name})
            done += 1
        except NotPossible as problem:
            site.rollback()
            refused = str(problem)
    said = plural(
        site.translate, len(picked), "Done for {0} of 1 alert.", "Done for {0} of {1} alerts."
    ).format(done, len(picked))
    return PageNotice("warning" if refused else "ok", f"{said} {refused}".strip())


def _asked(site: Site, form: Mapping[str, Any]) -> Answer:
    """Carry out what the form names."""
    given = {name: str(form.get(name) or "") for name in FORM}
    if given["action"] == "silence":
        return silence(site, given["alert"], given["minutes"] or "0", given["note"])
    if given["action"] == "assign":
        return assign(site, given["alert"], given["note"], given["user"])
    if given["action"] == "change_rule":
        return change_rule(site, given["rule"], given["threshold"], given["enabled"])
    if given["action"] == "end_silence":
        return end_silence(site, given["silence"], given["note"])
    if given["action"] == "maintenance":
        planned = (given[name] for name in ("starts", "repeats", "repeats_until", "spares_critical"))
        return open_maintenance_window(site, given["minutes"], given["note"], *planned)
    if given["action"] in SUGGESTION_ACTIONS:
        return SUGGESTION_ACTIONS[given["action"]](site, given["suggestion"])
    if given["action"] in kind_actions.NAMES:
        return kind_actions.asked(site, given)
    if given["action"] in routine_actions.UNDO:
        return routine_actions.asked(site, given)
    if given["action"] in route_actions.NAMES:
        return route_actions.asked(site, given["action"], given)
    if given["action"] not in ACTIONS:
        raise NotPossible(site.translate("Nothing was done: the form named no action."))
    return ACTIONS[given["action"]](site, given["alert"], given["note"])


def _done(site: Site, alert_name: str, status: str, said: str) -> Answer:
    site.commit()
    row = site.get(alerts.DOCTYPE, alert_name) or {}
    message = str(row.get("message") or alert_name).splitlines()[0]
    shown = title_of(site, row) if status == "Resolved" and row else message
    return {"name": alert_name, "status": status, "message": said.format(shown)}
