from __future__ import annotations

import unittest
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Evaluate, Readings
from verenigingen.tests.contracts.rule_contract import RuleContract
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules.record import BadRule, build, seconds, time_text
from vuurtoren.rules.rule import MINUTE, Rule
from vuurtoren.settings import settings, stored_rules
from vuurtoren.signals.catalogue import BY_KEY, SHIPPED, UNITS

ADDED: dict[str, Any] = {
    "rule_key": "open_pledges",
    "enabled": 1,
    "title": "Sessions",
    "metric": "sessions.count",
    "operator": ">",
    "threshold": "100",
    "severity": "LOW",
}
DISK: dict[str, Any] = {"rule_key": "disk", "enabled": 1}


def built(record: dict[str, Any], **more: Any) -> Rule:
    record = record | more
    return build(record, BY_KEY.get(str(record["rule_key"])), UNITS.get, saving=True)


def in_force(site: SQLiteSite, key: str) -> Rule:
    rule = settings.read(site).rule(key)
    assert rule
    return rule


def test_an_empty_record_changes_nothing_of_a_shipped_rule() -> None:
    assert built(DISK) == BY_KEY["disk"]


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.key)
def test_every_shipped_rule_reads_back_from_its_own_record(rule: Rule) -> None:
    record = stored_rules.as_record(rule)
    assert build(record, rule, UNITS.get, saving=True) == rule


def test_a_record_changes_what_it_names() -> None:
    rule = built(
        DISK,
        threshold="80",
        critical_threshold="97,5",
        severity="MEDIUM",
        judged="hourly",
        pending_for="1 h 30 min",
        keep_firing_for="0",
        unknown_for="never",
        most_open=7,
        summary="{value} of the disk",
        runbook="Look.\nAct.",
        links="File\nError Log",
        label_filter="mount = /\nmount = /data",
    )
    assert rule == replace(
        BY_KEY["disk"],
        threshold=80,
        critical_threshold=97.5,
        severity="MEDIUM",
        interval="hourly",
        for_seconds=90 * MINUTE,
        keep_firing_seconds=0,
        unknown_for_seconds=None,
        most_open=7,
        summary="{value} of the disk",
        runbook="Look.\nAct.",
        links=("File", "Error Log"),
        only=(("mount", "/"), ("mount", "/data")),
    )


def test_a_critical_level_is_taken_away_by_a_word() -> None:
    assert BY_KEY["disk"].critical_threshold is not None
    assert built(DISK, critical_threshold="none").critical_threshold is None


def test_a_record_adds_a_rule_on_any_metric_with_its_unit() -> None:
    rule = built(ADDED)
    assert (rule.metric, rule.unit, rule.threshold, rule.alert_type) == (
        "sessions.count",
        "sessions",
        100,
        "CUSTOM_RULE",
    )
    assert rule.summary == "Sessions: {value} (limit {threshold})"


def test_braces_in_a_title_are_no_placeholders() -> None:
    assert built(ADDED, title="{0.__class__}").summary == "(0.__class__): {value} (limit {threshold})"


@pytest.mark.parametrize(
    ("record", "more", "said"),
    [
        (ADDED, {"metric": "sessions.nobody"}, "there is no metric 'sessions.nobody'"),
        (ADDED, {"metric": "errors.last_hour or 1"}, "there is no metric"),
        (ADDED, {"metric": "host.boot_time"}, "moment in time"),
        (ADDED, {"threshold": "lots"}, "'lots' is not a number"),
        (ADDED, {"threshold": "-1"}, "negative"),
        (ADDED, {"threshold": "nan"}, "reached"),
        (ADDED, {"threshold": "1e999"}, "reached"),
        (ADDED, {"threshold": ""}, "to add one, give threshold"),
        (ADDED, {"operator": "!="}, "is not one of >, >=, <, <="),
        (ADDED, {"critical_threshold": "50"}, "must be above the warning threshold"),
        (ADDED, {"critical_threshold": "100"}, "must be above"),
        (ADDED, {"operator": "<", "critical_threshold": "200"}, "must be below"),
        (ADDED, {"severity": "CRITICAL", "critical_threshold": "200"}, "CRITICAL already"),
        (ADDED, {"severity": "AWFUL"}, "is not one of LOW"),
        (ADDED, {"judged": "yearly"}, "is not one of tick"),
        (ADDED, {"pending_for": "10"}, "write it like 30 s"),
        (ADDED, {"pending_for": "-5 min"}, "is no time"),
        (ADDED, {"keep_firing_for": "31 d"}, "longer than 30 days"),
        (ADDED, {"unknown_for": "sometimes"}, "is no time"),
        (ADDED, {"most_open": -1}, "from 1 to 1000"),
        (ADDED, {"most_open": 100_000}, "from 1 to 1000"),
        (ADDED, {"summary": "{value.__class__}"}, "braces"),
        (ADDED, {"summary": "{value!r}"}, "braces"),
        (ADDED, {"summary": "{value:>999999999}"}, "braces"),
        (ADDED, {"summary": "{0}"}, "braces"),
        (ADDED, {"summary": "{"}, "braces"),
        (ADDED, {"summary": "x" * 301}, "at most 300 fit"),
        (ADDED, {"runbook": "x" * 5001}, "at most 5000 fit"),
        (ADDED, {"runbook": "a\0b"}, "control characters"),
        (ADDED, {"title": "x" * 141}, "at most 140"),
        (ADDED, {"label_filter": "long"}, "like queue = long"),
        (ADDED, {"links": "x\n" * 21}, "at most 20 lines"),
        (ADDED, {"rule_key": "No spaces"}, "a key is 3 to 80 small letters"),
        (ADDED, {"rule_key": "x" * 81}, "a key is 3 to 80 small letters"),
        (DISK, {"metric": "host.cpu_percent"}, "cannot be changed"),
        (DISK, {"operator": "<"}, "cannot be changed"),
        (DISK, {"threshold": "96"}, "the critical threshold 95 must be above"),
        (DISK, {"rule_key": "scheduler_off", "threshold": "2"}, "yes-or-no rule"),
        ({"rule_key": "gone_rule", "threshold": "3"}, {}, "there is no shipped rule of this key"),
    ],
)  # fmt: skip
def test_it_refuses_what_cannot_hold_with_a_sentence(
    record: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRule) as refused:
        built(record, **more)
    assert said in str(refused.value) and len(str(refused.value)) < 2000


