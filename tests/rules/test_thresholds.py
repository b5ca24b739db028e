from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.alerting import RULE
from vuurtoren.rules.thresholds import BadThreshold, merge, parse, refusals

YES_OR_NO = replace(RULE, key="scheduler_off", adjustable=False)


def row(threshold: object, rule: str = "errors") -> dict[str, object]:
    return {"rule": rule, "threshold": threshold}


@pytest.mark.parametrize(
    ("given_", "number"), [("0", 0), (" 12 ", 12), ("0,5", 0.5), ("2.5", 2.5), (7, 7), ("1e3", 1000)]
)
def test_it_reads_numbers_as_people_write_them(given_: object, number: float) -> None:
    assert parse(given_) == number


@pytest.mark.parametrize("given_", ["ten", "", "-1", -0.1, "1.2.3", "NaN", "inf", True, None, [], {}, "١٠x"])
def test_it_refuses_what_is_no_threshold(given_: object) -> None:
    with pytest.raises(BadThreshold):
        parse(given_)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.binary(), st.booleans()))
def test_whatever_is_given_becomes_a_usable_number_or_a_sentence(given_: object) -> None:
    try:
        assert 0 <= parse(given_) < float("inf")
    except BadThreshold as refused:
        assert str(refused)


def test_settings_beat_the_site_config_which_beats_the_shipped_default() -> None:
    assert merge([RULE]).values["errors"] == 10
    assert merge([RULE], {"errors": 20}).values["errors"] == 20
    merged = merge([RULE], {"errors": 20}, [row("30")])
    assert (merged.values["errors"], merged.origins["errors"]) == (30, "settings")


def test_an_empty_row_leaves_the_lower_place_in_force() -> None:
    assert merge([RULE], {"errors": 20}, [row(""), row(None)]).values["errors"] == 20


def test_the_site_config_may_hold_json_as_text() -> None:
    assert merge([RULE], '{"errors": 20}').values["errors"] == 20


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"errors": "many"}, "'many' is not a number; 10 holds"),
        ({"errors": -3}, "'-3' is negative"),
        ({"erors": 3}, "there is no rule 'erors'"),
        ("{", "no JSON"),
        ([1], "no object"),
        ({"scheduler_off": 3}, "yes-or-no"),
    ],
)
def test_a_bad_value_in_the_site_config_is_ignored_and_named(config: object, named: str) -> None:
    merged = merge([RULE, YES_OR_NO], config)
    assert merged.values == {"errors": 10, "scheduler_off": 10}
    assert len(merged.ignored) == 1
    assert named in merged.ignored[0]


def test_a_bad_row_is_refused_with_one_sentence() -> None:
    assert refusals([RULE], [row("ten")]) == ["errors: 'ten' is not a number"]
    assert refusals([RULE], [row("10")]) == []
