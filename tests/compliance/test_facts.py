"""The table of facts, and what it must agree with."""

from __future__ import annotations

from datetime import date

import pytest

from vuurtoren.audit.recording.recording import EXCEPTION, FAILED
from vuurtoren.audit.recording.return_codes import OF_THE_DEBTOR, OURS, status_of
from vuurtoren.compliance.facts import FACTS, at
from vuurtoren.compliance.follow_up import NOT_NEEDED, beginning_state
from vuurtoren.compliance.return_codes import RETURN_CODES, return_code


@pytest.mark.parametrize("key", FACTS)
def test_every_fact_says_where_it_comes_from_and_since_when(key: str) -> None:
    days = [fact.effective_from for fact in FACTS[key]]
    assert days == sorted(set(days))
    assert all(fact.source and fact.title and fact.unit for fact in FACTS[key])


def test_the_fact_of_a_day_is_the_one_in_force_on_it() -> None:
    assert at("submission_target_days", date(2016, 11, 19)) == 5
    assert at("submission_target_days", date(2016, 11, 20)) == 1
    assert at("address_lines", date(2026, 11, 14)) == 2
    assert at("address_lines", date(2026, 11, 15)) == 0


@pytest.mark.parametrize("code", RETURN_CODES)
def test_the_trail_and_the_rules_agree_on_whose_matter_a_code_is(code: str) -> None:
    assert (status_of(code) == FAILED) == (RETURN_CODES[code].fault == "ours")


def test_the_rules_know_every_code_that_the_trail_knows() -> None:
    assert set(RETURN_CODES) >= OURS | OF_THE_DEBTOR


def test_an_empty_account_is_never_our_failure() -> None:
    assert status_of("AM04") == EXCEPTION
    assert RETURN_CODES["AM04"].fault == "outcome"
    assert beginning_state("AM04") == NOT_NEEDED


def test_every_code_of_the_format_is_ours() -> None:
    known = return_code("ff99")
    assert known is not None
    assert known.fault == "ours"


def test_what_nobody_knows_has_no_meaning() -> None:
    assert return_code("AB03") is None
