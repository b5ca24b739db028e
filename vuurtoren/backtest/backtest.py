"""What a rule would have done over stored history: the live step, asked only where it can say something."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Literal, NamedTuple

from vuurtoren.alerts.judging import Labels
from vuurtoren.alerts.state import Patience, Phase, RuleState, Transition, step
from vuurtoren.backtest.messages import NotificationCount, told_about
from vuurtoren.backtest.timeline import ANSWERS, SHORTEST_STEP, UNKNOWN, Timeline, timelines
from vuurtoren.metrics.history.reading import Sample
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


class Happened(NamedTuple):
    """What the step said at one place of a timeline."""

    place: int
    transition: Transition
    level: BreachLevel


class Firing(NamedTuple):
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
    lived = [each for each in done.firings if each.kind == "Breach" or ran_during(each, ran, done.until)]
    told = told_about(lived, done.rule, repeat_after, lines[0].moments)
    return replace(done, firings=tuple(lived), off=len(done.firings) - len(lived), told=told)


def ran_during(firing: Firing, ran: Sequence[datetime], until: datetime) -> bool:
    """Whether the monitor ran while this was open; the tick that ends a stretch is no part of it."""
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
    worst = max if rule.operator in (">", ">=") else min
    for each in _paired(replay.happened(answers)):
        yield _firing(each, line, worst)


class RuleReplay:
    """Stepping through a timeline where that can say something new; `state` is where it stands.

    Within a run of equal answers that is its first moment, and when a patience runs out: at every other
    moment the step repeats itself. Runs too short to outlast a patience, between two of the other kind,
    change nothing either and are passed over.
    """

    def __init__(self, line: Timeline, patience: Patience, *, leveled: bool) -> None:
        self.line, self.patience = line, patience
        self.state = RuleState()
        self._waits: Mapping[Phase, timedelta] = {
            "Pending": timedelta(seconds=patience.for_seconds),
            "Recovering": timedelta(seconds=patience.keep_firing_seconds),
        }
        unknown_for = patience.unknown_for_seconds
        self._unknown_for = None if unknown_for is None else timedelta(seconds=unknown_for)
        self._wakes = {
            ("Inactive", "ok"): Lasting.of(b"[\x01\x02]", patience.for_seconds, line.longest_step),
        }
        if not leveled:
            wakes = Lasting.of(b"\x00", patience.keep_firing_seconds, line.longest_step)
            self._wakes["Firing", "breached"] = wakes

    def happened(self, answers: bytes) -> Iterator[Happened]:
        """What stepping through every moment says, repetitions left out."""
        place, moments = 0, self.line.moments
        while place < len(answers):
            end = self.line.run_end(answers, place)
            answer, level = ANSWERS[answers[place]]
            while place < end:
                self.state, transitions = step(self.state, answer, self.patience, moments[place], level)
                for transition in transitions:
                    if transition not in REPEATED:
                        yield Happened(place, transition, self.state.level)
                place = self._next_to_ask(place, end) if place + 1 < end else end
            if end < len(answers):
                place = self._pass_over(answers, end)

    def _next_to_ask(self, place: int, end: int) -> int:
        """The first later moment of the run at which something that is waited for has lasted long enough."""
        state, due = self.state, None
        if state.answer == "unknown":
            if state.answer_since and self._unknown_for is not None and not state.unknown_told:
                due = state.answer_since + self._unknown_for
        elif state.phase in self._waits and state.phase_since:
            due = state.phase_since + self._waits[state.phase]
        if state.critical_phase in self._waits and state.critical_since and state.answer != "unknown":
            also_due = state.critical_since + self._waits[state.critical_phase]
            due = min(due, also_due) if due else also_due
        return bisect_left(self.line.moments, due, place + 1, end) if due else end

    def _pass_over(self, answers: bytes, place: int) -> int:
        """The place to go on at: that of a run that lasts, or of the last short one before not knowing."""
        wakes = self._wakes.get((self.state.phase, self.state.answer or "ok"))
        if wakes is None:
            return place
        cut = self.line.next_cut(place - 1)
        if cut == place:
            return place
        until = wakes.next(answers, self.line.moments, place, cut)
        if until < cut and answers[until] != UNKNOWN:
            return until
        usual = b"\x00" if self.state.phase == "Inactive" else b"\x01"
        last_short = len(answers[place:until].rstrip(usual))
        return answers.rfind(usual, place, place + last_short) + 1 or place


@dataclass(frozen=True)
class Lasting:
    """Runs of an answer that outlast a patience, and answers of not knowing."""

    runs: re.Pattern[bytes]
    wait: timedelta

    @classmethod
    def of(cls, answer: bytes, seconds: float, longest_step: timedelta) -> Lasting | None:
        """None where every run outlasts it."""
        moments = ceil(timedelta(seconds=seconds) / longest_step) + 1
        runs = re.compile(answer + b"{%d,}|\x03" % moments)
        return cls(runs, timedelta(seconds=seconds)) if seconds else None

    def next(self, answers: bytes, moments: Sequence[datetime], place: int, end: int) -> int:
        """Where the next of them begins, from this place on; `end` where there is none before it."""
        for run in self.runs.finditer(answers, place, end):
            first, last = run.start(), run.end() - 1
            if answers[first] == UNKNOWN or moments[last] - moments[first] >= self.wait:
                return first
        return end


@dataclass
class _Open:
    """An alert of which no more is known yet than this."""

    kind: Kind
    place: int
    level: BreachLevel
    raised: int | None = None
    end: int | None = None


def _paired(happened: Iterable[Happened]) -> Iterator[_Open]:
    """Each beginning with its end."""
    open_now: dict[Kind, _Open] = {}
    for place, transition, level in happened:
        if transition in BEGINS:
            kind = BEGINS[transition]
            open_now[kind] = _Open(kind, place, level if kind == "Breach" else "warning")
        elif transition in ENDS:
            ended = open_now.pop(ENDS[transition])
            ended.end = place
            yield ended
        elif transition is Transition.RAISED and open_now["Breach"].level == "warning":
            raised = open_now["Breach"]
            raised.level, raised.raised = "critical", place
    yield from open_now.values()


def _firing(each: _Open, line: Timeline, worst: Callable[[Iterable[float]], float]) -> Firing:
    place, end, moments = each.place, each.end, line.moments
    ended = None if end is None else moments[end]
    most = None
    if each.kind == "Breach":
        values = line.values[place:end]
        gaps = line.unknown.find(UNKNOWN, place, end) >= 0
        most = worst([value for value in values if value == value] if gaps else values)
    return Firing(line.labels, each.kind, moments[place], ended, each.level, most, place, end, each.raised)
