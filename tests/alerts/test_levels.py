from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.alerting import RULE, metric
from tests.conftest import Evaluate, MovableClock
from vuurtoren.alerts import judging, stored_state
from vuurtoren.alerts.state import OPEN, Answer, Patience, RuleState, Transition, step
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules.rule import COMPARE, BreachLevel
from vuurtoren.signals.catalogue import SHIPPED

START = datetime(2026, 11, 4, 10, 0)
OPENED, AGAIN, RESOLVED = Transition.OPENED, Transition.SEEN_AGAIN, Transition.RESOLVED
RAISED, LOWERED = Transition.RAISED, Transition.LOWERED
LEVELLED = replace(RULE, critical_threshold=100)
Seen = tuple[str, float]
"""ok, warning, critical or unknown, and the seconds since the answer before."""
series = st.lists(
    st.tuples(st.sampled_from(["ok", "warning", "critical", "unknown"]), st.integers(-7200, 7200)),
    max_size=60,
)
patiences = st.builds(Patience, st.sampled_from([0, 60, 600]), st.sampled_from([0, 60, 600]), st.none())


def answer_of(said: str) -> tuple[Answer, BreachLevel]:
    if said in ("warning", "critical"):
        return "breached", said  # type: ignore[return-value]
    return said, "warning"  # type: ignore[return-value]


def run(patience: Patience, steps: list[Seen]) -> list[tuple[RuleState, tuple[Transition, ...]]]:
    state, now, seen = RuleState(), START, []
    for said, seconds in steps:
        now += timedelta(seconds=seconds)
        answer, level = answer_of(said)
        state, transitions = step(state, answer, patience, now, level)
        seen.append((state, transitions))
    return seen


@pytest.mark.parametrize(
    ("patience", "steps", "expected", "level"),
    [
        (Patience(), [("critical", 0)], [(OPENED,)], "critical"),
        (Patience(), [("warning", 0), ("critical", 60)], [(OPENED,), (AGAIN, RAISED)], "critical"),
        (Patience(), [("critical", 0), ("warning", 60)], [(OPENED,), (AGAIN, LOWERED)], "warning"),
        (Patience(), [("critical", 0), ("ok", 60)], [(OPENED,), (RESOLVED,)], "warning"),
        (
            Patience(300),
            [("warning", 0), ("warning", 300), ("critical", 60), ("critical", 299), ("critical", 1)],
            [(), (OPENED,), (AGAIN,), (AGAIN,), (AGAIN, RAISED)],
            "critical",
        ),
        (
            Patience(300),
            [("warning", 0), ("critical", 200), ("critical", 100)],
            [(), (), (OPENED,)],
            "warning",
        ),
        (
            Patience(0, 300),
            [("critical", 0), ("warning", 60), ("warning", 299), ("warning", 1)],
            [(OPENED,), (AGAIN,), (AGAIN,), (AGAIN, LOWERED)],
            "warning",
        ),
        (
            Patience(0, 300),
            [("critical", 0), ("warning", 60), ("critical", 60)],
            [(OPENED,), (AGAIN,), (AGAIN,)],
            "critical",
        ),
        (
            Patience(0, 300),
            [("critical", 0), ("warning", 60), ("ok", 200), ("ok", 100), ("ok", 200)],
            [(OPENED,), (AGAIN,), (), (LOWERED,), (RESOLVED,)],
            "warning",
        ),
        (
            Patience(0, 300),
            [("critical", 0), ("unknown", 60), ("unknown", 900)],
            [(OPENED,), (), ()],
            "critical",
        ),
    ],
)  # fmt: skip
def test_it_raises_and_lowers_the_level_of_an_open_alert(
    patience: Patience, steps: list[Seen], expected: list[tuple[Transition, ...]], level: str
) -> None:
    seen = run(replace(patience, unknown_for_seconds=None), steps)
    assert [transitions for _, transitions in seen] == expected
    assert seen[-1][0].level == level


