"""Alerts with one cause are one incident; what follows from an open one need not be told again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.incident_grouping import GOAL_F1, judged
from vuurtoren.alerts.incidents.grouping import Member, follows, held_back_by, incidents
from vuurtoren.metrics import subject
from vuurtoren.rules.rule import SEVERITIES, rank
from vuurtoren.signals.catalogue import BY_KEY, SHIPPED

NOON = datetime(2026, 3, 12, 12)


def member(rule: str, minutes: float = 0, **more: object) -> Member:
    began, shipped = NOON + timedelta(minutes=minutes), BY_KEY[rule]
    return Member(
        f"{rule}-{minutes}", rule, began, because_of=shipped.because_of, event=shipped.event, **more
    )  # type: ignore[arg-type]


@st.composite
def open_alerts(draw: st.DrawFn) -> list[Member]:
    """Any open alerts of any rules, with any severity and any names."""
    keys = draw(st.lists(st.sampled_from(sorted(BY_KEY)), max_size=12))
    return [
        replace(
            member(key, draw(st.integers(0, 10_000))),
            name=f"alert-{number}",
            severity=draw(st.sampled_from(SEVERITIES)),
            names=frozenset(draw(st.sets(st.sampled_from(["INV-0001", "INV-0002"]), max_size=1))),
        )
        for number, key in enumerate(keys)
    ]


def test_what_follows_by_declaration_is_one_incident_with_its_cause_first():
    found = incidents(
        [member("mail_waiting", 60), member("mail_cannot_send"), member("mail_failed_daily", 200)]
    )
    assert [[each.rule for each in one.members] for one in found] == [
        ["mail_cannot_send", "mail_waiting", "mail_failed_daily"]
    ]


def test_what_names_the_same_document_is_one_incident():
    shared = frozenset({"Assoc-Member-0211"})
    found = incidents(
        [member("members_without_customer", names=shared), member("dues_schedules_stuck", 90, names=shared)]
    )
    assert len(found) == 1


def test_what_only_happens_at_the_same_time_is_not():
    assert len(incidents([member("member_churn_daily"), member("certificate")])) == 2


def test_of_an_incident_the_worst_is_told_though_it_is_not_the_cause():
    stuck, oldest = member("stuck_jobs"), member("queue_oldest", severity="HIGH")
    assert follows(oldest, stuck)
    assert held_back_by(stuck, [stuck, oldest]) == oldest
    assert held_back_by(oldest, [stuck, oldest]) is None


def test_one_queue_says_nothing_of_another():
    old = member("queue_oldest", labels=(("queue", "long"),))
    assert not follows(member("queue_depth", 5, labels=(("queue", "short"),)), old)
    assert follows(member("queue_depth", 5, labels=(("queue", "long"),)), old)


def test_a_job_that_hangs_in_one_queue_holds_up_no_other():
    stuck = member("stuck_jobs", subjects=(subject.queue("long"),))
    assert not follows(member("queue_oldest", 5, subjects=(subject.queue("short"),)), stuck)
    assert follows(member("queue_oldest", 5, subjects=(subject.queue("long"),)), stuck)


def test_what_is_well_again_long_before_its_cause_ends_has_another_one():
    off = member("scheduler_off", ended=NOON + timedelta(days=1))
    assert not follows(member("scheduler_silent", 10, ended=NOON + timedelta(hours=2)), off)
    assert follows(member("scheduler_silent", 10, ended=NOON + timedelta(days=1)), off)
    assert follows(member("scheduler_silent", 10), off)


def test_what_begins_long_after_the_cause_had_ended_has_another_one():
    over = member("mail_cannot_send", ended=NOON + timedelta(hours=1))
    assert not follows(member("mail_waiting", 600), over)


def test_no_shipped_rule_is_its_own_cause_however_far_one_looks():
    def causes(key: str, seen: tuple[str, ...] = ()) -> None:
        assert key not in seen, seen
        for cause in BY_KEY[key].because_of:
            causes(cause, (*seen, key))

    for rule in SHIPPED:
        causes(rule.key)


def test_every_declared_cause_is_a_rule():
    assert {cause for rule in SHIPPED for cause in rule.because_of} <= set(BY_KEY)


@given(open_alerts(), st.randoms())
def test_every_alert_is_in_one_incident_whatever_the_order(alerts: list[Member], chance):
    found = incidents(alerts)
    assert sorted(each.name for one in found for each in one.members) == sorted(each.name for each in alerts)
    mixed = list(alerts)
    chance.shuffle(mixed)
    assert incidents(mixed) == found


@given(open_alerts())
def test_of_every_incident_the_worst_is_told(alerts: list[Member]):
    for one in incidents(alerts):
        told = [each for each in one.members if held_back_by(each, one.members) is None]
        assert max(rank(each.severity) for each in told) == rank(one.severity)


@given(open_alerts())
def test_one_step_is_enough(alerts: list[Member]):
    for each in alerts:
        speaker = held_back_by(each, alerts)
        assert speaker is None or held_back_by(each, [speaker]) == speaker


@given(open_alerts())
def test_what_held_back_holds_back_no_more_once_it_has_ended(alerts: list[Member]):
    for each in alerts:
        ended = [replace(other, ended=other.began) for other in alerts if other is not each]
        assert held_back_by(each, ended) is None


@given(open_alerts())
def test_a_more_severe_alert_is_always_told(alerts: list[Member]):
    for each in alerts:
        milder = [replace(other, severity="LOW") for other in alerts]
        assert held_back_by(replace(each, severity="CRITICAL"), milder) is None


@given(open_alerts())
def test_what_happened_once_stands_for_nothing_that_goes_on(alerts: list[Member]):
    for each in alerts:
        once = [replace(other, event=True, severity="CRITICAL") for other in alerts if other is not each]
        assert held_back_by(each, once) is None or each.event


def test_the_labelled_corpora_are_grouped_as_people_would():
    found = [judged(seed) for seed in range(5)]
    assert sum(2 * each.both for each in found) / sum(each.same + each.grouped for each in found) >= GOAL_F1
