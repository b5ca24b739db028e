"""The methods of the page: who may call them, with which HTTP methods, and what they answer."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from typing import Any

import pytest

from verenigingen.www import monitoring_dashboard as www
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import ENDPOINTS, Forbidden, Refused
from vuurtoren.rounds import checks
from vuurtoren.settings.settings import Settings

PREFIX = "verenigingen.www.monitoring_dashboard."
WRITING = {
    "acknowledge_alert",
    "apply_suggestion",
    "assign_alert",
    "assign_error_kind",
    "comment_alert",
    "dismiss_suggestion",
    "end_silence",
    "mute_error_kind",
    "open_maintenance_window",
    "reopen_alert",
    "reopen_error_kind",
    "resolve_alert",
    "resolve_error_kind",
    "silence_alert",
    "take_back_suggestion",
    "test_monitoring_system",
    "unacknowledge_alert",
    "unmute_error_kind",
    "verify_audit_trail",
}
FOR_EVERYBODY = {"health", "prometheus"}
"""Both say themselves what a guest is told: liveness, and whoever has the token the numbers."""
NO_JSON = {"prometheus"}
ABOUT_ONE_ALERT = {"get_alert_steps"}
SHAPES = {
    "get_system_metrics": {
        "members": ["active", "pending", "terminated", "total"],
        "volunteers": ["active", "total"],
        "sepa": ["active_mandates", "recent_batches", "pending_payments"],
        "errors": ["last_hour", "last_24h", "last_week"],
        "invoices": ["draft", "submitted", "paid"],
    },
    "get_performance_metrics": {
        "database": ["total_tables", "error_logs_size", "recent_queries"],
        "system": ["active_users", "background_jobs", "cache_status"],
        "business": ["daily_transactions", "payment_success_rate", "member_growth"],
    },
    "get_analytics_summary": {
        "error_patterns": ["total_errors", "trend_direction", "peak_hour", "most_common_category"],
        "hotspots": ["critical_count", "total_hotspots", "severity_scores"],
        "last_updated": (),
    },
    "get_trend_forecasts": dict.fromkeys(
        ["confidence_score", "trend_alerts", "capacity_recommendations", "forecast_period", "highlights"], ()
    ),
    "get_compliance_metrics": dict.fromkeys(
        [
            "overall_score",
            "critical_gaps",
            "sepa_compliance_rate",
            "audit_completeness",
            "regulatory_violations",
            "data_retention_status",
            "last_assessment",
        ],
        (),
    ),
    "get_optimization_insights": dict.fromkeys(
        [
            "total_recommendations",
            "high_priority_count",
            "categories",
            "potential_impact",
            "implementation_phases",
            "generated_at",
        ],
        (),
    ),
    "get_executive_summary": dict.fromkeys(
        [
            "overall_status",
            "business_impact",
            "critical_issues_count",
            "key_findings_count",
            "priority_actions_count",
            "top_critical_issue",
            "top_priority_action",
            "report_period",
            "generated_at",
        ],
        (),
    ),
}


def methods() -> dict[str, Any]:
    return {path.removeprefix(PREFIX): each for path, each in ENDPOINTS.items() if path.startswith(PREFIX)}


def an_event(site: SQLiteSite) -> str:
    name = record_event(site, Settings(), "TEST", "HIGH", "Batch 12 was refused")
    site.commit()
    return name


@pytest.mark.parametrize(("name", "shape"), SHAPES.items())
def test_it_answers_in_the_documented_shape(site: SQLiteSite, name: str, shape: dict[str, Sequence[str]]):
    checks.run_job(site, "tick")
    answer = getattr(www, name)()
    assert set(shape) <= set(answer)
    for group, keys in shape.items():
        assert not keys or set(keys) <= set(answer[group])


def test_it_says_why_of_every_number_that_it_does_not_know(site: SQLiteSite):
    for group in www.get_system_metrics().values():
        for name, value in group.items():
            assert value is not None or group["unknown"][name]


def test_it_says_that_the_host_app_is_absent(site: SQLiteSite):
    members = www.get_system_metrics()["members"]
    assert members["active"] is None
    assert "not installed" in members["unknown"]["active"]


def test_it_lists_open_alerts_with_the_documented_keys(site: SQLiteSite):
    name = an_event(site)
    alert = www.get_active_alerts()[0]
    assert alert["name"] == name
    assert set(alert) == {"name", "alert_type", "severity", "message", "status", "timestamp"}


def test_it_lists_at_most_twenty_alerts(site: SQLiteSite):
    for number in range(25):
        record_event(site, Settings(), "TEST", "LOW", f"event {number}")
    assert len(www.get_active_alerts()) == 20


@pytest.mark.parametrize(
    ("doctype", "name"),
    [
        ("System Alert", "get_active_alerts"),
        ("SEPA Audit Log", "get_audit_summary"),
        ("Error Kind", "get_recent_errors"),
    ],
)
def test_it_answers_one_row_with_the_reason_where_a_doctype_is_missing(
    site: SQLiteSite, doctype: str, name: str
):
    del site.store.schemas[doctype]
    (row,) = getattr(www, name)()
    assert "installed" in row.pop("unknown")
    assert set(row.values()) == {None}


def test_it_answers_what_json_can_hold(site: SQLiteSite):
    checks.run_job(site, "tick")
    for name, endpoint in methods().items():
        if name not in WRITING | ABOUT_ONE_ALERT | NO_JSON | {"preview_route"}:
            json.dumps(endpoint.function(), default=str)


def test_it_lets_writing_methods_be_posted_only():
    assert {name for name, endpoint in methods().items() if "GET" not in endpoint.methods} == WRITING
    posted = {name for name, endpoint in methods().items() if "POST" in endpoint.methods}
    assert posted == methods().keys() - FOR_EVERYBODY


def test_it_is_open_to_guests_for_its_health_and_the_holder_of_a_token_only():
    assert {name for name, endpoint in methods().items() if endpoint.allow_guest} == FOR_EVERYBODY


def test_it_types_every_argument_and_answer():
    for endpoint in methods().values():
        signature = inspect.signature(endpoint.function)
        assert signature.return_annotation in (dict, list, str)
        assert all(parameter.annotation is str for parameter in signature.parameters.values())


@pytest.mark.parametrize("user", ["Guest", "lid@vereniging.example"])
def test_it_refuses_whoever_has_no_role(site: SQLiteSite, user: str):
    with site.as_user(user):
        for name, endpoint in methods().items():
            if name in FOR_EVERYBODY:
                continue
            arguments = dict.fromkeys(inspect.signature(endpoint.function).parameters, "x")
            with pytest.raises(Forbidden):
                endpoint.function(**arguments)
        with pytest.raises(Forbidden):
            www.get_context({})


def test_a_refusal_is_answered_with_403():
    assert Forbidden.http_status_code == 403


def test_frappe_serves_the_page_to_nobody_from_a_cache():
    assert www.no_cache == 1


def test_it_acknowledges_with_a_note(site: SQLiteSite):
    name = an_event(site)
    answer = www.acknowledge_alert(name, "on it")
    site.rollback()
    assert answer == {"name": name, "status": "Acknowledged", "message": "Acknowledged: Batch 12 was refused"}
    assert site.get("System Alert", name)["acknowledgement_note"] == "on it"


def test_it_resolves_with_a_note(site: SQLiteSite):
    name = an_event(site)
    www.resolve_alert(name, "paid")
    site.rollback()
    row = site.get("System Alert", name)
    assert (row["status"], row["resolution"]) == ("Resolved", "paid")


def test_both_are_taken_back(site: SQLiteSite):
    name = an_event(site)
    www.acknowledge_alert(name)
    answer = www.unacknowledge_alert(name, "not me")
    assert (answer["status"], site.get("System Alert", name)["status"]) == ("Active", "Active")
    www.resolve_alert(name)
    assert www.reopen_alert(name, "too early")["status"] == "Active"


@pytest.mark.parametrize("action", [www.acknowledge_alert, www.resolve_alert])
def test_it_refuses_an_alert_that_is_not_there(site: SQLiteSite, action: Any):
    with pytest.raises(Refused, match="There is no alert <script>"):
        action("<script>")


def test_it_refuses_to_acknowledge_twice(site: SQLiteSite):
    name = an_event(site)
    www.acknowledge_alert(name)
    with pytest.raises(Refused, match="only an active alert can be acknowledged"):
        www.acknowledge_alert(name)


def test_it_changes_nothing_by_reading(site: SQLiteSite):
    checks.run_job(site, "tick")
    doctypes = [schema.doctype for schema in site.store.schemas.values() if not schema.single]
    before = {doctype: site.count(doctype) for doctype in doctypes}
    for name, endpoint in methods().items():
        if name not in WRITING | ABOUT_ONE_ALERT | {"preview_route"}:
            endpoint.function()
    site.commit()
    assert {doctype: site.count(doctype) for doctype in doctypes} == before
