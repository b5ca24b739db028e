"""“Try another threshold”: what the rule would have done with it, beside the rule or its alert."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from vuurtoren.backtest.request import CannotBacktest, ask, in_force
from vuurtoren.pages.backtest_page import fragment
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address
from vuurtoren.rules.rule import Rule
from vuurtoren.site.words.words import reason, said

DAYS = 30


@dataclass(frozen=True)
class Trying:
    """A rule with its threshold now, the one that is tried, and what that would have done."""

    rule: str
    title: str
    unit: str
    operator: str
    now: str
    tried: str
    answer: Markup
    refused: str = ""


def trying(facts: Facts, rule: Rule, address: Address) -> Trying | None:
    """None for a rule without a threshold to choose."""
    if not rule.adjustable:
        return None
    tried, answer, refused = address.text("try"), Markup(), ""
    if tried:
        try:
            asked = ask(facts.site, in_force(facts.site, rule.key, {"threshold": tried}), DAYS)
            answer = fragment(facts.site, asked)
        except CannotBacktest as problem:
            refused = said(reason(problem), facts.translate)
    now = f"{facts.settings.thresholds.values[rule.key]:.12g}"
    return Trying(
        rule.key,
        facts.translate(rule.title),
        facts.translate(rule.threshold_unit),
        rule.operator,
        now,
        tried,
        answer,
        refused,
    )
