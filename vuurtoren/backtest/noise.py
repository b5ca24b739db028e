"""What a week of alerts comes to: times to acknowledge and to resolve, and the noisiest rules; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from vuurtoren.site.values import Row


@dataclass(frozen=True)
class Times:
    """How long something took: of how many alerts, and the median and the longest in seconds."""

    count: int
    median_seconds: float | None = None
    longest_seconds: float | None = None


@dataclass(frozen=True)
class Noise:
    """How often one rule (or one type of event) fired, and what people had of it."""

    source: str
    fired: int
    acknowledged: int
    messages: int
    open_seconds: float


def times_to(rows: Iterable[Row], field: str, since: datetime) -> Times:
    """From the opening of each alert to `field` (acknowledged_at, resolved_at), where that was since then."""
    seconds = [
        max(0.0, (row[field] - row["timestamp"]).total_seconds())
        for row in rows
        if row[field] is not None and row[field] >= since
    ]
    return Times(len(seconds), median(seconds), max(seconds)) if seconds else Times(0)


def noisiest(rows: Sequence[Row], messages: Mapping[str, int], since: datetime, now: datetime) -> list[Noise]:
    """Every source of alerts that opened since then, the one that fired most often first.

    `messages` holds how many messages left about each alert, by its name.
    """
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(source_of(row), []).append(row)
    noise = [_noise(source, its_rows, messages, since, now) for source, its_rows in by_source.items()]
    return sorted((each for each in noise if each.fired), key=_loudest_first)


def source_of(row: Row) -> str:
    """The key of the rule that opened the alert, or the type of the event."""
    return str(row["rule"] or row["alert_type"])


def _noise(
    source: str, rows: Sequence[Row], messages: Mapping[str, int], since: datetime, now: datetime
) -> Noise:
    opened = [row for row in rows if row["timestamp"] >= since]
    return Noise(
        source,
        fired=len(opened),
        acknowledged=sum(row["acknowledged_at"] is not None for row in opened),
        messages=sum(messages.get(str(row["name"]), 0) for row in rows),
        open_seconds=sum(_open_seconds(row, since, now) for row in rows),
    )


def _open_seconds(row: Row, since: datetime, now: datetime) -> float:
    """How long the alert was open within the window."""
    began: datetime = max(row["timestamp"], since)
    ended: datetime = row["resolved_at"] or now
    return max(0.0, (ended - began).total_seconds())


def _loudest_first(noise: Noise) -> tuple[int, int, str]:
    return -noise.fired, -noise.messages, noise.source
