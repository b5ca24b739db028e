"""Every number of this page, so that each can be traced."""

from __future__ import annotations

from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Everything


def build(facts: Facts) -> Everything:
    return Everything(tuple(facts.read(metric) for metric in facts.snapshot))
