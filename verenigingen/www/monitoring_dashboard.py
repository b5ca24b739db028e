"""/monitoring_dashboard and its methods: who may, what is asked for, nothing more.

No `from __future__ import annotations`: Frappe reads the annotations of whitelisted functions.
"""

from collections.abc import Callable
from typing import Any

from verenigingen.utils.alert_manager import AlertManager
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.audit.search.searching import search_for_people
from vuurtoren.audit.verification.verifying import verify_for_people
from vuurtoren.composition import current_site
from vuurtoren.endpoints.permission import acting_site, may_see, permitted_site
from vuurtoren.endpoints.whitelist import (
    FileAnswer,
    Forbidden,
    answer_with_status,
    argument,
    arguments,
    csrf_token,
    form,
    refuse,
    request_header,
    text_answer,
    visitor_is_guest,
    whitelist,
)
from vuurtoren.exposition.exposition import CONTENT_TYPE, render
from vuurtoren.exposition.token import is_right
from vuurtoren.health import liveness
from vuurtoren.pages import actions
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.methods import analytics_api, api, kind_actions, route_actions
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

no_cache = 1
"""Without it Frappe serves the page that an administrator saw to everybody."""

READ = ["GET", "POST"]
WRITE = ["POST"]


def get_context(context: Any) -> None:
    """The page for Frappe's website; a posted form is answered first."""
    site = permitted_site()
    served = site_map.serve(site, argument("monitoring_page"), arguments(), form(), csrf_token())
    if served.file:
        raise FileAnswer(served.file.name, served.file.content_type, served.file.text)
    context.title = served.title
    context.monitoring_page = served.body
    if not served.found:
        context.http_status_code = 404


@whitelist(methods=READ)
def get_system_metrics() -> dict:
    return api.get_system_metrics(permitted_site())


@whitelist(methods=READ)
def get_recent_errors() -> list:
    return api.get_recent_errors(permitted_site())


@whitelist(methods=READ)
def get_audit_summary() -> list:
    return api.get_audit_summary(permitted_site())


@whitelist(methods=READ)
def get_active_alerts() -> list:
    return api.get_active_alerts(permitted_site())


@whitelist(methods=READ)
def get_performance_metrics() -> dict:
    return api.get_performance_metrics(permitted_site())


@whitelist(methods=READ)
def refresh_dashboard_data() -> dict:
    return api.refresh_dashboard_data(permitted_site())


@whitelist(methods=READ)
def get_analytics_summary() -> dict:
    return analytics_api.get_analytics_summary(permitted_site())


@whitelist(methods=READ)
def get_trend_forecasts() -> dict:
    return analytics_api.get_trend_forecasts(permitted_site())


@whitelist(methods=READ)
def get_compliance_metrics() -> dict:
    return analytics_api.get_compliance_metrics(permitted_site())


@whitelist(methods=READ)
def get_optimization_insights() -> dict:
    return analytics_api.get_optimization_insights(permitted_site())


@whitelist(methods=READ)
def get_executive_summary() -> dict:
    return analytics_api.get_executive_summary(permitted_site())


@whitelist(methods=READ)
def get_detailed_analytics_report() -> dict:
    return analytics_api.get_detailed_analytics_report(permitted_site())


@whitelist(methods=READ)
def get_performance_optimization_report() -> dict:
    return analytics_api.get_performance_optimization_report(permitted_site())


@whitelist(methods=READ)
def get_compliance_audit_report() -> dict:
    return analytics_api.get_compliance_audit_report(permitted_site())


@whitelist(methods=READ)
def refresh_advanced_dashboard_data() -> dict:
    return analytics_api.refresh_advanced_dashboard_data(permitted_site())


@whitelist(methods=READ)
def get_dashboard_html(here: str = "", seen: str = "") -> str:
    """What a refresh replaces of the page at this address (a path with its query), as HTML.

    It carries a digest; for who has `seen` the present one the answer is empty.
    """
    return site_map.content(permitted_site(), str(here), csrf_token(), str(seen))


