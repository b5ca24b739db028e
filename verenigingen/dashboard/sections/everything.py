"""Every number of this page, so that each can be traced."""

from __future__ import annotations

from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import Everything


def build(facts: Facts) -> Everything:
    return Everything(tuple(facts.read(metric) for metric in facts.snapshot))
