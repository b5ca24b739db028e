from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.alerting import RULE
from vuurtoren.alerts.judging import answer_to
from vuurtoren.alerts.state import RuleState, step
from vuurtoren.backtest.backtest import REPEATED, Happened, RuleReplay, over, patience_of
from vuurtoren.backtest.timeline import ANSWERS, UNKNOWN, Timeline, timelines
from vuurtoren.metrics.history.reading import Sample
from vuurtoren.rules.rule import Rule

START = datetime(2026, 8, 1)
MINUTE = timedelta(minutes=1)
PATIENT = replace(RULE, for_seconds=300, keep_firing_seconds=600)
waits = st.sampled_from([0, 60, 90, 600, 3600])
rules = st.builds(
    replace,
    st.just(RULE),
    operator=st.sampled_from([">", ">=", "<", "<="]),
    threshold=st.sampled_from([9, 10, 11]),
    critical_threshold=st.sampled_from([None, 10, 30]),
    for_seconds=waits,
    keep_firing_seconds=waits,
    unknown_for_seconds=st.one_of(st.none(), waits),
)
readings = st.sampled_from([0.0, 9.0, 10.0, 11.0, 12.0, 40.0, None])
passing = st.sampled_from([60, 60, 60, 60, 1, 600, 7200, -60, -3600])
runs_of_readings = st.lists(st.tuples(readings, passing, st.integers(1, 12)), max_size=25)


def minutes(*values: float | None) -> list[Sample]:
    """A sample a minute; None is a gap."""
    return [(START + MINUTE * place, value) for place, value in enumerate(values) if value is not None]


def line(runs: list[tuple[float | None, int, int]]) -> Timeline:
    moments, values, at = [], [], START
    for value, seconds, times in runs:
        for _ in range(times):
            at += timedelta(seconds=seconds)
            moments.append(at)
            values.append(value)
    unknown = bytes(UNKNOWN if value is None else 0 for value in values)
    numbers = [float("nan") if value is None else value for value in values]
    longest = max((later - at for at, later in pairwise(moments)), default=MINUTE)
    return Timeline((), moments, numbers, unknown, max(longest, MINUTE))


def replayed(rule: Rule, seen: Timeline) -> tuple[RuleState, list[Happened]]:
    replay = RuleReplay(seen, patience_of(rule), leveled=rule.critical_threshold is not None)
    happened = list(replay.happened(seen.answers(rule.operator, rule.threshold, rule.critical_threshold)))
    return replay.state, happened


def stepped(rule: Rule, seen: Timeline) -> tuple[RuleState, list[Happened]]:
    """What live judging does: the step at every moment."""
    state, happened = RuleState(), []
    for place, (at, value) in enumerate(zip(seen.moments, seen.values, strict=True)):
        answer, level = answer_to(rule, value, rule.threshold)
        if seen.unknown[place]:
            answer, level = "unknown", "warning"
        state, transitions = step(state, answer, patience_of(rule), at, level)
        happened += [Happened(place, each, state.level) for each in transitions if each not in REPEATED]
    return state, happened


@given(rule=rules, runs=runs_of_readings)
def test_it_says_what_stepping_through_every_sample_says(
    rule: Rule, runs: list[tuple[float | None, int, int]]
) -> None:
    seen = line(runs)
    assert replayed(rule, seen) == stepped(rule, seen)


@given(rule=rules, runs=runs_of_readings)
def test_its_answers_are_those_of_live_judging(rule: Rule, runs: list[tuple[float | None, int, int]]) -> None:
    seen = line(runs)
    found = seen.answers(rule.operator, rule.threshold, rule.critical_threshold)
    for place, value in enumerate(seen.values):
        unknown = bool(seen.unknown[place])
        wanted = ("unknown", "warning") if unknown else answer_to(rule, value, rule.threshold)
        assert ANSWERS[found[place]] == wanted


