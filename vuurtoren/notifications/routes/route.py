"""Who hears of an alert besides the usual recipients, or instead of them: pure, over rows that are routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vuurtoren.rules.rule import rank

USUAL = ""
"""The key of the usual recipients; every other key is the name of a route."""


@dataclass(frozen=True)
class AlertRoute:
    """One line of the table: what it takes, and who reads it. Empty means any.

    `recipients` are valid addresses, at least one. Without `channels` the usual order holds. Of what an
    `instead` route takes the usual recipients do not hear.
    """

    name: str
    title: str
    recipients: tuple[str, ...]
    area: str = ""
    rule: str = ""
    severity: str = ""
    channels: tuple[str, ...] = ()
    instead: bool = False


@dataclass(frozen=True)
class About:
    """What is known of an alert when its readers are looked for; a rule without an area has an empty one."""

    severity: str
    rule: str = ""
    area: str = ""


def takes(route: AlertRoute, about: About) -> bool:
    """Whether the route takes this alert: its area, its rule, and at least its severity."""
    return (
        route.area in ("", about.area)
        and route.rule in ("", about.rule)
        and (not route.severity or rank(about.severity) >= rank(route.severity))
    )


def readers(table: Iterable[AlertRoute], about: About) -> tuple[str, ...]:
    """The keys of those who hear of it, the first one with its channels in their order; never none.

    A route without a reader takes nothing. The usual recipients come first, unless a route stands in for
    them.
    """
    taking = [route for route in table if route.recipients and takes(route, about)]
    instead = [route.name for route in taking if route.instead]
    beside = [route.name for route in taking if not route.instead]
    return (*(instead or (USUAL,)), *beside)
