"""How often the 80 % interval of a forecast holds, over made-up courses of seven kinds."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from vuurtoren.metrics.learned.forecasting import fit

KINDS = ("line", "walk", "week", "jumps", "bend", "exponential", "outliers")
FIRST_SEED = 1000
"""The seeds before it were looked at while the forecast was written; these were not."""
KNOWN_DAYS, AHEAD = (20, 40, 60, 90), (3, 7, 14, 30)


@dataclass
class Coverage:
    """How many intervals were tried and how many held; by kind, and by days ahead."""

    tried: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def add(self, held: bool, *names: str) -> None:
        for name in names:
            self.tried[name] = self.tried.get(name, 0) + 1
            self.held[name] = self.held.get(name, 0) + held

    def share(self, name: str = "all") -> float:
        return self.held[name] / self.tried[name]


def coverage(seeds: int = 100) -> Coverage:
    """Every kind with so many seeds, known for 20 to 90 days, asked 3 to 30 days ahead."""
    found = Coverage()
    for kind in KINDS:
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            dice = random.Random(f"{kind} {seed}")
            days = dice.choice(KNOWN_DAYS)
            values = list(_course(kind, days, dice))
            forecast = fit([(float(day), value) for day, value in enumerate(values[:days])])
            assert forecast is not None
            for ahead in AHEAD:
                _, low, high = forecast.at(ahead)
                found.add(low <= values[days - 1 + ahead] <= high, "all", kind, f"{ahead} days ahead")
    return found


def _course(kind: str, days: int, dice: random.Random) -> Iterator[float]:
    slope, level, walked = dice.uniform(-0.5, 0.8), dice.uniform(10, 80), 50.0
    for day in range(days + max(AHEAD)):
        straight = level + slope * day
        walked += {"walk": slope / 2 + dice.gauss(0, 0.8), "jumps": _jump(slope, dice)}.get(kind, 0.0)
        bent = min(day, days * 0.6 + 0.3 * max(0.0, day - days * 0.6))
        yield {
            "line": straight + dice.gauss(0, 1),
            "walk": walked,
            "week": straight + 2 * math.sin(day / 7 * math.tau) + dice.gauss(0, 0.6),
            "jumps": walked + dice.gauss(0, 0.2),
            "bend": level + slope * bent + dice.gauss(0, 0.8),
            "exponential": level * math.exp(0.004 * day) + dice.gauss(0, 1),
            "outliers": straight + (3 if day % 9 == 0 else dice.gauss(0, 0.1)),
        }[kind]


def _jump(slope: float, dice: random.Random) -> float:
    return abs(slope) * 5 if dice.random() < 0.2 else 0.0
