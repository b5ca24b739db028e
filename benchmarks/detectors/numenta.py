"""Reads a folder in the form of the Numenta Anomaly Benchmark: `data/*/*.csv` and `labels/*.json`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.detectors.corpus import Incident, MadeSeries

WINDOWS = "labels/combined_windows.json"
LABELLED = "labelled"


class NotThatForm(ValueError):
    """The folder lacks what the form has; the message says what."""


def read(folder: Path) -> Iterator[MadeSeries]:
    """Each series that has an entry in the labels, with its windows as incidents; raises NotThatForm."""
    labels = folder / WINDOWS
    if not labels.is_file():
        raise NotThatForm(f"{labels} is not there")
    windows: dict[str, list[list[str]]] = json.loads(labels.read_text("utf-8"))
    for path, spans in sorted(windows.items()):
        file = folder / "data" / path
        if file.is_file():
            incidents = tuple(Incident(LABELLED, *map(_moment, span)) for span in spans)
            moments, values = _samples(file)
            yield MadeSeries(path, "", moments, values, incidents)


def _samples(file: Path) -> tuple[list[datetime], list[float]]:
    """In the order of time; of two samples of one moment the later row holds."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = csv.DictReader(opened)
        if not {"timestamp", "value"} <= set(rows.fieldnames or ()):
            raise NotThatForm(f"{file} has no columns timestamp and value")
        found = {_moment(row["timestamp"]): float(row["value"]) for row in rows}
    return sorted(found), [found[at] for at in sorted(found)]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.split(".")[0])
