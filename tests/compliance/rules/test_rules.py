"""Every rule of the scheme: where it holds, where it is broken, on its boundary, where it cannot judge."""

from __future__ import annotations

from datetime import date

import pytest

from tests.compliance.rules import collection_cases, mandate_cases, return_cases, trail_cases
from tests.compliance.rules.case import FILE, KINDS, Case, line, on
from vuurtoren.compliance.rule import SEVERITIES, judge
from vuurtoren.compliance.rules.catalogue import BY_ID, RULES

CASES: tuple[Case, ...] = (
    *mandate_cases.CASES,
    *collection_cases.CASES,
    *return_cases.CASES,
    *trail_cases.CASES,
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_says_so(case: Case) -> None:
    rule = BY_ID[case.rule]
    verdict = judge(rule, case.record, case.circumstances)
    assert verdict.answer == case.answer, verdict.sentence()
    if case.answer == "broken":
        assert verdict.severity == (case.severity or rule.severity)


@pytest.mark.parametrize("case", [case for case in CASES if case.answer != "held"], ids=str)
def test_it_says_why_in_words(case: Case) -> None:
    said = judge(BY_ID[case.rule], case.record, case.circumstances).sentence()
    assert said
    assert "{" not in said


def test_of_many_other_batches_the_first_five_are_named() -> None:
    record = line(also_in=tuple(f"B-{number}" for number in range(2, 9)))
    said = judge(BY_ID["C04"], record, on()).sentence()
    assert said.endswith("in B-2, B-3, B-4, B-5, B-6")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_account_stands_in_what_is_said(case: Case) -> None:
    verdict = judge(BY_ID[case.rule], case.record, case.circumstances)
    assert "ABNA" not in verdict.sentence() + repr(case.record)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_tried_in_every_way(rule: object) -> None:
    tried = {case.kind for case in CASES if case.rule == rule.id}  # type: ignore[attr-defined]
    assert tried == set(KINDS)


def test_there_are_the_27_rules_of_the_catalogue() -> None:
    wanted = [f"M{n:02}" for n in range(1, 8)] + [f"C{n:02}" for n in range(1, 11)]
    wanted += [f"R{n:02}" for n in range(1, 8)] + [f"A{n:02}" for n in range(1, 4)]
    assert [rule.id for rule in RULES] == wanted


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_where_it_comes_from_and_what_to_do(rule: object) -> None:
    assert rule.source and rule.action and rule.title  # type: ignore[attr-defined]
    assert rule.severity in SEVERITIES  # type: ignore[attr-defined]


def test_a_rule_that_is_not_in_force_does_not_judge() -> None:
    from dataclasses import replace

    rule = replace(BY_ID["C08"], effective_from=date(2026, 11, 28))
    verdict = judge(rule, FILE, on())
    assert verdict.answer == "not applicable"
    assert "2026-11-28" in verdict.sentence()
