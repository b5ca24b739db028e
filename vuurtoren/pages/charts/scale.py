"""Axes: round numbers for values and for times."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil, floor, log10

ROUND_STEPS = (1, 2, 2.5, 5, 10)
WHOLE = ("count", "rows", "bytes")
HOURS_BETWEEN_TICKS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 720, 2160)


def value_ticks(highest: float, unit: str, wanted: int = 2) -> list[float]:
    """Round values from 0 to at least `highest`; a percentage always ends at 100."""
    if unit == "%" and highest <= 100:
        return [0.0, 50.0, 100.0]
    step = _round_step(max(highest, 0.0) / wanted, whole=unit in WHOLE)
    count = max(wanted, ceil(highest / step - 1e-9))
    return [step * index for index in range(count + 1)]


def time_ticks(since: datetime, until: datetime, most: int = 4) -> list[datetime]:
    """Whole hours (or midnights) between the two moments, at most about `most`."""
    hours = (until - since) / timedelta(hours=1)
    between = next((step for step in HOURS_BETWEEN_TICKS if hours / step <= most), HOURS_BETWEEN_TICKS[-1])
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    first = floor((since - midnight) / timedelta(hours=between)) + 1
    ticks = []
    moment = midnight + first * timedelta(hours=between)
    while moment <= until:
        ticks.append(moment)
        moment += timedelta(hours=between)
    return ticks


def _round_step(rough: float, *, whole: bool) -> float:
    if rough <= 0:
        return 1.0
    magnitude = 10.0 ** floor(log10(rough))
    step = next(factor * magnitude for factor in ROUND_STEPS if factor * magnitude >= rough * (1 - 1e-9))
    return max(1.0, ceil(step)) if whole else step
