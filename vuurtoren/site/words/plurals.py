"""Sentences that count, in the number that fits."""

from __future__ import annotations

from collections.abc import Callable


def plural(translate: Callable[[str], str], count: float, one: str, many: str) -> str:
    """The translated text for so many, still with its places: `one` for exactly one of them, else `many`.

    Both are whole sentences, so that every language may turn them as it needs. Languages with more than two
    numbers are not served.
    """
    return translate(one) if count == 1 else translate(many)
