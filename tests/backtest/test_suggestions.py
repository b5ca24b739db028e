from __future__ import annotations

from dataclasses import replace

from tests.alerts.alerting import RULE
from vuurtoren.backtest.noise import Noise
from vuurtoren.backtest.suggestions import Suggestion, Trial, sentence, suggest
from vuurtoren.rules.rule import Rule


def noise(fired: int = 31, acknowledged: int = 0) -> Noise:
    return Noise(RULE.key, fired, acknowledged, messages=fired, open_seconds=0)


def short_breaches(*minutes: int) -> Trial:
    """The history of breaches that lasted so many minutes each."""
    return lambda rule: sum(lasted * 60 >= rule.for_seconds for lasted in minutes)


def suggested(trial: Trial, of: Noise | None = None) -> list[Suggestion]:
    return suggest([of or noise()], {RULE.key: RULE}, trial)


def test_the_shortest_wait_that_is_worth_it_is_suggested() -> None:
    (found,) = suggested(short_breaches(*[1] * 20, *[7] * 9, 40, 40))
    assert (found.for_seconds, found.would_have_fired) == (600, 2)


def test_it_reads_as_one_sentence() -> None:
    (found,) = suggested(short_breaches(*[7] * 29, 40, 40))
    said = sentence(found, str)
    assert said.endswith(
        "fired 31 times, never acknowledged; told only after 10 min, it would have fired 2 times"
    )


def test_once_is_not_said_in_times() -> None:
    (found,) = suggested(short_breaches(*[7] * 29, 40, 40))
    said = sentence(replace(found, acknowledged=1, would_have_fired=1), str)
    assert said.endswith(
        "fired 31 times, acknowledged once; told only after 10 min, it would have fired once"
    )


def test_what_people_acknowledge_is_no_noise() -> None:
    assert not suggested(short_breaches(*[1] * 31), noise(acknowledged=16))


def test_a_rule_that_seldom_fires_is_left_alone() -> None:
    assert not suggested(short_breaches(1, 1, 1, 1), noise(fired=4))


def test_nothing_is_suggested_where_waiting_does_not_help() -> None:
    assert not suggested(short_breaches(*[600] * 31))


def test_nothing_is_suggested_where_the_history_cannot_tell() -> None:
    assert not suggested(lambda rule: None)


def test_nothing_is_suggested_where_the_history_tells_another_story() -> None:
    assert not suggested(short_breaches(1, 1, 1))
    assert not suggested(short_breaches(*[1] * 63))


def test_a_source_that_is_no_rule_is_passed_over() -> None:
    rules: dict[str, Rule] = {}
    assert not suggest([noise()], rules, short_breaches(*[1] * 31))
