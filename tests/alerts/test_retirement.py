from __future__ import annotations

from dataclasses import replace

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock
from tests.notifications.telling import told
from vuurtoren.alerts.retirement import retire
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.site.values import Row


def retired(site: SQLiteSite, *rules: Rule) -> list[Row]:
    retire(site, settings.read(site), rules)
    return told(site, "kind", "resolution")


def switch_off(site: SQLiteSite) -> None:
    site.set_single("Monitoring Settings", {"rules": [{"rule": "errors", "enabled": 0}]})


def test_switching_a_rule_off_resolves_its_alerts_and_says_so(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    switch_off(site)
    (alert,) = retired(site, RULE)
    assert (alert["status"], alert["resolved_mail"]) == ("Resolved", "Due")
    assert alert["resolution"] == "The rule was switched off in Monitoring Settings or in its Alert Rule."


def test_it_resolves_what_is_unknown_too(site: SQLiteSite, judge: Evaluate) -> None:
    judge("gone", replace(RULE, unknown_for_seconds=0))
    switch_off(site)
    (alert,) = retired(site, RULE)
    assert (alert["kind"], alert["status"]) == ("Unknown", "Resolved")
    assert site.get_all("Alert Rule State", ["answer"], {"answer": "unknown"}) == []


def test_a_rule_of_an_older_version_is_ended(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    (alert,) = retired(site)
    assert alert["resolution"] == "There is no such rule any more."


def test_a_rule_whose_doctype_was_uninstalled_is_ended(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    (alert,) = retired(site, replace(RULE, requires=("Payment Entry",)))
    assert alert["resolution"] == "It is not installed here: Payment Entry."


def test_rules_that_are_on_are_left_alone(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    assert retired(site, RULE)[0]["status"] == "Active"


def test_with_the_whole_monitor_off_nothing_is_touched(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    site.set_single("Monitoring Settings", {"enabled": 0, "rules": [{"rule": "errors", "enabled": 0}]})
    assert retired(site, RULE)[0]["status"] == "Active"


def test_a_rule_switched_on_again_starts_anew(site: SQLiteSite, judge: Evaluate, clock: MovableClock) -> None:
    judge(12)
    switch_off(site)
    retired(site, RULE)
    site.set_single("Monitoring Settings", {"rules": []})
    clock.move(minutes=4)
    judge(12)
    assert [row["status"] for row in retired(site, RULE)] == ["Resolved", "Active"]


def test_events_are_not_taken_for_rules(site: SQLiteSite) -> None:
    from vuurtoren.alerts.events import record_event

    record_event(site, settings.read(site), "TEST", "LOW", "hello")
    assert retired(site)[0]["status"] == "Active"
