"""The measured figures of the detectors as rows of the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.detectors import corpus, forecasts, numenta
from benchmarks.detectors.score import FOR_MINUTES, USUAL_SPREADS, Score, score
from benchmarks.measuring import Row
from vuurtoren.rules.rule import MINUTE
from vuurtoren.signals.catalogue import SHIPPED

STEPS = ("step up", "small step up", "doubled", "tenfold", "lasting step", "spike")


def rows(seeds: int, numenta_folder: Path | None = None) -> Iterator[Row]:
    """Our own corpus by kind of incident, the intervals of the forecasts, and a folder that was named."""
    found = score(corpus.make(seeds))
    years = seeds * len(corpus.COURSES)
    size = f"{years} metric-years, {found.incidents} incidents of {len(corpus.KINDS)} kinds"
    yield _summary(f"unusual: {USUAL_SPREADS:g} usual spreads for {FOR_MINUTES} min", size, found)
    yield Row("of steps", size, f"delay {found.median_delay(*STEPS):.0f} min", goal="≤ 15 min")
    for kind, number, of, delay in found.by_kind():
        yield Row(f"- {kind}", f"{of} incidents", f"{number / of:.0%} found", f"delay {delay:.0f} min")
    yield from _shipped(seeds)
    held = forecasts.coverage()
    for name in held.tried:
        goal = "77 to 83 % of an 80 % interval" if name == "all" else ""
        yield Row(
            f"forecasts: {name}", f"{held.tried[name]:,} intervals", f"{held.share(name):.1%}", goal=goal
        )
    if numenta_folder:
        series = list(numenta.read(numenta_folder))
        judged = score(series)
        size = f"{len(series)} series, {judged.incidents} windows after three weeks, {judged.weeks:.0f} weeks"
        yield _summary(f"the same on {numenta_folder.name}", size, judged, goal="")


def _shipped(seeds: int) -> Iterator[Row]:
    """The rules of the kind unusual that every site has, on counts of the last hour."""
    for rule in SHIPPED:
        if rule.kind == "unusual":
            found = score(corpus.last_hours(rule.metric, seeds), rules=[rule])
            told = f"{rule.threshold:g} usual spreads for {rule.for_seconds // MINUTE} min"
            size = f"{found.weeks:.0f} metric-weeks, {found.incidents} incidents"
            yield _summary(f"shipped: {rule.key}, {told}", size, found, goal="≤ 0.2 a metric-week")
            for kind, number, of, delay in found.by_kind():
                if number:
                    yield Row(
                        f"- {kind}", f"{of} incidents", f"{number / of:.0%} found", f"delay {delay:.0f} min"
                    )


def _summary(what: str, size: str, found: Score, goal: str = "≥ 80 %, ≤ 0.2 a metric-week") -> Row:
    said = f"{found.recall:.1%} found, {found.false_alarms_a_week:.3f} false alarms a metric-week"
    return Row(what, size, said, f"delay {found.median_delay():.0f} min", goal)
