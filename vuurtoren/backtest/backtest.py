"""What a rule would have done over stored history: the live step, asked only where it can say something."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from vuurtoren.alerts.judging import Labels
from vuurtoren.alerts.state import Answer, Patience, RuleState, Transition, step
from vuurtoren.backtest.messages import NotificationCount, told_about
from vuurtoren.backtest.timeline import ANSWERS, SHORTEST_STEP, Sample, Timeline, timelines
from vuurtoren.rules.rule import BreachLevel, Rule

Kind = Literal["Breach", "Unknown"]
REPEATED = (Transition.SEEN_AGAIN, Transition.UNKNOWN_SEEN_AGAIN)
"""What live judging counts at every tick, and nobody is told."""
BEGINS: Mapping[Transition, Kind] = {
    Transition.OPENED: "Breach", Transition.UNKNOWN_OPENED: "Unknown",
}  # fmt: skip
ENDS: Mapping[Transition, Kind] = {
    Transition.RESOLVED: "Breach", Transition.UNKNOWN_RESOLVED: "Unknown",
}  # fmt: skip


@dataclass(frozen=True)
class Happened:
    """What the step said at one place of a timeline."""

    place: int
    transition: Transition
    level: BreachLevel


@dataclass(frozen=True)
class Firing:
    """One alert that would have been opened; `ended` is None where it would still be open.

    `level` is the worst one it reached, `raised` the place where, `worst` its worst value (None of an alert
    about not knowing). `place` and `end_place` count the moments of the timeline.
    """

    labels: Labels
    kind: Kind
    opened: datetime
    ended: datetime | None
    level: BreachLevel
    worst: float | None
    place: int
    end_place: int | None = None
    raised: int | None = None


@dataclass(frozen=True)
class Backtest:
    """What a rule would have done; `unknown_share` is the part of the moments at which nothing was known, and
    `off` counts the stretches of it in which the monitor did not run (see `as_lived`)."""

    rule: Rule
    since: datetime
    until: datetime
    moments: int
    unknown_share: float
    firings: tuple[Firing, ...]
    told: NotificationCount
    off: int = 0

    @property
    def breaches(self) -> int:
        """How many alerts because the threshold was passed."""
        return sum(firing.kind == "Breach" for firing in self.firings)

    @property
    def unmeasured(self) -> int:
        """How many alerts because the metric could not be measured for longer than the rule waits."""
        return len(self.firings) - self.breaches


def as_lived(
    done: Backtest, ran: Sequence[datetime], lines: Sequence[Timeline], repeat_after: timedelta | None
) -> Backtest:
    """The same without the stretches of not knowing in which the monitor did not run: nobody was told there.

    `ran` are the moments at which it is known to have run, in order.
    """
    lived = [each for each in done.firings if each.kind == "Breach" or _ran_during(each, ran, done.until)]
    told = told_about(lived, done.rule, repeat_after, lines[0].moments)
    return replace(done, firings=tuple(lived), off=len(done.firings) - len(lived), told=told)


def _ran_during(firing: Firing, ran: Sequence[datetime], until: datetime) -> bool:
    """The tick that ends a stretch is no part of it."""
    ended = (firing.ended or until) - SHORTEST_STEP
    return bisect_left(ran, firing.opened) < bisect_left(ran, ended)


def backtest(rule: Rule, lines: Sequence[Timeline], repeat_after: timedelta | None = None) -> Backtest:
    """Judge every moment of the timelines of the rule's metric, with its own thresholds and patience.

    Raises ValueError without a timeline: what nothing was stored of says nothing.
    """
    if not lines:
        raise ValueError("there is no history to judge")
    found = [firing for line in lines for firing in firings(rule, line)]
    found.sort(key=lambda firing: (firing.place, firing.labels))
    moments = lines[0].moments
    return Backtest(
        rule,
        moments[0],
        moments[-1],
        len(moments),
        (len(moments) - lines[0].unknown.count(0)) / len(moments),
        tuple(found),
        told_about(found, rule, repeat_after, moments),
    )


def over(
    rule: Rule,
    series: Mapping[Labels, Sequence[Sample]],
    until: datetime,
    repeat_after: timedelta | None = None,
) -> Backtest:
    """The same from samples by labels."""
    return backtest(rule, timelines(series, rule.interval, until), repeat_after)


def patience_of(rule: Rule) -> Patience:
    return Patience(rule.for_seconds, rule.keep_firing_seconds, rule.unknown_for_seconds)


def firings(rule: Rule, line: Timeline) -> Iterator[Firing]:
    """The alerts that one series would have opened, each as soon as its end is known."""
    replay = RuleReplay(line, patience_of(rule), leveled=rule.critical_threshold is not None)
    answers = line.answers(rule.operator, rule.threshold, rule.critical_threshold)
    for firing in _paired(replay.happened(answers), line):
        yield _with_worst(rule, firing, line)


class RuleReplay:
    """Stepping through a timeline where that can say something new; `state` is where it stands.

    Within a run of equal answers that is its first moment, and when a patience runs out: at every other
    moment the step repeats itself. Runs too short to outlast a patience, between two of the other kind,
    change nothing either and are passed over.
    """

    def __init__(self, line: Timeline, patience: Patience, *, leveled: bool) -> None:
        self.line, self.patience = line, patience
        self.state = RuleState()
        seconds = (patience.for_seconds, patience.keep_firing_seconds, patience.unknown_for_seconds)
        self._waits = sorted({timedelta(seconds=each) for each in seconds if each})
        self._wakes = {
            ("Inactive", "ok"): _lasting(b"[\x01\x02]", patience.for_seconds, line.longest_step),
        }
        if not leveled:
            wakes = _lasting(b"\x00", patience.keep_firing_seconds, line.longest_step)
            self._wakes["Firing", "breached"] = wakes

    def happened(self, answers: bytes) -> Iterator[Happened]:
        """What stepping through every moment says, repetitions left out."""
        first, line = 0, self.line
        while first < len(answers):
            end = line.run_end(answers, first)
            yield from self._run(ANSWERS[answers[first]], first, end)
            first = self._pass_over(answers, end) if end < len(answers) else end

    def _run(self, given: tuple[Answer, BreachLevel], place: int, end: int) -> Iterator[Happened]:
        answer, level = given
        while place < end:
            at = self.line.moments[place]
            self.state, transitions = step(self.state, answer, self.patience, at, level)
            for transition in transitions:
                if transition not in REPEATED:
                    yield Happened(place, transition, self.state.level)
            place = self._next_to_ask(place, end) if place + 1 < end else end

    def _next_to_ask(self, place: int, end: int) -> int:
        """The first later moment of the run at which something that is waited for has lasted long enough."""
        moments, state = self.line.moments, self.state
        due = [
            since + wait
            for since in (state.phase_since, state.critical_since, state.answer_since)
            if since
            for wait in self._waits
            if since + wait > moments[place]
        ]
        return bisect_left(moments, min(due), place + 1, end) if due else end

    def _pass_over(self, answers: bytes, place: int) -> int:
        """The place to go on at: that of the last short run before one that lasts, or before not knowing."""
        wakes = self._wakes.get((self.state.phase, self.state.answer or "ok"))
        if wakes is None or self.line.next_cut(place - 1) == place:
            return place
        cut = self.line.next_cut(place)
        lasting = wakes.search(answers, place, cut)
        until = lasting.start() if lasting else cut
        usual = b"\x00" if self.state.phase == "Inactive" else b"\x01"
        last_short = len(answers[place:until].rstrip(usual))
        return answers.rfind(usual, place, place + last_short) + 1 or place


def _lasting(answer: bytes, seconds: float, longest_step: timedelta) -> re.Pattern[bytes] | None:
    """What finds the next run of this answer that may outlast the patience; None where every run may."""
    moments = ceil(timedelta(seconds=seconds) / longest_step) + 1
    return re.compile(answer + b"{%d,}|\x03" % moments) if seconds else None


def _paired(happened: Iterable[Happened], line: Timeline) -> Iterator[Firing]:
    """Each beginning with its end."""
    open_now: dict[Kind, Firing] = {}
    for each in happened:
        if each.transition in BEGINS:
            kind = BEGINS[each.transition]
            level = each.level if kind == "Breach" else "warning"
            at = line.moments[each.place]
            open_now[kind] = Firing(line.labels, kind, at, None, level, None, each.place)
        elif each.transition in ENDS:
            firing = open_now.pop(ENDS[each.transition])
            yield replace(firing, ended=line.moments[each.place], end_place=each.place)
        elif each.transition is Transition.RAISED and open_now["Breach"].level == "warning":
            open_now["Breach"] = replace(open_now["Breach"], level="critical", raised=each.place)
    yield from open_now.values()


def _with_worst(rule: Rule, firing: Firing, line: Timeline) -> Firing:
    if firing.kind == "Unknown":
        return firing
    values = [value for value in line.values[firing.place : firing.end_place] if value == value]
    return replace(firing, worst=max(values) if rule.operator in (">", ">=") else min(values))
