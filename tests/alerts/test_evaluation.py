from __future__ import annotations

from dataclasses import replace

import pytest

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock, Readings
from tests.notifications.telling import told
from vuurtoren import failures
from vuurtoren.alerts import alerts
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules.rule import MOST_OPEN, Rule
from vuurtoren.settings import settings
from vuurtoren.site.errors import Busy
from vuurtoren.site.values import Row

PATIENT = replace(RULE, for_seconds=300)
QUEUE = replace(RULE, key="queue", metric="queue.depth", unit="jobs", summary="{value} wait in {which}")
BROKEN = replace(RULE, key="broken", summary="{nonsense}")


def stored(site: SQLiteSite, **filters: object) -> list[Row]:
    fields = ["name", "alert_type", "severity", "kind", "status", "message", "value", "count", "resolution"]
    fields += ["first_seen", "last_seen", "timestamp", "rule", "fingerprint", "resolved_at"]
    return site.get_all("System Alert", fields, filters, order_by="timestamp, name")


def state(site: SQLiteSite, fingerprint: str = "errors") -> Row:
    row = site.get("Alert Rule State", fingerprint)
    assert row
    return row


def test_a_breach_opens_one_alert_with_all_that_people_need(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    (alert,) = stored(site)
    assert alert["message"] == "12 errors in the last hour, more than 10"
    assert (alert["alert_type"], alert["severity"], alert["kind"]) == ("HIGH_ERROR_RATE", "HIGH", "Breach")
    assert (alert["status"], alert["value"]) == ("Active", 12)
    assert [row["opened_mail"] for row in told(site)] == ["Due"]
    assert site.get("System Alert", alert["name"])["runbook"] == RULE.runbook  # type: ignore[index]


def test_a_value_within_the_threshold_opens_nothing(site: SQLiteSite, judge: Evaluate) -> None:
    judge(10)
    assert stored(site) == []
    assert state(site)["answer"] == "ok"


def test_a_breach_that_goes_on_is_counted_on_the_one_alert(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    clock.move(minutes=4)
    judge(40)
    (alert,) = stored(site)
    assert (alert["count"], alert["value"]) == (2, 40)
    assert alert["message"].startswith("40 errors")
    assert alert["last_seen"] == site.now()


def test_two_evaluations_of_one_tick_count_once(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    clock.move(seconds=5)
    judge(12)
    assert stored(site)[0]["count"] == 1


def test_it_resolves_by_itself_when_the_condition_ends(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    clock.move(minutes=4)
    done = judge(3)
    (alert,) = stored(site)
    assert alert["status"] == "Resolved" and done.resolved == [alert["name"]]
    assert alert["resolution"] == "The condition ended: 3 errors now, the limit is 10 errors."
    assert alert["resolved_at"] == site.now()


def test_a_new_breach_after_the_end_is_a_new_alert(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    for value in (12, 3, 12):
        judge(value)
        clock.move(minutes=4)
    assert [alert["status"] for alert in stored(site)] == ["Resolved", "Active"]


def test_patience_delays_the_alert_and_it_says_since_when(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    began = site.now()
    judge(12, PATIENT)
    assert stored(site) == []
    clock.move(minutes=5)
    judge(12, PATIENT)
    (alert,) = stored(site)
    assert (alert["first_seen"], alert["timestamp"]) == (began, site.now())


def test_not_knowing_is_an_alert_of_its_own_after_its_patience(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    began = site.now()
    judge("the log is gone")
    assert stored(site) == []
    clock.move(minutes=10)
    judge("the log is gone")
    (alert,) = stored(site)
    assert alert["message"] == "Cannot measure “Errors”: the log is gone"
    assert (alert["kind"], alert["severity"], alert["first_seen"]) == ("Unknown", "MEDIUM", began)


def test_not_knowing_never_resolves_a_breach(site: SQLiteSite, judge: Evaluate, clock: MovableClock) -> None:
    judge(12)
    for _ in range(5):
        clock.move(minutes=10)
        judge("the log is gone")
    assert [(alert["kind"], alert["status"]) for alert in stored(site)] == [
        ("Breach", "Active"),
        ("Unknown", "Active"),
    ]
    clock.move(minutes=10)
    judge(12)
    assert [alert["status"] for alert in stored(site)] == ["Active", "Resolved"]


def test_what_is_unknown_can_be_read_with_since_and_why(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    began = site.now()
    judge("the log is gone")
    clock.move(minutes=5)
    judge("the log is gone")
    row = state(site)
    assert (row["answer"], row["answer_since"], row["reason"]) == ("unknown", began, "the log is gone")


def test_a_metric_that_nobody_measured_is_unknown(
    site: SQLiteSite, readings: Readings, judge: Evaluate
) -> None:
    evaluate(site, readings(), settings.read(site), ("tick",), rules=[RULE])
    assert state(site)["reason"] == "not measured"


def test_each_label_is_an_alert_of_its_own(site: SQLiteSite, judge: Evaluate) -> None:
    judge(0, QUEUE, queue__depth={"long": 30, "short": 20, "default": 1})
    assert {alert["fingerprint"]: alert["message"] for alert in stored(site)} == {
        "queue{queue=long}": "30 jobs wait in long",
        "queue{queue=short}": "20 jobs wait in short",
    }


def test_an_instance_that_is_no_longer_reported_has_ended(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(0, QUEUE, queue__depth={"long": 30, "short": 1})
    clock.move(minutes=4)
    judge(0, QUEUE, queue__depth={"short": 1})
    assert stored(site)[0]["resolution"] == "It is no longer reported."


def test_a_source_that_fails_as_a_whole_ends_no_instance(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(0, QUEUE, queue__depth={"long": 30})
    clock.move(minutes=20)
    judge(0, QUEUE, queue__depth="Redis is gone")
    assert stored(site)[0]["status"] == "Active"
    clock.move(minutes=4)
    judge(0, QUEUE, queue__depth={"long": 1})
    assert {row["answer"] for row in site.get_all("Alert Rule State", ["answer"])} == {"ok"}


def test_a_rule_with_very_many_instances_judges_the_worst(site: SQLiteSite, judge: Evaluate) -> None:
    judge(0, QUEUE, queue__depth={f"q{number}": number for number in range(300)})
    values = [alert["value"] for alert in stored(site) if "and more" not in alert["fingerprint"]]
    assert len(values) == MOST_OPEN and min(values) == 300 - MOST_OPEN


def test_a_rule_that_raises_stops_no_other_and_is_left_alone_for_an_hour(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock, quiet: None
) -> None:
    done = judge(12, BROKEN, RULE)
    assert list(done.failed) == ["broken"]
    assert [alert["rule"] for alert in stored(site)] == ["errors"]
    clock.move(minutes=59)
    assert judge(12, BROKEN).failed == {}
    clock.move(minutes=1)
    assert list(judge(12, BROKEN).failed) == ["broken"]


def test_a_rule_that_raises_is_reported_and_unknown(site: SQLiteSite, judge: Evaluate, quiet: None) -> None:
    judge(12, BROKEN)
    row = state(site, "broken")
    assert row["answer"] == "unknown" and "the rule itself failed: KeyError" in row["reason"]
    (reported,) = site.get_all("Error Log", ["error"], {"method": failures.OWN_TITLE})
    assert reported["error"].startswith("What failed: rule broken")


def test_a_rule_that_works_again_is_judged_again(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock, quiet: None
) -> None:
    judge(12, BROKEN)
    clock.move(minutes=61)
    judge(12, replace(RULE, key="broken"))
    assert state(site, "broken")["answer"] == "breached"
    assert state(site, "broken")["retry_after"] is None


def test_a_rule_pushed_ahead_is_not_left_alone_for_longer_when_the_clock_goes_back(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock, quiet: None
) -> None:
    judge(12, BROKEN)
    clock.move(hours=-5)
    assert list(judge(12, BROKEN).failed) == ["broken"]


def test_a_clock_that_goes_back_breaks_nothing(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    clock.move(hours=-2)
    judge(12)
    judge(3)
    (alert,) = stored(site)
    assert alert["status"] == "Resolved"
    assert alert["first_seen"] <= alert["last_seen"] and alert["first_seen"] <= alert["resolved_at"]


def test_nothing_is_judged_while_monitoring_is_off(site: SQLiteSite, judge: Evaluate) -> None:
    site.set_single("Monitoring Settings", {"enabled": 0})
    assert judge(12).judged == 0
    assert stored(site) == []


def test_a_rule_that_is_switched_off_is_not_judged(site: SQLiteSite, judge: Evaluate) -> None:
    site.set_single("Monitoring Settings", {"rules": [{"rule": "errors", "enabled": 0}]})
    assert judge(12).judged == 0


def test_a_threshold_of_the_settings_holds(site: SQLiteSite, judge: Evaluate) -> None:
    site.set_single("Monitoring Settings", {"rules": [{"rule": "disk", "enabled": 1, "threshold": "50"}]})
    disk = replace(RULE, key="disk")
    judge(40, disk)
    assert stored(site) == []
    judge(51, disk)
    assert len(stored(site)) == 1


def test_a_rule_about_a_doctype_that_is_not_there_is_not_judged(site: SQLiteSite, judge: Evaluate) -> None:
    assert judge(12, replace(RULE, requires=("Membership Dues Schedule",))).judged == 0
    assert stored(site) == []
    assert site.count("Alert Rule State") == 0


def test_what_only_a_bench_can_know_is_not_unknown_elsewhere(site: SQLiteSite, judge: Evaluate) -> None:
    rule = replace(RULE, bench_fact=True)
    judge("there are no queues", rule)
    assert site.count("Alert Rule State") == 0
    judge(12, rule)
    assert len(stored(site)) == 1


def test_an_alert_that_a_person_resolved_is_not_opened_again_at_the_next_tick(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    alerts.resolve(site, stored(site)[0]["name"], "we know")
    clock.move(minutes=4)
    judge(12)
    assert len(stored(site)) == 1
    clock.move(hours=1)
    judge(12)
    assert [alert["status"] for alert in stored(site)] == ["Resolved", "Active"]


def test_an_acknowledged_alert_is_counted_and_stays_acknowledged(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    alerts.acknowledge(site, stored(site)[0]["name"])
    clock.move(minutes=4)
    judge(13)
    (alert,) = stored(site)
    assert (alert["status"], alert["count"]) == ("Acknowledged", 2)


def test_an_open_alert_without_a_state_is_taken_over(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    site.delete("Alert Rule State", {"rule": "errors"}, limit=10)
    clock.move(minutes=4)
    judge(12)
    (alert,) = stored(site)
    assert alert["count"] == 2


def test_a_quiet_rule_is_written_once_an_hour_only(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(3)
    first = state(site)["version"]
    clock.move(minutes=4)
    judge(4)
    assert state(site)["version"] == first
    clock.move(hours=1)
    judge(4)
    assert state(site)["version"] == first + 1


def test_a_busy_database_is_no_rules_fault(site: SQLiteSite, judge: Evaluate, quiet: None) -> None:
    judge(12)
    other = SQLiteSite(site.folder)
    other.insert("Error Log", {"method": "x", "error": "x"})
    site.store.connection.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(Busy):
        judge(3)
    other.rollback()
    site.rollback()
    assert state(site)["retry_after"] is None


def test_text_from_outside_is_stored_redacted_and_whole(site: SQLiteSite, judge: Evaluate) -> None:
    reason = "<script>alert(1)</script> NL91 ABNA 0417 1643 00 \0 🦆"
    judge(reason, replace(RULE, unknown_for_seconds=0))
    (alert,) = stored(site)
    assert "<script>" in alert["message"] and "🦆" in alert["message"] and "␀" in alert["message"]
    assert "0417" not in alert["message"] and "NL91****4300" in alert["message"]


def test_a_long_label_still_has_a_fingerprint_of_its_own(site: SQLiteSite, judge: Evaluate) -> None:
    judge(0, QUEUE, queue__depth={"q" * 500 + "a": 30, "q" * 500 + "b": 30})
    assert len({alert["fingerprint"] for alert in stored(site)}) == 2


@pytest.mark.parametrize("rule", [RULE, PATIENT])
def test_ten_thousand_errors_are_one_alert(site: SQLiteSite, judge: Evaluate, rule: Rule) -> None:
    judge(10_000, replace(rule, for_seconds=0))
    assert len(stored(site)) == 1
