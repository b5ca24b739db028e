"""The newest samples of all series in one text, so that a tick writes one row and not one for each metric."""

from __future__ import annotations

import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.metrics.history.columns import BrokenSeries, inflated
from vuurtoren.metrics.history.series import LARGEST_SAMPLE, Series, checked_step, finer
from vuurtoren.site.strangers import LATEST_YEAR, json_value

LATEST_SLOT = (LATEST_YEAR - 1970) * 365 * 1440
"""Minutes of a calendar that any reckoning stays within."""


@dataclass(frozen=True)
class SeriesName:
    """One metric and the labels that tell its instances apart."""

    metric: str
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def label_text(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.labels)


@dataclass
class Recent:
    """The recent samples of one series: whole steps by slot since 1970 UTC."""

    step: float
    samples: dict[int, int] = field(default_factory=dict)


OpenSamples = dict[SeriesName, Recent]


def add(open_samples: OpenSamples, added: Mapping[SeriesName, tuple[float, int, int]]) -> bool:
    """Put one (step, slot, sample) of each series in; whether anything was not there before."""
    changed = False
    for name, (step, slot, sample) in added.items():
        recent = open_samples.setdefault(name, Recent(step))
        if step < recent.step:
            recent.samples = dict(finer(Series(recent.step, recent.samples), step))
            recent.step = step
        sample *= round(step / recent.step)
        if recent.samples.get(slot) != sample:
            recent.samples[slot] = sample
            changed = True
    return changed


def write(open_samples: OpenSamples) -> str:
    """The samples as text; `read` reads it back unchanged."""
    plain = [
        [name.metric, name.labels, recent.step, list(recent.samples), list(recent.samples.values())]
        for name, recent in sorted(open_samples.items(), key=lambda item: (item[0].metric, item[0].labels))
    ]
    packed = zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 6)
    return binascii.b2a_base64(packed, newline=False).decode()


def read(text: str) -> OpenSamples:
    """Raises BrokenSeries where the text is damaged."""
    if not text:
        return {}
    try:
        plain = json_value(inflated(binascii.a2b_base64(text), zlib.MAX_WBITS))
        return dict(_one(*each) for each in plain)
    except (ValueError, TypeError, zlib.error) as damage:
        raise BrokenSeries(f"stored samples cannot be read: {damage}") from damage


def _one(metric: Any, labels: Any, step: Any, times: Any, samples: Any) -> tuple[SeriesName, Recent]:
    name = SeriesName(metric, tuple((label, value) for label, value in labels))
    if not all(isinstance(text, str) for text in (metric, *(part for pair in name.labels for part in pair))):
        raise TypeError("a series is named by texts")
    slots = _within(times, 0, LATEST_SLOT, "minute since 1970")
    steps = _within(samples, -LARGEST_SAMPLE, LARGEST_SAMPLE, "whole number of steps")
    return name, Recent(checked_step(step), dict(zip(slots, steps, strict=True)))


def _within(numbers: Any, least: int, most: int, kind: str) -> list[int]:
    """Whole numbers of that range: looked at all at once, as there are thousands of them in each tick."""
    if not isinstance(numbers, list) or not set(map(type, numbers)) <= {int}:
        raise TypeError(f"{str(numbers)[:60]}: each is a {kind}")
    if numbers and not least <= min(numbers) <= max(numbers) <= most:
        raise ValueError(f"{min(numbers)} to {max(numbers)}: each is a {kind}")
    return numbers
