"""What each step of a job costs: its CPU today, kept in the row of the job in Monitoring Run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from vuurtoren.site.strangers import NotReadable, json_object, whole

MOST_RUNS = 100_000
MOST_MS = 1e9
MOST_STEPS = 60


@dataclass(frozen=True)
class Costs:
    """Runs of one day, and the milliseconds of CPU that each step took in all of them."""

    day: str
    runs: int
    cpu_ms: Mapping[str, float]

    def each_run(self) -> list[tuple[str, float]]:
        """Milliseconds of CPU a run, by step, the dearest first."""
        shares = ((step, spent / self.runs) for step, spent in self.cpu_ms.items()) if self.runs else ()
        return sorted(shares, key=lambda each: (-each[1], each[0]))


def added(text: str | None, day: date, spent_ms: Mapping[str, float]) -> str:
    """The text that is kept, with one more run of this day; what was kept of another day goes."""
    before = read(text)
    if before is None or before.day != day.isoformat():
        before = Costs(day.isoformat(), 0, {})
    together = {
        step: round(min(before.cpu_ms.get(step, 0.0) + spent, MOST_MS), 3) for step, spent in spent_ms.items()
    }
    kept = {**before.cpu_ms, **together}
    return json.dumps(
        {"day": before.day, "runs": min(before.runs + 1, MOST_RUNS), "cpu_ms": kept}, separators=(",", ":")
    )


def read(text: str | None) -> Costs | None:
    """What is kept; None where nothing readable is."""
    try:
        plain = json_object(text or "")
        cpu_ms = {str(step): _spent(spent) for step, spent in dict(plain["cpu_ms"]).items()}
        return Costs(str(plain["day"]), whole(plain["runs"]), dict(list(cpu_ms.items())[:MOST_STEPS]))
    except (NotReadable, KeyError, TypeError, ValueError):
        return None


def _spent(given: object) -> float:
    number = float(given)  # type: ignore[arg-type]
    if not 0 <= number <= MOST_MS:
        raise ValueError(f"{number} is no time that a step took")
    return number
