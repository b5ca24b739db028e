"""Whom and what a fault touched: the sentence, and the list of documents that the reader may open."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.analytics.reach import sentence
from vuurtoren.analytics.reach.reach import Reach, Start, follow
from vuurtoren.pages.facts import Facts
from vuurtoren.site.quantities import money

LISTED = 100


@dataclass(frozen=True)
class Listed:
    """One document, what it is about in money, and its form."""

    doctype: str
    name: str
    money: str
    href: str


@dataclass(frozen=True)
class ReachBlock:
    """The line, what is missing from it, and the documents; `more` are not listed."""

    said: str
    hidden: str
    listed: tuple[Listed, ...]
    more: int


def reach_of(facts: Facts, start: Start | None) -> ReachBlock | None:
    """None where the fault names nothing that anybody could be told of."""
    if start is None:
        return None
    reach = follow(facts.site, start)
    said, hidden = sentence.said(facts.site, reach), sentence.hidden(facts.site, reach)
    return ReachBlock(said, hidden, *_listed(facts, reach)) if said or hidden else None


def _listed(facts: Facts, reach: Reach) -> tuple[tuple[Listed, ...], int]:
    ordered = sorted(reach.documents, key=lambda each: (-(each.amount or 0), each.doctype, each.name))
    listed = tuple(
        Listed(
            facts.translate(each.doctype),
            each.name,
            money(each.amount, each.currency, facts.translate) if each.amount is not None else "",
            facts.form_href(each.doctype, each.name),
        )
        for each in ordered[:LISTED]
    )
    return listed, len(ordered) - len(listed)
