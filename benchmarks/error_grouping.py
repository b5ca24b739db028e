"""How well errors are told apart, over all pairs of a corpus of tracebacks of known meaning; how fast."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Row, timed
from vuurtoren.error_kinds.fingerprint import fingerprint

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "error_kinds" / "corpus" / "tracebacks.jsonl"
GOAL_PRECISION, GOAL_RECALL = 0.99, 0.97
ABOUT_4_KB = range(3_000, 5_000)
TIMES = 15


@dataclass(frozen=True)
class Grouping:
    """Of all pairs of errors: how many are the same by their label, by their key, and by both."""

    same: int
    grouped: int
    both: int

    @property
    def precision(self) -> float:
        """Of the pairs that have one key, the share that is one error."""
        return self.both / self.grouped if self.grouped else 1.0

    @property
    def recall(self) -> float:
        """Of the pairs that are one error, the share that has one key."""
        return self.both / self.same if self.same else 1.0


def corpus() -> list[dict[str, str]]:
    with CORPUS.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def grouping(rows: Iterable[Mapping[str, str]]) -> Grouping:
    """Judge the fingerprint by the labels of these rows."""
    found = [(row["label"], fingerprint(row["title"], row["text"]).key) for row in rows]
    return Grouping(
        _pairs(label for label, _key in found), _pairs(key for _label, key in found), _pairs(found)
    )


def rows() -> Iterator[Row]:
    texts = corpus()
    size = f"{len(texts):,} tracebacks of {len({row['label'] for row in texts})} errors"
    whole = grouping(texts)
    yield Row("errors: pairs grouped rightly", size, f"{whole.precision:.4f}", goal=f"≥ {GOAL_PRECISION}")
    yield Row("errors: same errors grouped", size, f"{whole.recall:.4f}", goal=f"≥ {GOAL_RECALL}")
    middling = [row["text"] for row in texts if len(row["text"]) in ABOUT_4_KB]
    timing = timed(lambda: [fingerprint("", text) for text in middling], TIMES)
    each = timing.median_cpu_ms * 1000 / len(middling)
    yield Row("errors: one fingerprint", f"{len(middling)} tracebacks of about 4 kB", f"CPU {each:.0f} µs")


def _pairs(values: Iterable[object]) -> int:
    return sum(number * (number - 1) // 2 for number in Counter(values).values())
