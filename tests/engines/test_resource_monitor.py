from __future__ import annotations

import json
from datetime import timedelta

import pytest

from verenigingen.utils.resource_monitor import ResourceMonitor, get_performance_report, get_system_health
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import ENDPOINTS, Forbidden
from vuurtoren.site.values import JobType, SchedulerState

SHAPE = {
    "system": {
        "cpu_percent",
        "memory_percent",
        "memory_available_gb",
        "disk_usage_percent",
        "disk_free_gb",
        "load_average",
        "boot_time",
    },
    "database": {
        "total_tables",
        "error_logs_count",
        "recent_errors",
        "database_size_mb",
        "active_connections",
        "slow_queries",
    },
    "application": {
        "active_users",
        "logged_in_users",
        "background_jobs",
        "cache_status",
        "session_count",
        "scheduler_status",
    },
    "business": {
        "daily_transactions",
        "payment_success_rate",
        "member_activity",
        "sepa_health",
        "application_pipeline",
    },
}
NESTED = {
    ("database", "slow_queries"): {"timeout_errors", "lock_errors", "total_performance_issues"},
    ("application", "background_jobs"): {"queued", "failed", "finished_today"},
    ("application", "scheduler_status"): {"enabled", "recent_executions", "status"},
    ("business", "daily_transactions"): {"payments", "invoices", "journal_entries"},
    ("business", "payment_success_rate"): {"rate", "total", "successful", "failed"},
    ("business", "member_activity"): {"new_today", "new_this_week", "active_total", "terminated_today"},
    ("business", "sepa_health"): {
        "active_mandates",
        "failed_mandates_today",
        "recent_batches",
        "pending_payments",
    },
    ("business", "application_pipeline"): {
        "pending_review",
        "approved_today",
        "rejected_today",
        "stalled_applications",
    },
}


def test_it_works_in_a_console_without_arguments(site):
    assert ResourceMonitor().site is site


def test_it_has_the_documented_groups_and_keys(site):
    metrics = ResourceMonitor().collect_system_metrics()
    assert set(metrics) == {"timestamp", *SHAPE}
    for group, keys in SHAPE.items():
        assert keys | {"unknown"} <= set(metrics[group])
    for (group, name), keys in NESTED.items():
        assert keys <= set(metrics[group][name])


def test_it_can_be_printed_as_json(association):
    monitor = ResourceMonitor(association)
    for answer in (monitor.collect_system_metrics(), monitor.generate_performance_report()):
        json.dumps(answer)


def test_each_value_that_is_none_has_its_reason(site):
    metrics = ResourceMonitor().collect_system_metrics()
    for group in SHAPE:
        unknown = metrics[group]["unknown"]
        for name, value in metrics[group].items():
            if isinstance(value, dict) and name != "unknown":
                missing = [f"{name}.{inner}" for inner, given in value.items() if given is None]
                assert set(missing) - {"slow_queries.total_performance_issues"} <= set(unknown)
            elif value is None:
                assert unknown[name]


def test_it_says_not_installed_and_not_zero(site):
    business = ResourceMonitor().get_business_metrics()
    assert business["member_activity"]["active_total"] is None
    assert business["unknown"]["member_activity.active_total"] == "Member is not installed on this site"


def test_it_counts_where_the_host_app_is_installed(association):
    association.insert("Member", {"name": "Assoc-Member-2026-01-0001", "status": "Active"})
    business = ResourceMonitor(association).get_business_metrics()
    assert business["member_activity"]["active_total"] == 1


def test_each_group_can_be_had_alone(site):
    monitor = ResourceMonitor()
    assert monitor.get_system_resource_metrics()["memory_percent"] > 0
    assert monitor.get_database_metrics()["total_tables"] > 0
    assert monitor.get_application_metrics()["scheduler_status"]["enabled"] is False


def test_it_shows_the_scheduler_off_when_it_is_off(site):
    status = ResourceMonitor().get_application_metrics()["scheduler_status"]["status"]
    assert status == "off: no scheduler has run on this site yet"


def status_of(site_that_says, last, **given):
    state = {"enabled": True, "inactive_because": "", "dormant": False, "dormant_because": ""}
    job = JobType("app.tasks.all", "All", False, last)
    says = site_that_says(scheduler=SchedulerState(**{**state, **given}, jobs=(job,)))
    return ResourceMonitor(says).get_application_metrics()["scheduler_status"]["status"]


