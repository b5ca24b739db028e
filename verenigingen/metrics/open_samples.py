"""The newest samples of all series in one text, so that a tick writes one row and not one for each metric."""

from __future__ import annotations

import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from verenigingen.metrics.series import BrokenSeries


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
        plain = json.loads(zlib.decompress(binascii.a2b_base64(text)))
        return {
            SeriesName(metric, tuple((name, value) for name, value in labels)): Recent(
                step, dict(zip(times, samples, strict=True))
            )
            for metric, labels, step, times, samples in plain
        }
    except (ValueError, TypeError, zlib.error) as damage:
        raise BrokenSeries(f"stored samples cannot be read: {damage}") from damage
