"""The moments at which a rule would have been judged, and what was known at each; pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import repeat
from math import ceil, nan
from operator import sub

from vuurtoren.alerts.state import Answer
from vuurtoren.metrics.history.reading import Sample, Samples
from vuurtoren.rules.rule import COMPARE, BreachLevel, Interval, Labels, Operator

GAP_STEPS = 2.5
"""How many usual distances may lie between two samples before nothing is known of the time between."""
USUAL_OF = 1000
SHORTEST_STEP = timedelta(minutes=1)
"""The usual distance is the median of the newest so many, and never shorter than this."""
BLOCKS = (256, 16, 1)
PERIODS: dict[Interval, timedelta] = {
    "tick": timedelta(0), "hourly": timedelta(hours=1), "daily": timedelta(days=1),
}  # fmt: skip
ANSWERS: tuple[tuple[Answer, BreachLevel], ...] = (
    ("ok", "warning"), ("breached", "warning"), ("breached", "critical"), ("unknown", "warning"),
)  # fmt: skip
"""What each byte of `Timeline.answers` stands for."""
UNKNOWN = 3
NOT_A_NUMBER = nan
RUN = re.compile(rb"\x00+|\x01+|\x02+|\x03+")


@dataclass(frozen=True)
class Timeline:
    """One series: moments in the order of time (site time, so it may go back where a clock did), its values
    (not-a-number where there is none), a byte for each moment, `UNKNOWN` where nothing was measured, and what
    no two moments lie further apart than."""

    labels: Labels
    moments: Sequence[datetime]
    values: Sequence[float]
    unknown: bytes
    longest_step: timedelta
    bases: Sequence[float] | None = None
    scales: Sequence[float] | None = None
    """Of a rule that learns: its limit at each moment is the base and its threshold times the scale, where
    both are numbers; elsewhere nothing was learned."""

    @cached_property
    def numbers(self) -> list[float]:
        """The known values alone, as a threshold would be compared with them."""
        if self.bases is None or self.scales is None:
            return [value for value in self.values if value == value]
        apart = zip(self.values, self.bases, self.scales, strict=True)
        scores = ((value - base) / scale for value, base, scale in apart if scale)
        return [score for score in scores if score == score]

    @cached_property
    def backwards(self) -> list[int]:
        """The places before which the clock was set back."""
        uneven = _uneven(self.moments, usual_distance(self.moments))
        return [place + 1 for place, distance in uneven if distance < timedelta(0)]

    def answers(self, operator: Operator, threshold: float, critical: float | None = None) -> bytes:
        """A byte for each moment, see ANSWERS; the comparison is the one of live judging."""
        breached = _bits(operator, self.values, self._limits(threshold))
        if critical is not None:
            breached += breached & _bits(operator, self.values, self._limits(critical))
        return (breached + int.from_bytes(self.unknown, "big")).to_bytes(len(self.unknown), "big")

    def judged_by(self, bases: Sequence[float], scales: Sequence[float]) -> Timeline:
        """The same with a limit that moves; not-a-number where nothing was learned, which is not known."""
        learned = (base == base and scale == scale for base, scale in zip(bases, scales, strict=True))
        unknown = bytes(
            known if there else UNKNOWN for there, known in zip(learned, self.unknown, strict=True)
        )
        return replace(self, unknown=unknown, bases=bases, scales=scales)

    def _limits(self, threshold: float) -> Iterable[float]:
        if self.bases is None or self.scales is None:
            return repeat(threshold)
        return (base + scale * threshold for base, scale in zip(self.bases, self.scales, strict=True))

    def run_end(self, answers: bytes, first: int) -> int:
        """Where the run of one answer that begins here ends; it ends too where the clock was set back."""
        run = RUN.match(answers, first)
        end = run.end() if run else first + 1
        return min(end, self.next_cut(first)) if self.backwards else end

    def next_cut(self, place: int) -> int:
        """The next later place before which the clock was set back, or the end."""
        if not self.backwards:
            return len(self.moments)
        following = bisect_right(self.backwards, place)
        return self.backwards[following] if following < len(self.backwards) else len(self.moments)


def timelines(
    series: Mapping[Labels, Sequence[Sample]], interval: Interval, until: datetime
) -> tuple[Timeline, ...]:
    """The series of one metric, all with the same moments, the last of them at most `until`.

    Where none of them has a sample for long, nothing is known. Where only some have one, the others were not
    reported, which ends what they had open, as in live judging.
    """
    known = {labels: _thinned(samples, PERIODS[interval]) for labels, samples in series.items() if samples}
    if len(known) <= 1:
        return tuple(_timeline(labels, samples, until) for labels, samples in known.items())
    together = sorted({at for samples in known.values() for at in samples.moments})
    return tuple(_timeline(labels, _at_all(together, samples), until) for labels, samples in known.items())


def _at_all(moments: Sequence[datetime], samples: Samples) -> Samples:
    values = dict(samples)
    return Samples(moments, [values.get(at, NOT_A_NUMBER) for at in moments])


def _thinned(samples: Iterable[Sample], period: timedelta) -> Samples:
    """The first sample of each hour or day, for a rule that is judged only so often."""
    if not period:
        return Samples.of(samples)
    first: dict[int, Sample] = {}
    for sample in samples:
        first.setdefault((sample[0] - datetime.min) // period, sample)
    return Samples.of(first.values())


def _timeline(labels: Labels, samples: Samples, until: datetime) -> Timeline:
    moments, values = samples.moments, samples.values
    step = usual_distance(moments)
    longest = step * GAP_STEPS
    holes = [hole for hole in _uneven([*moments, max(until, moments[-1])], step) if hole[1] > longest]
    if not holes:
        return Timeline(labels, moments, values, bytes(len(values)), longest)
    return _filled(Timeline(labels, moments, values, b"", longest), holes, step)


def usual_distance(moments: Sequence[datetime]) -> timedelta:
    """The median distance of the newest moments, at least a minute."""
    newest = moments[-USUAL_OF:]
    distances = sorted(map(sub, newest[1:], newest))
    return max(distances[len(distances) // 2] if distances else SHORTEST_STEP, SHORTEST_STEP)


def _uneven(
    moments: Sequence[datetime], step: timedelta, within: range | None = None, sizes: Sequence[int] = BLOCKS
) -> Iterator[tuple[int, timedelta]]:
    """Places and their distance to the next one where that is another than `step`: of large blocks those
    that take longer or shorter are looked through in smaller ones."""
    size, *smaller = sizes
    whole = within or range(len(moments) - 1)
    for first in range(whole.start, whole.stop, size):
        end = min(first + size, whole.stop)
        distance = moments[end] - moments[first]
        if distance == step * (end - first):
            continue
        if smaller:
            yield from _uneven(moments, step, range(first, end), smaller)
        else:
            yield first, distance


def _filled(given: Timeline, holes: Iterable[tuple[int, timedelta]], step: timedelta) -> Timeline:
    """With a moment of not knowing at every usual distance within each hole."""
    moments: list[datetime] = []
    values: list[float] = []
    unknown, first = bytearray(), 0
    for hole, distance in holes:
        end = hole + 1
        missing = [given.moments[hole] + step * number for number in range(1, ceil(distance / step))]
        moments += [*given.moments[first:end], *missing]
        values += [*given.values[first:end], *repeat(NOT_A_NUMBER, len(missing))]
        unknown += bytes(end - first) + bytes([UNKNOWN]) * len(missing)
        first = end
    rest = given.moments[first:]
    unknown += bytes(len(rest))
    known = [*values, *given.values[first:]]
    return Timeline(given.labels, [*moments, *rest], known, bytes(unknown), given.longest_step)


def _bits(operator: Operator, values: Sequence[float], limits: Iterable[float]) -> int:
    """One byte for each value, 1 where it passes, as one large number: such numbers add up at once."""
    return int.from_bytes(bytes(map(COMPARE[operator], values, limits)), "big")