@whitelist(methods=["GET", "HEAD"], allow_guest=True)
def health() -> dict:
    """For any watcher: 200 while the monitor runs, else 503; {status, age_seconds} of the last tick.

    Guests are told nothing else. Reads stored runs and measures nothing.
    """
    site = current_site()
    answer = liveness.health(site, details=not visitor_is_guest() and may_see(site))
    if answer["status"] != "ok":
        answer_with_status(503)
    return answer


@whitelist(methods=["GET", "HEAD"], allow_guest=True)
def prometheus() -> str:
    """All known numbers in the text format of OpenMetrics, for Prometheus and whatever reads it.

    For the holder of the token `monitoring_scrape_token` of the site configuration, and for people who may
    see the monitoring (a Frappe API key, say). An unknown number is absent; `monitoring_unknown` says why.
    """
    site = current_site()
    if visitor_is_guest() and not is_right(site, request_header("Authorization")):
        raise Forbidden(site.translate("A scrape token is needed: see docs/monitoring/PROMETHEUS.md."))
    if not visitor_is_guest():
        permitted_site()
    try:
        return text_answer(render(site), CONTENT_TYPE)
    except Unavailable as missing:
        refuse(missing.said(site.translate))


@whitelist(methods=WRITE)
def test_monitoring_system() -> dict:
    """Send a test alert and say what really happened to it: {status, message, alert_name}."""
    return AlertManager(acting_site()).test_alert_system()


@whitelist(methods=WRITE)
def verify_audit_trail() -> dict:
    """Verify the audit trail now; the audit committee may too. 409 while somebody else does."""
    return verify_for_people(current_site())


@whitelist(methods=READ)
def search_audit_trail(
    process_type: str = "",
    compliance_status: str = "",
    reference_doctype: str = "",
    reference_name: str = "",
    mandate: str = "",
    batch: str = "",
    trace_id: str = "",
    since: str = "",
    until: str = "",
    text: str = "",
    limit: str = "",
    page: str = "",
) -> dict:
    """Entries of the audit trail, newest first: {entries, next_page}; the audit committee may too. 409 for a
    question that cannot be answered."""
    return search_for_people(current_site(), **locals())


@whitelist(methods=WRITE)
def acknowledge_alert(alert_name: str, note: str = "") -> dict:
    """Say that somebody is on it: {name, status, message}; 409 when it is not active or unknown."""
    return _act("acknowledge", alert_name, note)


@whitelist(methods=WRITE)
def unacknowledge_alert(alert_name: str, note: str = "") -> dict:
    """Take an acknowledgement back: {name, status, message}; 409 when it is not acknowledged or unknown."""
    return _act("unacknowledge", alert_name, note)


@whitelist(methods=WRITE)
def resolve_alert(alert_name: str, note: str = "") -> dict:
    """Close an alert: {name, status, message}; 409 when it is resolved already or unknown."""
    return _act("resolve", alert_name, note)


@whitelist(methods=WRITE)
def reopen_alert(alert_name: str, note: str = "") -> dict:
    """Take back that a person resolved an alert: {name, status, message}; 409 when it goes on no more."""
    return _act("reopen", alert_name, note)


@whitelist(methods=WRITE)
def assign_alert(alert_name: str, user: str = "", note: str = "") -> dict:
    """Give an alert to a user with one of the roles; without one, to nobody. 409 when that cannot be."""
    return _do(actions.assign, alert_name, note, user)


@whitelist(methods=WRITE)
def comment_alert(alert_name: str, note: str = "") -> dict:
    """Write something in the log of an alert, open or not; 409 without words, or without such an alert."""
    return _act("comment", alert_name, note)


@whitelist(methods=WRITE)
def resolve_error_kind(kind: str, note: str = "") -> dict:
    """Say that a kind of error is mended; seen again, it is told once. 409 for a kind that is unknown."""
    return _do(kind_actions.resolve, kind, note)


@whitelist(methods=WRITE)
def reopen_error_kind(kind: str, note: str = "") -> dict:
    """Take back that a kind of error is mended; 409 when nobody has said so."""
    return _do(kind_actions.reopen, kind, note)


