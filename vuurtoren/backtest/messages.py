"""How many messages a rule would have sent, and why each: the live decision, over alerts of a backtest."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from vuurtoren.notifications.dispatch import MOST_SINGLE_MESSAGES
from vuurtoren.notifications.notifying import LastNotification, Reason, decide
from vuurtoren.rules.rule import Rule, rank

if TYPE_CHECKING:
    from vuurtoren.backtest.backtest import Firing


@dataclass(frozen=True)
class NotificationCount:
    """How many messages by the first channel, and how often for which reason.

    Several things at once may be one message, so the reasons may be more than the messages.
    """

    messages: int = 0
    reasons: Mapping[Reason, int] = field(default_factory=dict)


def told_about(
    firings: Sequence[Firing], rule: Rule, repeat_after: timedelta | None, moments: Sequence[datetime]
) -> NotificationCount:
    """What people would have been told had nobody acknowledged or silenced anything."""
    teller = _NotificationCounter(firings, rule, repeat_after, moments)
    return teller.tell()


class _NotificationCounter:
    def __init__(
        self,
        firings: Sequence[Firing],
        rule: Rule,
        repeat_after: timedelta | None,
        moments: Sequence[datetime],
    ) -> None:
        self.firings, self.rule, self.repeat_after, self.moments = firings, rule, repeat_after, moments
        self.open: dict[str, int] = {}
        self.group: LastNotification | None = None
        self.last: dict[str, LastNotification] = {}
        self.places = [
            place
            for firing in firings
            for place in (firing.place, firing.raised, firing.end_place)
            if place is not None
        ]
        heapify(self.places)

    def tell(self) -> NotificationCount:
        """Place by place, as the deliveries after each judging would have done it."""
        messages, reasons, begins, ends = 0, Counter[Reason](), self._begins(), self._ends()
        while self.places:
            place = heappop(self.places)
            while self.places and self.places[0] == place:
                heappop(self.places)
            told = self._at(place, begins.get(place, []), ends.get(place, []))
            reasons.update(told)
            messages += len(told) if len(told) <= MOST_SINGLE_MESSAGES else 1
        return NotificationCount(messages, dict(reasons))

    def _at(self, place: int, begun: Sequence[int], ended: Sequence[int]) -> list[Reason]:
        now = self.moments[place]
        self.open |= {str(number): self._rank(number, place) for number in begun}
        gone = [str(number) for number in ended if self.open.pop(str(number), None) is not None]
        told = [self._decided((), now) for _ in begun] + [self._decided([name], now) for name in gone]
        told += self._again(place, now, {str(number) for number in begun})
        if begun or gone:
            self.group = LastNotification(now, dict(self.open))
        for number in begun:
            self._remember(str(number), place)
        return told

    def _decided(self, resolved: Sequence[str], now: datetime) -> Reason:
        reason = decide(self.group, self.open, resolved, self.repeat_after, now)
        return "first" if reason == "do not notify" else reason

    def _again(self, place: int, now: datetime, fresh: set[str]) -> list[Reason]:
        """Open alerts that got worse, or that nobody acknowledged for too long."""
        told: list[Reason] = []
        for name in sorted(self.open.keys() - fresh):
            self.open[name] = self._rank(int(name), place)
            reason = decide(self.last[name], {name: self.open[name]}, (), self.repeat_after, now)
            if reason != "do not notify":
                told.append(reason)
                self._remember(name, place)
        return told

    def _remember(self, name: str, place: int) -> None:
        self.last[name] = LastNotification(self.moments[place], {name: self.open[name]})
        if self.repeat_after:
            due = bisect_left(self.moments, self.moments[place] + self.repeat_after, place + 1)
            if due < len(self.moments):
                heappush(self.places, due)

    def _rank(self, number: int, place: int) -> int:
        firing = self.firings[number]
        if firing.kind == "Unknown":
            return min(rank(self.rule.severity), rank("MEDIUM"))
        raised = firing.raised is None or place >= firing.raised
        return rank(self.rule.severity_at(firing.level if raised else "warning"))

    def _begins(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, firing in enumerate(self.firings):
            found.setdefault(firing.place, []).append(number)
        return found

    def _ends(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, firing in enumerate(self.firings):
            if firing.end_place is not None:
                found.setdefault(firing.end_place, []).append(number)
        return found
