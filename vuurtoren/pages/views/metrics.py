"""All numbers by area: value, unit, limit, age and source; those without a value with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.source import NEEDS_SECOND
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address
from vuurtoren.pages.frame.answers import Answer, Shown, as_csv
from vuurtoren.pages.parts import Reading, UnknownNumbers, unknown_by_reason
from vuurtoren.pages.views.blocks.areas import AREAS, OTHER, Area, area_of
from vuurtoren.site.protocol import in_bench

COLUMNS = ("key", "labels", "title", "value", "unit", "limit", "measured_at", "source", "reason")


@dataclass(frozen=True)
class MetricRow:
    """One number with the sentence that says what it is."""

    reading: Reading
    help: str
    which: str


@dataclass(frozen=True)
class AreaOfNumbers:
    """The numbers of one area, and what has no value there: unknown, or not applicable on this site."""

    key: str
    title: str
    rows: tuple[MetricRow, ...]
    unknown: tuple[UnknownNumbers, ...]
    not_applicable: tuple[UnknownNumbers, ...]


@dataclass(frozen=True)
class MetricsPage:
    """The areas that hold what was looked for."""

    areas: tuple[AreaOfNumbers, ...]
    searched: str
    total: int
    known: int
    csv: str


def build(facts: Facts, address: Address) -> Answer:
    searched = address.text("find")
    metrics = [metric for metric in facts.snapshot if _fits(facts, metric, searched)]
    if address.text("as") == "csv":
        return as_csv("numbers", COLUMNS, (_plain(facts, metric) for metric in metrics))
    page = MetricsPage(
        areas=tuple(filter(None, (_area(facts, area, metrics) for area in (*AREAS, OTHER)))),
        searched=searched,
        total=len(metrics),
        known=sum(metric.known for metric in metrics),
        csv=address.href(**{"as": "csv"}),
    )
    return Shown(facts.translate("Numbers"), "views/metrics.html", page)


def optional(facts: Facts, metric: Metric) -> bool:
    """Whether nobody would be told that this number is unknown: the site need not have what it counts."""
    told = [rule for rule in facts.judging.get(metric.key, ()) if rule.tells_not_knowing]
    return not [rule for rule in told if in_bench(facts.site) or not rule.bench_fact]


def _fits(facts: Facts, metric: Metric, searched: str) -> bool:
    promise = facts.promises.get(metric.key)
    said = facts.translate(promise.help) if promise and promise.help else ""
    text = f"{metric.key} {facts.title(metric.key)} {said} {_which(metric)}"
    return all(word in text.casefold() for word in searched.casefold().split())


def _area(facts: Facts, area: Area, metrics: Iterable[Metric]) -> AreaOfNumbers | None:
    inside = [metric for metric in metrics if area_of(metric.key) is area]
    if not inside:
        return None
    without = [metric for metric in inside if not metric.known]
    absent = [metric for metric in without if optional(facts, metric) and metric.reason != NEEDS_SECOND]
    unknown = [metric for metric in without if metric not in absent]
    return AreaOfNumbers(
        area.key,
        facts.translate(area.title),
        tuple(_row(facts, metric) for metric in inside if metric.known),
        tuple(unknown_by_reason(map(facts.read, unknown))),
        tuple(unknown_by_reason(map(facts.read, absent))),
    )


def _row(facts: Facts, metric: Metric) -> MetricRow:
    promise = facts.promises.get(metric.key)
    return MetricRow(
        facts.read(metric), facts.translate(promise.help) if promise and promise.help else "", _which(metric)
    )


def _which(metric: Metric) -> str:
    return ", ".join(f"{name} {value}" for name, value in metric.labels)


def _plain(facts: Facts, metric: Metric) -> tuple[object, ...]:
    reading = facts.read(metric)
    return (
        metric.key, _which(metric), reading.label, metric.value, metric.unit, reading.limit,
        metric.measured_at, metric.source, metric.reason,
    )  # fmt: skip