@whitelist(methods=WRITE)
def mute_error_kind(kind: str, minutes: str, note: str = "") -> dict:
    """Tell nobody that a kind of error is new or back for so many minutes; 409 when that cannot be."""
    return _do(kind_actions.mute, kind, str(minutes), note)


@whitelist(methods=WRITE)
def unmute_error_kind(kind: str, note: str = "") -> dict:
    """Tell of a kind of error again; 409 for a kind that is unknown."""
    return _do(kind_actions.unmute, kind, note)


@whitelist(methods=WRITE)
def assign_error_kind(kind: str, user: str = "") -> dict:
    """Let a user with one of the roles look after a kind of error; without one, nobody. 409 otherwise."""
    return _do(kind_actions.assign, kind, user)


@whitelist(methods=READ)
def get_alert_steps(alert_name: str) -> list:
    """Every step of an alert in order: [{step, step_by, assignee, at, note}]; 409 without such an alert."""
    return _answered(actions.get_steps, permitted_site(), alert_name)


@whitelist(methods=READ)
def get_assignable_users() -> list:
    """Names of the users to whom an alert can be assigned."""
    return actions.get_people(permitted_site())


@whitelist(methods=READ)
def get_silences() -> list:
    return actions.get_silences(permitted_site())


@whitelist(methods=WRITE)
def silence_alert(alert_name: str, minutes: str = "0", reason: str = "") -> dict:
    """Keep an alert from being told; 0 minutes: until it is resolved, then tell. 409 when that cannot be."""
    return _do(actions.silence, alert_name, str(minutes), reason)


@whitelist(methods=WRITE)
def end_silence(name: str, reason: str = "") -> dict:
    """Let a silence or a maintenance window be over now; 409 when it is over already or unknown."""
    return _do(actions.end_silence, name, reason)


@whitelist(methods=WRITE)
def open_maintenance_window(
    minutes: str,
    reason: str,
    starts: str = "",
    repeats: str = "",
    repeats_until: str = "",
    spares_critical: str = "",
) -> dict:
    """Keep everything from being told for so many minutes, 7 days at most; 409 when that cannot be."""
    planned = (starts, repeats, repeats_until, str(spares_critical))
    return _do(actions.open_maintenance_window, str(minutes), reason, *planned)


@whitelist(methods=READ)
def preview_route(record: str, days: str = "31") -> dict:
    """Who would have heard of what by a route, the field values of an Alert Route as JSON, saved or not.

    `html` is the same to show in its form. Nothing is stored; 409 where the values are no route.
    """
    site = permitted_site()
    try:
        return route_actions.preview_of(site, str(record), str(days))
    except NotPossible as refused:
        refuse(str(refused))


@whitelist(methods=READ)
def get_suggestions() -> list:
    return actions.get_suggestions(permitted_site())


@whitelist(methods=WRITE)
def apply_suggestion(name: str) -> dict:
    """Let a noisy rule wait as the weekly digest suggested; 409 when the rule was changed since."""
    return _do(actions.apply_suggestion, name)


@whitelist(methods=WRITE)
def take_back_suggestion(name: str) -> dict:
    """Let the rule wait as before the suggestion was applied; 409 when the rule was changed since."""
    return _do(actions.take_back_suggestion, name)


@whitelist(methods=WRITE)
def dismiss_suggestion(name: str) -> dict:
    """Leave the rule as it is, and do not suggest the same for 90 days; 409 when it was decided already."""
    return _do(actions.dismiss_suggestion, name)


def _act(action: str, alert_name: str, note: str) -> dict:
    return _do(actions.ACTIONS[action], alert_name, note)


def _do(action: Callable[..., Any], *given: str) -> Any:
    return _answered(action, acting_site(), *given)


def _answered(action: Callable[..., Any], site: Site, *given: str) -> Any:
    try:
        return action(site, *("" if each is None else str(each) for each in given))
    except NotPossible as refused:
        refuse(str(refused))
