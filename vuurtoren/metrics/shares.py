"""A share of a number, and how sure one can be of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """A share of `number` among `of`, and its Wilson interval at 95 %; all from 0 to 1."""

    number: int
    of: int
    share: float
    low: float
    high: float


def wilson(number: int, of: int) -> Share:
    """A share with the interval in which the true share lies 95 times in 100 (Wilson 1927).

    Raises ValueError for a share of nothing.
    """
    if of <= 0 or not 0 <= number <= of:
        raise ValueError(f"{number} of {of} is no share")
    share, z2 = number / of, Z_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(number, of, share, max(0.0, middle - half), min(1.0, middle + half))
