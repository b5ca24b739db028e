from __future__ import annotations

from dataclasses import replace

import pytest

from tests.alerts.alerting import RULE, metric
from vuurtoren.alerts.alert_content import about_breach
from vuurtoren.alerts.judging import judge, summary
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.subject import Subject
from vuurtoren.rules.rule import Operator
from vuurtoren.site.quantities import limit, quantity


@pytest.mark.parametrize(
    ("operator", "breached_by"), [(">", {11}), (">=", {10, 11}), ("<", {9}), ("<=", {9, 10})]
)
def test_it_compares_with_the_threshold(site: SQLiteSite, operator: Operator, breached_by: set[int]) -> None:
    rule = replace(RULE, operator=operator)
    answers = {
        value: judge(rule, metric(site, "errors.last_hour", value), 10).answer for value in (9, 10, 11)
    }
    assert {value for value, answer in answers.items() if answer == "breached"} == breached_by


def test_true_and_false_count_as_one_and_nothing(site: SQLiteSite) -> None:
    rule = replace(RULE, operator="<", adjustable=False)
    assert judge(rule, metric(site, "scheduler.enabled", False), 1).answer == "breached"
    assert judge(rule, metric(site, "scheduler.enabled", True), 1).answer == "ok"


def test_an_unknown_metric_is_unknown_with_its_reason(site: SQLiteSite) -> None:
    judgement = judge(RULE, metric(site, "errors.last_hour", "the log is gone"), 10)
    assert (judgement.answer, judgement.value, judgement.reason) == ("unknown", None, "the log is gone")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "2026-11-04"])
def test_what_is_no_number_is_unknown(site: SQLiteSite, value: float | str) -> None:
    measured = Metric("errors.last_hour", value, "", "test", site.now())
    judgement = judge(RULE, measured, 10)
    assert judgement.answer == "unknown"
    assert "not a number" in judgement.reason


def test_an_alert_keeps_twenty_rows_of_evidence_and_ten_subjects(site: SQLiteSite) -> None:
    rows = tuple({"error": number} for number in range(30))
    subjects = tuple(Subject("document", f"INV-{number}") for number in range(30))
    measured = replace(metric(site, "errors.last_hour", 30), evidence=rows, subjects=subjects)
    alert = about_breach(site, RULE, judge(RULE, measured, 10), "x", site.now(), "warning")
    assert alert.details and alert.details["evidence"] == [dict(row) for row in rows[:20]]
    assert alert.details["subjects"] == [subject.as_plain() for subject in subjects[:10]]


def test_the_summary_names_value_and_threshold(site: SQLiteSite) -> None:
    judgement = judge(RULE, metric(site, "errors.last_hour", 12), 10)
    assert summary(RULE, judgement) == "12 errors in the last hour, more than 10"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "errors", "—"),
        (1, "errors", "1 error"),
        (1, "queries", "1 query"),
        (1234, "errors", "1,234 errors"),
        (93.42, "%", "93.4 %"),
        (40, "s", "40 s"),
        (7500, "s", "2 h 5 min"),
        (200000, "s", "2 d 7 h"),
        (250, "ms", "250 ms"),
        (2500, "ms", "2.5 s"),
        (90_000, "ms", "90 s"),
        (90, "s", "90 s"),
        (600_000, "ms", "10 min"),
        (1_500_000_000, "bytes", "1.5 GB"),
        (2_000_000, "bytes/day", "2 MB/day"),
        (30.5, "h", "1 d 6 h"),
        (1, "yes/no", "yes"),
    ],
)
def test_a_quantity_reads_as_people_say_it(value: float | None, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_a_limit_in_a_sentence_repeats_no_counted_unit() -> None:
    assert (limit(10, "errors"), limit(90, "%"), limit(7200, "s")) == ("10", "90 %", "2 h")