@given(patiences, series)
def test_the_critical_level_is_open_only_while_the_breach_is(patience: Patience, steps: list[Seen]) -> None:
    for state, _ in run(patience, steps):
        assert state.level == "warning" or state.phase in OPEN


@given(patiences, series)
def test_transitions_alone_tell_the_level(patience: Patience, steps: list[Seen]) -> None:
    told: str | None = None
    for state, transitions in run(patience, steps):
        for transition in transitions:
            if transition is OPENED:
                told = state.level
            elif transition is RESOLVED:
                told = None
            elif transition in (RAISED, LOWERED):
                assert told == ("warning" if transition is RAISED else "critical")
                told = "critical" if transition is RAISED else "warning"
        assert told == (state.level if state.phase in OPEN else None)


@given(patiences, series)
def test_levels_change_nothing_about_the_breach_itself(patience: Patience, steps: list[Seen]) -> None:
    flat = [("warning" if said == "critical" else said, seconds) for said, seconds in steps]
    without = [
        tuple(each for each in transitions if each not in (RAISED, LOWERED))
        for _, transitions in run(patience, steps)
    ]
    assert without == [transitions for _, transitions in run(patience, flat)]


def test_a_value_beyond_both_thresholds_is_critical(site: SQLiteSite) -> None:
    judged = {
        value: judging.judge(LEVELLED, metric(site, RULE.metric, value), 10) for value in (10, 50, 100, 101)
    }
    assert [each.answer for each in judged.values()] == ["ok", "breached", "breached", "breached"]
    assert [each.severity for each in judged.values()] == ["HIGH", "HIGH", "HIGH", "CRITICAL"]


def test_a_low_value_is_critical_where_low_is_bad(site: SQLiteSite) -> None:
    rule = replace(LEVELLED, operator="<", threshold=14, critical_threshold=3)
    assert judging.judge(rule, metric(site, rule.metric, 2), 14).level == "critical"
    assert judging.judge(rule, metric(site, rule.metric, 3), 14).level == "warning"


def test_a_warning_threshold_moved_beyond_the_critical_one_makes_every_breach_critical(
    site: SQLiteSite,
) -> None:
    assert judging.judge(LEVELLED, metric(site, RULE.metric, 150), 120).level == "critical"
    assert judging.judge(LEVELLED, metric(site, RULE.metric, 110), 120).answer == "ok"


def alert(site: SQLiteSite) -> dict[str, object]:
    (row,) = site.get_all("System Alert", ["severity", "threshold", "status", "message"])
    return row


def test_the_one_open_alert_is_raised_and_lowered_and_says_when(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12, LEVELLED)
    assert (alert(site)["severity"], alert(site)["threshold"]) == ("HIGH", 10)
    clock.move(minutes=5)
    judge(150, LEVELLED)
    assert (alert(site)["severity"], alert(site)["threshold"]) == ("CRITICAL", 100)
    clock.move(minutes=5)
    judge(12, LEVELLED)
    assert alert(site)["severity"] == "HIGH"
    steps = [row["step"] for row in site.get_all("Alert Step", ["step"], order_by="at, position")]
    assert [step for step in steps if "Severity" in step] == ["Severity raised", "Severity lowered"]


def test_an_alert_opens_at_the_critical_level(site: SQLiteSite, judge: Evaluate) -> None:
    judge(150, LEVELLED)
    assert alert(site)["severity"] == "CRITICAL" and "more than 100" in str(alert(site)["message"])


def test_a_rule_whose_critical_threshold_is_taken_away_falls_back(site: SQLiteSite, judge: Evaluate) -> None:
    judge(150, LEVELLED)
    judge(150, RULE)
    assert alert(site)["severity"] == "HIGH"
    assert stored_state.read_all(site)["errors"]["errors"].state.level == "warning"


def test_shipped_critical_thresholds_are_beyond_their_warnings() -> None:
    for rule in SHIPPED:
        if rule.critical_threshold is not None:
            assert COMPARE[rule.operator](rule.critical_threshold, rule.threshold), rule.key
            assert rule.severity != "CRITICAL" and rule.adjustable, rule.key