def test_the_scheduler_runs_when_a_job_started_within_the_hour(site, site_that_says):
    assert status_of(site_that_says, site.now() - timedelta(minutes=59)) == "running"


def test_a_scheduler_that_is_on_and_starts_nothing_is_stopped(site, site_that_says):
    assert status_of(site_that_says, site.now() - timedelta(minutes=61)).startswith("stopped: ")


def test_a_scheduler_that_has_started_nothing_yet_is_unknown(site_that_says):
    assert status_of(site_that_says, None) == "unknown: no scheduled job has run yet"


def test_a_last_start_in_the_future_says_nothing_of_the_scheduler(site, site_that_says):
    assert status_of(site_that_says, site.now() + timedelta(hours=2)).startswith(
        "unknown: the last execution"
    )


def test_a_dormant_scheduler_is_called_so_whatever_it_started(site, site_that_says):
    status = status_of(site_that_says, site.now(), dormant=True, dormant_because="no sign-in")
    assert status == "dormant: no sign-in"


def test_its_thresholds_are_those_in_force(site):
    site.set_conf("alert_thresholds", {"cpu": 55, "error_rate_hourly": 3})
    thresholds = ResourceMonitor().thresholds
    assert thresholds["cpu_percent"] == 55
    assert thresholds["error_rate_threshold"] == 3
    assert set(thresholds) == {
        "memory_percent",
        "cpu_percent",
        "disk_percent",
        "active_connections",
        "queue_length",
        "error_rate_threshold",
    }


def breached(monitor):
    return {alert["type"]: alert for alert in monitor.check_resource_thresholds()}


def test_it_finds_what_is_beyond_a_threshold(site):
    monitor = ResourceMonitor()
    assert "HIGH_MEMORY" not in breached(monitor)
    monitor.thresholds["memory_percent"] = 0
    alert = breached(monitor)["HIGH_MEMORY"]
    assert set(alert) == {"type", "severity", "message", "details"}
    assert alert["details"]["threshold"] == 0
    assert alert["details"]["value"] > 0


def test_it_leaves_out_a_rule_that_is_switched_off(site):
    rows = [{"rule": "scheduler_off", "enabled": 0}]
    site.set_single("Monitoring Settings", {"rules": rows})
    assert "SCHEDULER_ISSUES" not in breached(ResourceMonitor())


def test_checking_stores_nothing(site):
    ResourceMonitor().check_resource_thresholds()
    assert site.count("System Alert") == 0
    assert site.count("Error Log") == 0


def test_it_recommends_only_what_a_rule_that_fired_says(site):
    for _ in range(11):
        site.insert("Error Log", {"method": "x", "error": "y", "creation": site.now() - timedelta(minutes=1)})
    report = ResourceMonitor().generate_performance_report()
    assert len(report["recommendations"]) == len(report["alerts"]) == report["summary"]["active_alerts"]
    recommended = {row["title"]: row for row in report["recommendations"]}
    assert set(recommended["Errors in the last hour"]) == {
        "category",
        "priority",
        "title",
        "description",
        "action",
    }


def test_a_healthy_site_gets_no_advice(site_that_says, monkeypatch):
    site = site_that_says()
    site.insert("Scheduled Job Type", {"method": "x", "frequency": "All", "last_execution": site.now()})
    monitor = ResourceMonitor(site)
    monitor.thresholds |= {"cpu_percent": 101, "memory_percent": 101, "disk_percent": 101}
    report = monitor.generate_performance_report()
    assert report["recommendations"] == []
    assert report["summary"] == {
        "overall_health": "healthy",
        "active_alerts": 0,
        "critical_alerts": 0,
        "high_alerts": 0,
    }


def test_the_module_functions_answer_for_the_current_site(site):
    assert set(get_system_health()) == {"status", "metrics", "alerts", "timestamp"}
    assert get_performance_report()["metrics"]["database"]["total_tables"] > 0


def test_the_module_functions_refuse_who_may_not_see_the_monitor(site: SQLiteSite):
    with site.as_user("portal@vereniging.example"):
        with pytest.raises(Forbidden):
            get_system_health()
        with pytest.raises(Forbidden):
            get_performance_report()
    assert "verenigingen.utils.resource_monitor.get_system_health" in ENDPOINTS