def test_it_gives_each_firing_with_its_begin_end_and_worst_value() -> None:
    done = over(RULE, {(): minutes(3, 12, 40, 11, 3, 3, 20)}, START + 6 * MINUTE)
    assert [(each.opened, each.ended, each.worst) for each in done.firings] == [
        (START + MINUTE, START + 4 * MINUTE, 40),
        (START + 6 * MINUTE, None, 20),
    ]
    assert (done.breaches, done.told.messages) == (2, 3)
    assert done.told.reasons == {"first": 2, "all resolved": 1}


def test_it_waits_as_long_as_the_rule_does() -> None:
    values = [12] * 5 + [3] + [12] * 8 + [3] * 12
    (firing,) = over(PATIENT, {(): minutes(*values)}, START + 25 * MINUTE).firings
    assert (firing.opened, firing.ended) == (START + 11 * MINUTE, START + 24 * MINUTE)


def test_a_worse_value_raises_the_level_and_is_told() -> None:
    rule = replace(RULE, critical_threshold=30)
    done = over(rule, {(): minutes(3, 12, 12, 40, 12, 3)}, START + 5 * MINUTE)
    assert [(each.level, each.raised) for each in done.firings] == [("critical", 3)]
    assert done.told.reasons == {"first": 1, "escalated": 1, "all resolved": 1}


def test_a_gap_is_unknown_and_ends_no_breach() -> None:
    done = over(RULE, {(): minutes(3, 12, *[None] * 30, 12, 3)}, START + 33 * MINUTE)
    assert [(each.kind, each.opened - START, each.ended - START) for each in done.firings if each.ended] == [
        ("Breach", MINUTE, 33 * MINUTE),
        ("Unknown", 12 * MINUTE, 32 * MINUTE),
    ]
    assert done.unknown_share == pytest.approx(30 / 34)


def test_no_sample_until_now_is_unknown() -> None:
    done = over(RULE, {(): minutes(3, 3, 3)}, START + timedelta(hours=1))
    assert [(each.kind, each.ended) for each in done.firings] == [("Unknown", None)]


def test_a_series_that_is_no_longer_reported_has_ended() -> None:
    series = {
        (("queue", "long"),): minutes(12, 12, None, None, None),
        (("queue", "short"),): minutes(3, 3, 3, 3, 3),
    }
    (firing,) = over(RULE, series, START + 4 * MINUTE).firings
    assert (firing.labels, firing.ended) == ((("queue", "long"),), START + 2 * MINUTE)


def test_an_hourly_rule_is_judged_once_an_hour() -> None:
    samples = minutes(*[3] * 10, *[40] * 30, *[3] * 20, *[3] * 60)
    assert over(replace(RULE, interval="hourly"), {(): samples}, START + timedelta(hours=2)).breaches == 0


def test_a_standing_alert_is_told_again_after_the_repeat_interval() -> None:
    done = over(RULE, {(): minutes(*[12] * 200)}, START + 199 * MINUTE, timedelta(hours=1))
    assert done.told.reasons == {"first": 1, "repeat elapsed": 3}
    assert done.told.messages == 4


def test_many_alerts_at_once_are_one_message() -> None:
    series = {(("queue", str(number)),): minutes(3, 12) for number in range(7)}
    done = over(RULE, series, START + MINUTE)
    assert (len(done.firings), done.told.messages) == (7, 1)


def test_the_hour_that_comes_twice_in_autumn_is_replayed_as_it_was_lived() -> None:
    before = minutes(*[12] * 120)
    again = [(at - timedelta(hours=1), 12.0) for at, _ in before[60:]]
    (seen,) = timelines({(): before + again}, "tick", START + 119 * MINUTE)
    assert seen.backwards == [120]
    assert replayed(PATIENT, seen) == stepped(PATIENT, seen)


def test_without_history_it_refuses() -> None:
    with pytest.raises(ValueError, match="no history"):
        over(RULE, {}, START)
