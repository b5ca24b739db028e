"""The association in numbers: each subject where its DocType exists, and a list of those that do not."""

from __future__ import annotations

from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Business, Group, Reading
from vuurtoren.signals.catalogue import placed


def build(facts: Facts) -> Business:
    _ = facts.site.translate
    placements = placed("business")
    subjects: dict[str, list[Reading]] = {}
    for placement in placements:
        if facts.has(placement.needs):
            subjects.setdefault(placement.subject, []).extend(map(facts.number, placement.numbers))
    groups = tuple(Group(_(title), tuple(readings)) for title, readings in subjects.items())
    needed = dict.fromkeys(placement.needs for placement in placements)
    return Business(groups, tuple(_(doctype) for doctype in needed if not facts.has(doctype)))
