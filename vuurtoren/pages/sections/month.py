"""The month in two minutes: what became better, what needs somebody, and what it costs to wait."""

from __future__ import annotations

from vuurtoren.analytics.monthly.review import DAYS, FORMULA, review
from vuurtoren.analytics.monthly.words import headline_of, parts_of
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Month


def build(facts: Facts) -> Month:
    """Each sentence with the question that its numbers answer."""
    found = review(facts.site)
    parts = [
        (title, tuple((each.text, each.source) for each in told))
        for title, told in parts_of(facts.site, found)
        if told
    ]
    return Month(headline_of(facts.site, found), DAYS, tuple(parts), facts.site.translate(FORMULA))
