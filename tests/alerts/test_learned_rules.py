"""Rules that learn, from the record that a person writes to the alert that people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.metrics.learned.test_learning import KEY, NAME, metric, past
from vuurtoren.alerts.alerts import DOCTYPE as ALERT
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.stored_state import not_judged
from vuurtoren.backtest.request import ask
from vuurtoren.metrics.history import history
from vuurtoren.metrics.learned import learning, models
from vuurtoren.metrics.learned.baseline import Baseline, Usual
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.rules.record import BadRule
from vuurtoren.settings import settings, stored_rules
from vuurtoren.signals import catalogue

RECORD = {
    "rule_key": "errors_unusual",
    "enabled": 1,
    "title": "Errors",
    "metric": KEY,
    "kind": "unusual",
    "operator": ">",
    "threshold": "4",
    "severity": "MEDIUM",
}


def judge(site, value, clock=None, minutes=0):
    if clock:
        clock.move(minutes=minutes)
    taken = Snapshot(site.now(), site.now_utc(), (metric(site, value),))
    return evaluate(site, taken, settings.read(site), ("tick",))


def messages(site):
    rows = site.get_all(ALERT, ["message"], {"rule": RECORD["rule_key"]}, order_by="timestamp")
    return [row["message"] for row in rows]


@pytest.fixture
def learned(site):
    past(site)
    learning.learn(site, NAME, "errors")
    stored_rules.save(site, RECORD)
    site.commit()
    return site


def test_what_is_far_from_usual_is_told_with_what_is_usual(learned):
    judge(learned, 3)
    assert messages(learned) == []
    judge(learned, 14)
    assert messages(learned) == ["Errors: 14 errors; Wednesdays at 10:00 usually 2 to 2"]


def test_the_live_judge_reads_the_baseline_that_is_stored(learned, clock):
    model = models.load(learned, [NAME])[NAME]
    wide = {hour: Usual(0, 100, 5, 5) for hour in model.baseline.hours}
    models.save(learned, NAME, replace(model, baseline=Baseline(wide)))
    judge(learned, 14)
    assert messages(learned) == []
    narrow = {hour: Usual(0, 1, 1, 1) for hour in model.baseline.hours}
    models.save(
        learned, NAME, models.Model("errors", model.learned_utc, model.since_utc, 42, Baseline(narrow))
    )
    judge(learned, 14, clock, 1)
    assert messages(learned) == ["Errors: 14 errors; Wednesdays at 10:00 usually 0 to 1"]


def test_the_alert_ends_where_it_is_usual_again(learned, clock):
    judge(learned, 14)
    judge(learned, 2, clock, 1)
    row = learned.get_all(ALERT, ["status", "threshold"], {"rule": RECORD["rule_key"]})[0]
    assert row["status"] == "Resolved" and 2 < row["threshold"] < 14


def test_it_waits_as_long_as_it_should(learned, clock):
    stored_rules.save(learned, RECORD | {"pending_for": "10 min"})
    judge(learned, 14)
    judge(learned, 14, clock, 5)
    assert messages(learned) == []
    judge(learned, 14, clock, 5)
    assert len(messages(learned)) == 1


def test_too_little_is_said_and_never_told(site, clock):
    past(site, weeks=1)
    learning.learn(site, NAME, "errors")
    stored_rules.save(site, RECORD)
    for _ in range(5):
        judge(site, 900, clock, 30)
    assert site.count(ALERT, {"rule": RECORD["rule_key"]}) == 0
    state = site.get_all("Alert Rule State", ["answer", "reason"], {"rule": RECORD["rule_key"]})[0]
    assert "weeks needed: 3" in state["reason"]


def test_what_was_never_learned_is_never_told(site, clock):
    stored_rules.save(site, RECORD)
    judge(site, 900)
    assert site.count(ALERT, {"rule": RECORD["rule_key"]}) == 0


def test_what_cannot_be_measured_is_not_told_by_a_rule_that_learns(learned, clock):
    for _ in range(5):
        judge(learned, None, clock, 30)
    assert learned.count(ALERT, {"rule": RECORD["rule_key"]}) == 0


def test_below_what_is_usual(site, clock):
    past(site, value=lambda at: 60.0 + at.hour)
    learning.learn(site, NAME, "errors")
    stored_rules.save(site, RECORD | {"operator": "<"})
    judge(site, 66)
    assert messages(site) == []
    judge(site, 0, clock, 1)
    assert len(messages(site)) == 1


def test_the_backtest_says_what_it_would_have_done_and_does_not_look_ahead(site):
    wrong = site.now().plain() - timedelta(days=3, hours=1)
    past(site, weeks=8, value=lambda at: 40.0 if wrong <= at < wrong + timedelta(hours=2) else 1.0)
    answer = ask(site, stored_rules.check(site, RECORD), 50)
    opened = [each.opened for each in answer.done.firings]
    assert len(opened) == 1 and abs(opened[0] - wrong) < timedelta(minutes=16)
    assert 0 < answer.done.unknown_share < 0.5  # the first weeks, of which too little was known
    assert answer.suggestion is not None and answer.suggestion.threshold >= 1


def test_backtest_and_live_judge_agree(learned, clock):
    rule = stored_rules.check(learned, RECORD)
    for value in (2, 14, 14, 2):
        taken = Snapshot(learned.now(), learned.now_utc(), (metric(learned, value),))
        history.record(learned, taken)
        evaluate(learned, taken, settings.read(learned), ("tick",))
        clock.move(minutes=15)
    done = ask(learned, rule, 20).done
    live = learned.get_all(ALERT, ["first_seen", "resolved_at"], {"rule": rule.key})[0]
    assert [(each.opened, each.ended) for each in done.firings if each.kind == "Breach"] == [
        (live["first_seen"], live["resolved_at"])
    ]


class TestWillReach:
    RECORD = RECORD | {
        "rule_key": "disk_full_soon",
        "title": "Disk",
        "metric": "host.disk_percent",
        "kind": "will reach",
        "threshold": "90",
        "horizon": "14 d",
    }

    def fill(self, site, per_day):
        now = site.now().plain()
        moments = [now - timedelta(hours=hours) for hours in range(24 * 40)]
        samples = [
            (at, 80 + per_day * ((at - now) / timedelta(days=1)) + at.hour % 3 * 0.1) for at in moments
        ]
        history.backfill(site, "%", {self.name: samples})
        learning.learn(site, self.name, "%")
        stored_rules.save(site, self.RECORD)
        site.commit()

    name = NAME.__class__("host.disk_percent")

    def judged(self, site, value):
        taken = Snapshot(site.now(), site.now_utc(), (metric(site, value, "%", "host.disk_percent"),))
        evaluate(site, taken, settings.read(site), ("tick",))
        rows = site.get_all(ALERT, ["message"], {"rule": "disk_full_soon"})
        return [row["message"] for row in rows]

    def test_a_clear_rise_that_meets_the_limit_in_time_is_told_with_its_date(self, site):
        self.fill(site, per_day=1.0)
        said = self.judged(site, 80.2)
        assert len(said) == 1
        assert said[0].startswith("Disk: 80.2 %; 90 % is reached on 1") and "Nov (80 %: " in said[0]

    def test_one_that_meets_it_later_is_not(self, site):
        self.fill(site, per_day=0.1)
        assert self.judged(site, 80.2) == []

    def test_a_number_that_stands_still_is_silent(self, site):
        self.fill(site, per_day=0.0)
        assert self.judged(site, 80.2) == []

    def test_one_that_falls_is_silent(self, site):
        self.fill(site, per_day=-1.0)
        assert self.judged(site, 80.2) == []

    def test_the_backtest_tells_when_it_would_have_been_told(self, site):
        self.fill(site, per_day=1.0)
        done = ask(site, stored_rules.check(site, self.RECORD), 25).done
        assert {each.kind for each in done.firings} == {"Breach"}
        assert datetime(2026, 10, 28) < done.firings[0].opened < datetime(2026, 11, 4)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threshold": "0"}, "usual spreads"),
        ({"kind": "strange"}, "is not one of limit, unusual, will reach"),
        ({"horizon": "3 d"}, "only a rule that will reach"),
        ({"kind": "limit", "horizon": "3 d"}, "only a rule that will reach"),
        ({"kind": "will reach"}, "horizon: within which time"),
        ({"kind": "will reach", "horizon": "400 d"}, "longer than 365 days"),
        ({"unknown_for": "10 min"}, "silent about what it does not know"),
        ({"metric": "scheduler.enabled", "threshold": "1"}, "yes or no"),
        ({"rule_key": "cpu", "metric": "host.cpu_percent"}, "cannot be changed"),
    ],
)
def test_what_cannot_be_learned_is_refused_with_a_sentence(site, changes, said):
    with pytest.raises(BadRule, match=said):
        stored_rules.check(site, RECORD | changes)


def test_a_rule_that_learns_comes_back_as_it_was_written(site):
    stored_rules.save(site, RECORD)
    rule = settings.read(site).rule("errors_unusual")
    assert (rule.kind, rule.threshold, rule.unknown_for_seconds) == ("unusual", 4, None)
    stored_rules.save(site, TestWillReach.RECORD)
    assert settings.read(site).rule("disk_full_soon").horizon_seconds == 14 * 86_400


SHIPPED = tuple(rule for rule in catalogue.SHIPPED if rule.kind == "unusual")


def judge_shipped(site, clock, value):
    """Looked at for two hours, each ten minutes."""
    for _ in range(13):
        taken = Snapshot(site.now(), site.now_utc(), (metric(site, value),))
        evaluate(site, taken, settings.read(site), ("tick",))
        site.commit()
        clock.move(minutes=10)
    return [row["message"] for row in site.get_all(ALERT, ["message"], {"rule": "unusual_errors"})]


def test_a_shipped_rule_tells_what_is_far_above_usual_though_below_every_limit(site, clock):
    past(site)
    learning.learn(site, NAME, "errors")
    assert judge_shipped(site, clock, 7) == []
    assert judge_shipped(site, clock, 12)[0].startswith("12 errors in the last hour; Wednesdays at ")


@pytest.mark.parametrize("weeks", [0, 1, 2])
def test_a_shipped_rule_is_quiet_until_enough_weeks_are_known(site, clock, weeks):
    past(site, weeks=weeks)
    learning.learn(site, NAME, "errors")
    assert judge_shipped(site, clock, 500) == []
    assert "unusual_errors" not in {row["rule"] for row in not_judged(site, settings.read(site).rules)}


def test_shipped_rules_that_learn_are_of_no_other_kind_than_measured():
    assert {rule.key for rule in SHIPPED} == {"unusual_errors", "unusual_requests"}
    assert all(rule.upwards and rule.unknown_for_seconds is None for rule in SHIPPED)
