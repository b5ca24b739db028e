from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.alerts.state import Answer, Patience, RuleState, Transition, step, stop

START = datetime(2026, 11, 4, 10, 0)
OPENED, AGAIN, RESOLVED = Transition.OPENED, Transition.SEEN_AGAIN, Transition.RESOLVED
UNKNOWN, STILL, KNOWN = (
    Transition.UNKNOWN_OPENED,
    Transition.UNKNOWN_SEEN_AGAIN,
    Transition.UNKNOWN_RESOLVED,
)
ANSWERS: list[Answer] = ["ok", "breached", "unknown"]
series = st.lists(st.tuples(st.sampled_from(ANSWERS), st.integers(-7200, 7200)), max_size=60)
patiences = st.builds(
    Patience,
    st.sampled_from([0, 60, 600]),
    st.sampled_from([0, 60, 600]),
    st.sampled_from([None, 0, 60, 600]),
)


def run(patience: Patience, *steps: tuple[Answer, float]) -> list[tuple[Transition, ...]]:
    """What each answer brings; the numbers are seconds since the answer before."""
    state, now, seen = RuleState(), START, []
    for answer, seconds in steps:
        now += timedelta(seconds=seconds)
        state, transitions = step(state, answer, patience, now)
        seen.append(transitions)
    return seen


@pytest.mark.parametrize(
    ("patience", "steps", "expected"),
    [
        (Patience(), [("ok", 0)], [()]),
        (Patience(), [("breached", 0), ("breached", 60)], [(OPENED,), (AGAIN,)]),
        (Patience(), [("breached", 0), ("ok", 60)], [(OPENED,), (RESOLVED,)]),
        (Patience(300), [("breached", 0), ("breached", 299), ("breached", 1)], [(), (), (OPENED,)]),
        (Patience(300), [("breached", 0), ("ok", 200), ("breached", 200)], [(), (), ()]),
        (
            Patience(0, 300),
            [("breached", 0), ("ok", 60), ("ok", 299), ("ok", 1)],
            [(OPENED,), (), (), (RESOLVED,)],
        ),
        (Patience(0, 300), [("breached", 0), ("ok", 60), ("breached", 60)], [(OPENED,), (), (AGAIN,)]),
        (Patience(0, 0, 0), [("unknown", 0), ("unknown", 60), ("ok", 60)], [(UNKNOWN,), (STILL,), (KNOWN,)]),
        (Patience(0, 0, 300), [("unknown", 0), ("unknown", 299), ("unknown", 1)], [(), (), (UNKNOWN,)]),
        (Patience(0, 0, 300), [("unknown", 0), ("ok", 299), ("unknown", 1)], [(), (), ()]),
        (Patience(0, 0, None), [("unknown", 0), ("unknown", 10**6)], [(), ()]),
        (
            Patience(0, 0, 0),
            [("breached", 0), ("unknown", 60), ("ok", 60)],
            [(OPENED,), (UNKNOWN,), (KNOWN, RESOLVED)],
        ),
        (Patience(0, 0, 0), [("unknown", 0), ("breached", 60)], [(UNKNOWN,), (KNOWN, OPENED)]),
        (Patience(300, 0, None), [("breached", 0), ("unknown", 400), ("breached", 1)], [(), (), (OPENED,)]),
    ],
)  # fmt: skip
def test_it_turns_answers_into_transitions(
    patience: Patience, steps: list[tuple[Answer, float]], expected: list[tuple[Transition, ...]]
) -> None:
    assert run(patience, *steps) == expected


@given(patiences, series)
def test_opened_and_resolved_alternate_and_begin_with_opened(
    patience: Patience, steps: list[tuple[Answer, float]]
) -> None:
    for opened, resolved in ((OPENED, RESOLVED), (UNKNOWN, KNOWN)):
        happened = [each for seen in run(patience, *steps) for each in seen if each in (opened, resolved)]
        assert happened == [opened, resolved] * (len(happened) // 2) + [opened] * (len(happened) % 2)


@given(patiences, series)
def test_only_an_ok_answer_ends_a_breach(patience: Patience, steps: list[tuple[Answer, float]]) -> None:
    for (answer, _), transitions in zip(steps, run(patience, *steps), strict=True):
        assert RESOLVED not in transitions or answer == "ok"
        assert OPENED not in transitions or answer == "breached"
        assert UNKNOWN not in transitions or answer == "unknown"


@given(patiences, series)
def test_an_open_breach_is_seen_again_by_every_breached_answer(
    patience: Patience, steps: list[tuple[Answer, float]]
) -> None:
    is_open = False
    for (answer, _), transitions in zip(steps, run(patience, *steps), strict=True):
        if answer == "breached" and is_open:
            assert AGAIN in transitions
        is_open = (is_open or OPENED in transitions) and RESOLVED not in transitions


@given(patiences, series, st.integers(1, 5))
def test_no_wait_is_longer_than_its_patience_even_when_the_clock_goes_back(
    patience: Patience, steps: list[tuple[Answer, float]], ticks: int
) -> None:
    last = max(patience.for_seconds, patience.keep_firing_seconds, patience.unknown_for_seconds or 0)
    for answer, at_the_end in (("breached", {OPENED, AGAIN}), ("ok", set())):
        state, now = RuleState(), START
        for earlier, seconds in steps:
            now += timedelta(seconds=seconds)
            state, _ = step(state, earlier, patience, now)
        for _ in range(ticks + 1):
            state, transitions = step(state, answer, patience, now)  # type: ignore[arg-type]
            now += timedelta(seconds=last / ticks)
        state, transitions = step(state, answer, patience, now)  # type: ignore[arg-type]
        assert set(transitions) <= at_the_end
        assert state.phase == ("Firing" if answer == "breached" else "Inactive")


@given(patiences, series)
def test_the_same_answer_at_the_same_moment_changes_no_state_twice(
    patience: Patience, steps: list[tuple[Answer, float]]
) -> None:
    state, now = RuleState(), START
    for answer, seconds in steps:
        now += timedelta(seconds=seconds)
        state, _ = step(state, answer, patience, now)
        again, transitions = step(state, answer, patience, now)
        assert again == state
        assert set(transitions) <= {AGAIN, STILL}


@given(patiences, series)
def test_stopping_ends_exactly_what_is_open(patience: Patience, steps: list[tuple[Answer, float]]) -> None:
    state, now, is_open, is_told = RuleState(), START, False, False
    for answer, seconds in steps:
        now += timedelta(seconds=seconds)
        state, transitions = step(state, answer, patience, now)
        is_open = (is_open or OPENED in transitions) and RESOLVED not in transitions
        is_told = (is_told or UNKNOWN in transitions) and KNOWN not in transitions
    stopped, transitions = stop(state, now)
    assert (RESOLVED in transitions, KNOWN in transitions) == (is_open, is_told)
    assert stop(stopped, now)[1] == ()