@given(st.dictionaries(st.sampled_from([*ADDED, *rule_changes.TOLD_FIELDS]), st.text() | st.integers()))
def test_whatever_stands_in_a_record_is_a_rule_or_a_sentence(record: dict[str, Any]) -> None:
    for base in (None, BY_KEY["disk"]):
        try:
            rule = build(record, base, UNITS.get)
        except BadRule as refused:
            assert str(refused)
        else:
            assert rule.summary.format(value=1, threshold=2, which="x") is not None


@given(st.integers(0, 30 * 86_400))
def test_times_read_back(whole: int) -> None:
    assert seconds(time_text(whole)) == whole


def test_a_record_stands_above_the_settings_and_the_configuration(site: SQLiteSite) -> None:
    site.set_conf("alert_thresholds", {"error_rate_hourly": 20, "cpu": 70})
    rows = [{"rule": "error_rate_hourly", "enabled": 1, "threshold": "30"}]
    site.set_single(settings.DOCTYPE, {"rules": rows})
    assert in_force(site, "error_rate_hourly").threshold == 30
    assert in_force(site, "cpu").threshold == 70
    stored_rules.save(site, {"rule_key": "error_rate_hourly", "enabled": 1, "threshold": "40"})
    assert in_force(site, "error_rate_hourly").threshold == 40
    assert settings.read(site).thresholds.origins["error_rate_hourly"] == "alert rule"
    stored_rules.remove(site, "error_rate_hourly")
    assert in_force(site, "error_rate_hourly").threshold == 30


def test_a_record_without_a_threshold_keeps_the_one_of_the_settings(site: SQLiteSite) -> None:
    site.set_single(settings.DOCTYPE, {"rules": [{"rule": "cpu", "enabled": 1, "threshold": "60"}]})
    stored_rules.save(site, {"rule_key": "cpu", "enabled": 1, "severity": "LOW"})
    assert (in_force(site, "cpu").threshold, in_force(site, "cpu").severity) == (60, "LOW")


def test_what_cannot_be_read_is_named_and_stops_no_other(site: SQLiteSite) -> None:
    stored_rules.save(site, ADDED)
    stored_rules.save(site, DISK | {"threshold": "80"})
    site.update("Alert Rule", "disk", {"threshold": "lots"})
    site.insert("Alert Rule", {"rule_key": "broken", "enabled": 1, "metric": "gone.metric", "threshold": "1"})
    held = settings.read(site)
    assert in_force(site, "disk") == BY_KEY["disk"] and held.rule("open_pledges") and not held.rule("broken")
    assert any("disk" in said and "'lots' is not a number" in said for said in held.problems)
    assert any("there is no metric 'gone.metric'" in said for said in held.problems)
    assert not held.rules_complete


def test_a_site_before_the_migration_has_the_shipped_rules(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = site.has_doctype
    monkeypatch.setattr(site, "has_doctype", lambda name: name != "Alert Rule" and there(name))
    assert settings.read(site).rules == SHIPPED


def test_labels_that_nothing_has_are_unknown(site: SQLiteSite, readings: Readings) -> None:
    record = {"rule_key": "queue_depth", "enabled": 1, "label_filter": "queue = none", "unknown_for": "0"}
    stored_rules.save(site, record)
    evaluate(site, readings(queue__depth={"long": 300}), settings.read(site), ("tick",))
    (alert,) = site.get_all("System Alert", ["kind", "message"])
    assert alert["kind"] == "Unknown" and "no instance has the labels queue=none" in alert["message"]


def test_the_history_names_the_person_in_full(site: SQLiteSite) -> None:
    with site.as_user("noor@vuurtorenwacht.example"):
        stored_rules.save(site, DISK | {"threshold": "80"})
    assert rule_changes.history(site, "disk")[0]["changed_by"] == "noor@vuurtorenwacht.example"


def test_one_bad_record_does_not_stop_judging(site: SQLiteSite, judge: Evaluate) -> None:
    site.insert("Alert Rule", {"rule_key": "broken", "enabled": 1})
    assert judge(12).opened


class TestRules(RuleContract, unittest.TestCase):
    """The contract, with a site before its first rule."""

    refused = (BadRule,)
    hard_text = RuleContract.hard_text + "<b>"

    @pytest.fixture(autouse=True)
    def _given(self, site: SQLiteSite) -> None:
        self.site, self.embedded = site, site

    def save(self, record: dict[str, Any]) -> None:
        stored_rules.save(self.site, record)

    def remove(self, key: str) -> None:
        stored_rules.remove(self.site, key)

    def forget(self) -> None:
        for doctype in (stored_rules.DOCTYPE, rule_changes.DOCTYPE):
            self.site.delete(doctype, {}, limit=100)

    def declare(self, name: str, *paths: str) -> None:
        self.embedded.set_conf(name, list(paths))
