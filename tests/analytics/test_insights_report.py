"""The whole report stands on an empty site, beside broken parts and missing tables, and makes nothing up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from verenigingen.utils import analytics_engine
from verenigingen.utils.analytics_engine import AnalyticsEngine
from vuurtoren import failures
from vuurtoren.alerts import alerts
from vuurtoren.alerts.alerts import AlertContent
from vuurtoren.analytics import compliance
from vuurtoren.analytics.insights_report import STATUS_FORMULA
from vuurtoren.audit.recording import trail
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import ENDPOINTS, Forbidden
from vuurtoren.error_kinds import index as error_index
from vuurtoren.health import runs
from vuurtoren.settings import settings

OWN_TABLES = (
    "System Alert",
    "Monitoring Run",
    "Monitoring Settings",
    "Error Kind",
    "Metric Series",
    "SEPA Audit Log",
)
SUMMARY = {
    "overall_system_status",
    "key_findings",
    "critical_issues",
    "priority_recommendations",
    "business_impact_assessment",
}
REPORT = {
    "generated_at",
    "report_period",
    "executive_summary",
    "error_analysis",
    "performance_forecast",
    "compliance_status",
    "health_trends",
    "business_impact",
    "optimization_recommendations",
    "priority_actions",
}


def report_of(site: SQLiteSite) -> dict[str, Any]:
    return AnalyticsEngine(site).generate_insights_report()


def status_of(site: SQLiteSite) -> str:
    return str(report_of(site)["executive_summary"]["overall_system_status"])


def tick(site: SQLiteSite) -> None:
    with runs.run(site, "tick"):
        error_index.index_new_errors(site)


def open_alert(site: SQLiteSite, severity: str, message: str = "the disk is 95 % full") -> str:
    finding = AlertContent(
        alert_type="HIGH_DISK",
        severity=severity,
        kind="Breach",
        message=message,
        fingerprint=message,
        since=site.now(),
        source="rules",
        rule="disk",
        runbook="Make room.",
        value=95.0,
        threshold=90.0,
        unit="%",
    )
    name, _opened = alerts.open_alert(site, finding, settings.read(site))
    site.commit()
    return name


def statements(value: Any) -> Iterator[dict[str, Any]]:
    """Every sentence anywhere in the report."""
    if isinstance(value, dict):
        if {"text", "source"} <= set(value):
            yield value
        for part in value.values():
            yield from statements(part)
    elif isinstance(value, list):
        for part in value:
            yield from statements(part)


def nones(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from nones(part, f"{path}.{key}" if path else key)
    elif value is None:
        yield path


def test_it_has_the_published_shape_on_an_empty_site(site: SQLiteSite) -> None:
    report = report_of(site)
    assert set(report) >= REPORT
    assert set(report["executive_summary"]) >= SUMMARY
    assert report["optimization_recommendations"] == []
    json.dumps(report)


@pytest.mark.parametrize(
    "missing", [*((table,) for table in OWN_TABLES), OWN_TABLES, ("Error Log", "Scheduled Job Log")]
)
def test_it_stands_where_tables_are_missing(site: SQLiteSite, missing: tuple[str, ...]) -> None:
    site.store.schemas = {k: v for k, v in site.store.schemas.items() if k not in missing}
    report = report_of(site)
    json.dumps(report)
    assert set(report) >= REPORT


def test_every_none_has_a_reason(site: SQLiteSite) -> None:
    for method in (
        "analyze_error_patterns",
        "identify_error_hotspots",
        "forecast_performance_trends",
        "identify_compliance_gaps",
        "get_performance_recommendations",
    ):
        report = getattr(AnalyticsEngine(site), method)()
        reasons = report.pop("unknown")
        for path in nones(report):
            assert any(path == known or path.startswith(f"{known}.") for known in reasons), (method, path)


def test_every_sentence_names_a_source(site: SQLiteSite) -> None:
    tick(site)
    open_alert(site, "CRITICAL")
    trail.log_payment_processing(site, {"doctype": "Payment Request", "name": "P1"}, False, "no")
    site.commit()
    found = list(statements(report_of(site)))
    assert len(found) >= 4
    assert all(each["source"] for each in found)


def test_nothing_is_recommended_where_nothing_was_found(site: SQLiteSite) -> None:
    tick(site)
    assert AnalyticsEngine(site).get_performance_recommendations()["recommendations"] == []


def test_an_open_alert_is_recommended_with_its_runbook_and_named_as_evidence(site: SQLiteSite) -> None:
    name = open_alert(site, "HIGH")
    found = AnalyticsEngine(site).get_performance_recommendations()["recommendations"]
    assert [(each["priority"], each["action"], each["evidence"]) for each in found] == [
        ("HIGH", "Make room.", f"System Alert {name}")
    ]


def test_a_resolved_alert_is_not_recommended(site: SQLiteSite) -> None:
    alerts.resolve(site, open_alert(site, "HIGH"))
    site.commit()
    assert AnalyticsEngine(site).get_performance_recommendations()["recommendations"] == []


def test_the_most_urgent_comes_first(site: SQLiteSite) -> None:
    trail.log_payment_processing(site, {"doctype": "Payment Request", "name": "P1"}, False, "no")
    open_alert(site, "LOW", "a")
    open_alert(site, "CRITICAL", "b")
    actions = report_of(site)["priority_actions"]
    assert [action["priority"] for action in actions] == ["CRITICAL", "HIGH", "LOW"]


def test_a_critical_kind_of_error_is_recommended_with_its_fingerprint(site: SQLiteSite) -> None:
    site.seed("Error Log", [{"method": "Bank refused the batch"}] * 12)
    site.commit()
    tick(site)
    found = AnalyticsEngine(site).get_performance_recommendations()["recommendations"]
    assert found[0]["title"] == "Mend the error that happens most: Bank refused the batch"
    assert "Error Kind " in found[0]["evidence"]


def test_impact_and_roadmap_are_not_invented(site: SQLiteSite) -> None:
    report = AnalyticsEngine(site).get_performance_recommendations()
    assert report["impact_analysis"] is None and report["implementation_roadmap"] is None
    assert set(report["unknown"]) >= {"impact_analysis", "implementation_roadmap"}


@pytest.mark.parametrize(
    ("severity", "status"),
    [("CRITICAL", "critical"), ("HIGH", "warning"), ("MEDIUM", "warning"), ("LOW", "notice")],
)
def test_the_status_is_that_of_the_worst_open_alert(site: SQLiteSite, severity: str, status: str) -> None:
    tick(site)
    open_alert(site, severity)
    assert status_of(site) == status
    assert report_of(site)["formulas"]["overall_system_status"] == STATUS_FORMULA


def test_a_site_without_an_open_alert_is_ok_only_while_the_monitor_runs(site: SQLiteSite, clock: Any) -> None:
    assert status_of(site) == "unknown"
    tick(site)
    assert status_of(site) == "ok"
    clock.move(minutes=16)
    assert status_of(site) == "unknown"


def test_a_monitor_that_is_switched_off_knows_no_status(site: SQLiteSite) -> None:
    tick(site)
    site.set_single("Monitoring Settings", {"enabled": 0})
    assert status_of(site) == "unknown"


def test_one_broken_part_does_not_take_the_others_along(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "LOUD", False)

    def broken(*_given: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(compliance, "gaps", broken)
    tick(site)
    report = report_of(site)
    assert "planted" in report["unknown"]["audit_trail"]
    assert report["error_analysis"]["total_errors"] == 0
    assert report["business_impact"]["documents_still_failed"] is None


def test_the_number_of_failed_operations_is_counted_and_their_worth_is_not_invented(site: SQLiteSite) -> None:
    for name in ("P1", "P2"):
        trail.log_payment_processing(site, {"doctype": "Payment Request", "name": name}, False, "no")
    site.commit()
    impact = report_of(site)["business_impact"]
    assert (impact["failed_sepa_operations"], impact["documents_still_failed"]) == (2, 2)
    assert impact["amount"] is None and impact["unknown"]["amount"]


def test_the_methods_that_http_may_call_read_only_and_ask_for_a_role(site: SQLiteSite) -> None:
    module = analytics_engine.__name__
    methods = [path for path in ENDPOINTS if path.startswith(f"{module}.")]
    assert len(methods) == 6
    with site.as_user("portal@vereniging.example"):
        for path in methods:
            with pytest.raises(Forbidden):
                ENDPOINTS[path].function()


def test_the_methods_answer_an_administrator(site: SQLiteSite) -> None:
    assert set(analytics_engine.generate_insights_report()) >= REPORT
    assert analytics_engine.analyze_error_patterns(days=7)["analysis_period"] == "7 days"


def test_the_report_writes_nothing(site: SQLiteSite) -> None:
    report_of(site)
    assert not site.store.in_transaction
