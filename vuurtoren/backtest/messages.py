"""How many messages a rule would have sent, and why each: the live decision, over alerts of a backtest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vuurtoren.alerts.alert_content import not_knowing_severity
from vuurtoren.notifications.dispatch import MOST_SINGLE_MESSAGES
from vuurtoren.notifications.notifying import TOLD_BECAUSE, LastNotification, Reason, decide
from vuurtoren.rules.rule import BreachLevel, Rule, rank

if TYPE_CHECKING:
    from vuurtoren.backtest.backtest import Firing

LEVELS: tuple[BreachLevel, ...] = ("warning", "critical")


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
        self.firings, self.repeat_after, self.moments = firings, repeat_after, moments
        self.names = [str(number) for number in range(len(firings))]
        self.ranks = {level: rank(rule.severity_at(level)) for level in LEVELS}
        self.unknown_rank = rank(not_knowing_severity(rule))
        self.open: dict[str, int] = {}
        self.group: LastNotification | None = None
        self.last: dict[str, tuple[datetime, int]] = {}
        places = (place for each in firings for place in (each.place, each.raised, each.end_place))
        self.places = sorted({place for place in places if place is not None})

    def tell(self) -> NotificationCount:
        """Place by place, as the deliveries after each judging would have done it."""
        messages, reasons, begins, ends = 0, dict.fromkeys(TOLD_BECAUSE, 0), self._begins(), self._ends()
        done = 0
        while done < len(self.places):
            place = self.places[done]
            done = bisect_right(self.places, place, done)
            told = self._at(place, begins.get(place, ()), ends.get(place, ()))
            for reason in told:
                reasons[reason] += 1
            messages += len(told) if len(told) <= MOST_SINGLE_MESSAGES else 1
        return NotificationCount(messages, {reason: count for reason, count in reasons.items() if count})

    def _at(self, place: int, begun: Sequence[int], ended: Sequence[int]) -> list[Reason]:
        now = self.moments[place]
        opened = [self.names[number] for number in begun]
        for name, number in zip(opened, begun, strict=True):
            self.open[name] = self._rank(number, place)
        gone = [name for number in ended if self.open.pop(name := self.names[number], None) is not None]
        told = [self._decided((), now) for _ in opened]
        told += [self._decided((name,), now) for name in gone]
        if len(self.open) > len(opened):
            told += self._again(place, now, set(opened))
        if opened or gone:
            self.group = LastNotification(now, self.open.copy())
        for name in opened:
            self._remember(name, place)
        return told

    def _decided(self, resolved: Sequence[str], now: datetime) -> Reason:
        reason = decide(self.group, self.open, resolved, self.repeat_after, now)
        return "first" if reason == "do not notify" else reason

    def _again(self, place: int, now: datetime, fresh: set[str]) -> list[Reason]:
        """Open alerts that got worse, or that nobody acknowledged for too long."""
        told: list[Reason] = []
        for name in sorted(self.open.keys() - fresh):
            self.open[name] = self._rank(int(name), place)
            told_at, told_rank = self.last[name]
            before = LastNotification(told_at, {name: told_rank})
            reason = decide(before, {name: self.open[name]}, (), self.repeat_after, now)
            if reason != "do not notify":
                told.append(reason)
                self._remember(name, place)
        return told

    def _remember(self, name: str, place: int) -> None:
        self.last[name] = self.moments[place], self.open[name]
        if self.repeat_after:
            due = bisect_left(self.moments, self.moments[place] + self.repeat_after, place + 1)
            if due < len(self.moments):
                insort(self.places, due)

    def _rank(self, number: int, place: int) -> int:
        firing = self.firings[number]
        if firing.kind == "Unknown":
            return self.unknown_rank
        raised = firing.raised is None or place >= firing.raised
        return self.ranks[firing.level if raised else "warning"]

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
