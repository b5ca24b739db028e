"""What to do about something can be done: no advice names what is not known, or is over."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from tests.compliance.rules.case import DUE, FILE, RETRY, TODAY, Case, back, on
from tests.compliance.rules.test_rules import CASES
from vuurtoren.compliance.follow_up import (
    FIND_THE_COLLECTION,
    FIND_THE_MANDATE,
    FIND_THE_MEMBER,
    MANDATE_IS_GONE,
    advice,
    advice_today,
)
from vuurtoren.compliance.records import BankFile, Batch, Collection, NextCollection, Return, TrailCoverage
from vuurtoren.compliance.return_codes import RETURN_CODES
from vuurtoren.compliance.rule import judge
from vuurtoren.compliance.rules.catalogue import BY_ID

ABOUT_THE_MANDATE = re.compile(r"\b(Cancel|Suspend) the mandate")
ABOUT_THE_MEMBER = re.compile(r"\b([Tt]alk to|ask) the member")
ABOUT_THE_COLLECTION = re.compile(r"^(Present it again|Pay the second|Mend it on our side|Collect an amount)")
FINDING_OUT = (FIND_THE_COLLECTION, FIND_THE_MANDATE, FIND_THE_MEMBER)
KNOWN = list(product((True, False), repeat=3))


def known(code: str, collection: bool, mandate: bool, member: bool) -> Return:
    return back(
        code=code,
        known_collection=collection,
        mandate="M-1" if mandate else "",
        member="P-1" if member else "",
    )


@pytest.mark.parametrize("code", RETURN_CODES)
def test_no_advice_names_what_is_not_known(code: str) -> None:
    for collection, mandate, member in KNOWN:
        said = advice(known(code, collection, mandate, member))
        assert said
        assert mandate or not ABOUT_THE_MANDATE.search(said), said
        assert mandate or member or not ABOUT_THE_MEMBER.search(said), said
        assert collection or not ABOUT_THE_COLLECTION.search(said), said


@pytest.mark.parametrize("code", RETURN_CODES)
def test_where_all_is_known_the_code_itself_says_what_to_do(code: str) -> None:
    assert advice(known(code, True, True, True)) == RETURN_CODES[code].action


@pytest.mark.parametrize(
    ("code", "known_", "said"),
    [
        ("AC04", (False, False, False), FIND_THE_COLLECTION),
        ("AC04", (False, True, False), RETURN_CODES["AC04"].action),
        ("AC04", (True, False, True), FIND_THE_MANDATE),
        ("MD07", (True, False, True), FIND_THE_MANDATE),
        ("MD06", (True, False, False), FIND_THE_MEMBER),
        ("MD06", (True, True, False), RETURN_CODES["MD06"].action),
        ("MD06", (False, True, True), FIND_THE_COLLECTION),
        ("AM05", (False, False, False), FIND_THE_COLLECTION),
    ],
)
def test_what_is_missing_is_to_be_found_out(code: str, known_: tuple[bool, bool, bool], said: str) -> None:
    assert advice(known(code, *known_)) == said


def test_nothing_is_advised_about_a_code_that_nobody_knows() -> None:
    assert advice(back(code="XX99")) == ""


def test_a_mandate_that_is_gone_is_neither_cancelled_nor_suspended() -> None:
    assert advice_today(back(code="AC04", mandate_status=None)) == MANDATE_IS_GONE
    assert advice_today(back(code="AM05", mandate_status=None)) == RETURN_CODES["AM05"].action
    assert advice_today(back(code="AC04", mandate="", mandate_status=None)) == FIND_THE_MANDATE


def test_of_a_return_that_is_in_the_next_batch_the_line_is_taken_out_first() -> None:
    coming = back(next_collection=NextCollection("B-1", DUE, 1500))
    action = judge(BY_ID["R03"], coming, on()).action
    assert action == f"Take the line out of the batch. {RETURN_CODES['MD01'].action}"


def test_a_collection_that_nobody_knows_is_looked_for() -> None:
    assert judge(BY_ID["R01"], back(known_collection=False), on()).action == FIND_THE_COLLECTION


def test_of_a_retry_of_nobody_we_know_the_retry_is_named() -> None:
    verdict = judge(BY_ID["R04"], replace(RETRY, count=3, member="", invoice=""), on())
    assert verdict.sentence().startswith(RETRY.name)
    assert "member" not in verdict.action


def test_what_the_trail_names_and_is_gone_did_not_write_past_the_trail() -> None:
    gone = TrailCoverage("SEPA Mandate", "M-1", "created", TODAY, 1, exists=False)
    assert "wrote past" not in judge(BY_ID["A01"], gone, on()).action


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.008.001.01"])
def test_a_file_of_a_wrong_version_is_not_mended_by_an_address(version: str) -> None:
    assert "town" not in judge(BY_ID["C10"], replace(FILE, version=version), on()).action


BROKEN = [case for case in CASES if case.answer == "broken"]


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_whatever_is_broken_says_what_to_do(case: Case) -> None:
    assert judge(BY_ID[case.rule], case.record, case.circumstances).action


def is_of_a_batch(case: Case) -> bool:
    return isinstance(case.record, Batch | Collection) and bool(case.record.due_on)


@pytest.mark.parametrize("case", list(filter(is_of_a_batch, BROKEN)), ids=str)
def test_nothing_is_taken_out_of_a_batch_whose_day_is_over(case: Case) -> None:
    record = case.record
    assert isinstance(record, Batch | Collection) and record.due_on
    later = replace(case.circumstances, today=record.due_on + timedelta(days=1))
    action = judge(BY_ID[case.rule], record, later).action
    told_both_ways = "if both are at the bank" in action
    assert told_both_ways or not action.startswith(("Take the line out", "Announce it,", "Choose a later"))


@pytest.mark.parametrize(
    "case", [case for case in BROKEN if isinstance(case.record, Batch | BankFile)], ids=str
)
def test_what_is_broken_about_a_batch_or_its_file_has_a_day_and_euros(case: Case) -> None:
    record = case.record
    assert isinstance(record, Batch | BankFile)
    verdict = judge(BY_ID[case.rule], record, case.circumstances)
    ahead = record.due_on is not None and record.due_on >= case.circumstances.today
    assert bool(verdict.deadline) >= ahead
    assert verdict.cents is not None or record.total_cents is None


def test_what_is_not_known_of_a_return_is_to_be_known_by_its_day() -> None:
    verdict = judge(BY_ID["R01"], back(known_collection=False), on())
    assert verdict.deadline == judge(BY_ID["R03"], back(), on()).deadline is not None
