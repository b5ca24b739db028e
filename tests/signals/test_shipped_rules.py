from __future__ import annotations

import json
import string

import pytest

from tests.alerts.alerting import metric
from tests.conftest import HOST_DOCTYPES
from vuurtoren.alerts.judging import judge, summary
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules.rule import SEVERITIES, Rule
from vuurtoren.signals.catalogue import BY_KEY, SHIPPED, UNITS
from vuurtoren.signals.rules import CHECKLIST_KEYS, of_type

each_rule = pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.key)
PUBLIC_ALERT_TYPES = {
    *("HIGH_ERROR_RATE", "SEPA_COMPLIANCE", "PERFORMANCE_DEGRADATION", "HIGH_JOB_QUEUE", "HIGH_MEMBER_CHURN"),
    *("STUCK_DUES_SCHEDULES", "DATA_QUALITY_ISSUE", "ORPHANED_PAYMENTS", "CRITICAL_ERRORS"),
    *("HIGH_CPU", "HIGH_MEMORY", "HIGH_DISK", "HIGH_DB_CONNECTIONS", "SCHEDULER_ISSUES"),
}
WATCHED = {
    "error rate hourly": "errors.last_hour",
    "error rate daily": "errors.last_day",
    "a new kind of error": "errors.new_kinds_last_hour",
    "SEPA failures per hour": "sepa.failed_last_hour",
    "member churn per day": "members.terminated_today",
    "slow queries": "database.longest_query_ms",
    "slow requests": "requests.p95_ms",
    "queue depth": "queue.depth",
    "oldest job": "queue.oldest_seconds",
    "failed scheduled jobs": "jobs.failed_last_hour",
    "stuck scheduled jobs": "jobs.stuck",
    "scheduler off": "scheduler.enabled",
    "scheduler dormant": "scheduler.dormant",
    "scheduler silent": "scheduler.last_execution_age_seconds",
    "mail failed": "mail.failed_last_day",
    "mail stuck": "mail.stuck_sending",
    "mail muted": "mail.can_send",
    "CPU": "host.cpu_percent",
    "memory": "host.memory_percent",
    "disk": "host.disk_percent",
    "database connections": "database.connections_percent",
    "database growth": "database.growth_bytes_per_day",
    "backup age": "backup.age_hours",
    "dangerous settings": "safety.dangerous_settings",
    "dues schedules stuck": "dues.stuck",
    "members without customer": "members.without_customer",
    "payments without reference": "payments.without_reference",
}


@pytest.mark.parametrize("what", WATCHED)
def test_it_watches(what: str) -> None:
    assert any(rule.metric == WATCHED[what] for rule in SHIPPED)


@each_rule
def test_a_rule_judges_a_metric_that_exists_in_its_unit(rule: Rule) -> None:
    assert UNITS.get(rule.metric) == rule.unit


@each_rule
def test_a_rule_says_in_two_to_six_lines_what_to_do(rule: Rule) -> None:
    assert 2 <= len(rule.runbook.splitlines()) <= 6


@each_rule
def test_a_summary_is_one_sentence_with_known_names(site: SQLiteSite, rule: Rule) -> None:
    names = {name for _, name, _, _ in string.Formatter().parse(rule.summary) if name}
    assert names <= {"value", "threshold", "which", "usual"}
    told = summary(rule, judge(rule, metric(site, rule.metric, 3, "long"), rule.threshold))
    assert told and "\n" not in told and "{" not in told


@each_rule
def test_a_rule_names_only_doctypes_that_some_site_has(site: SQLiteSite, rule: Rule) -> None:
    described = json.loads(HOST_DOCTYPES.read_text("utf-8"))
    only_in_a_bench = {"RQ Job", "RQ Worker", "Log Settings", "Email Account", "Customer"}
    for doctype in (*rule.links, *rule.requires):
        assert site.has_doctype(doctype) or doctype in described or doctype in only_in_a_bench


@each_rule
def test_a_rule_has_a_known_severity_and_a_short_key(rule: Rule) -> None:
    assert rule.severity in SEVERITIES
    assert rule.key.isidentifier() and len(rule.key) <= 60


def test_keys_are_used_once() -> None:
    assert len(BY_KEY) == len(SHIPPED)


def test_every_public_alert_type_has_a_rule() -> None:
    assert {rule.alert_type for rule in SHIPPED} >= PUBLIC_ALERT_TYPES


def test_the_checklist_names_and_defaults_hold() -> None:
    assert {key: BY_KEY[key].threshold for key in CHECKLIST_KEYS} == {
        "error_rate_hourly": 10,
        "error_rate_daily": 50,
        "slow_query_threshold": 2000,
        "failed_sepa_threshold": 5,
        "member_churn_daily": 10,
    }


def test_rules_are_found_by_the_alerts_that_they_open() -> None:
    about_errors = {"error_rate_hourly", "error_rate_daily", "unusual_errors"}
    assert {rule.key for rule in of_type("HIGH_ERROR_RATE")} == about_errors
