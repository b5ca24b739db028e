"""What is stored, read as if a stranger had written it: each value is of its kind, or it is none."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

DEEPEST = 60
"""Nested further, a value is an attack on whoever walks through it."""
CONTAINERS = frozenset({dict, list})
LARGEST = 2**31 - 1
"""What the whole numbers of every database hold."""
EARLIEST_YEAR, LATEST_YEAR = 1900, 9000
"""Between these, any reckoning of the monitor stays within the calendar."""


class NotReadable(ValueError):
    """The text is no JSON, or none that anybody of us wrote."""


def json_value(text: str | bytes | None) -> Any:
    """The value of a JSON text; raises NotReadable for whatever else it is, however deeply nested."""
    if not isinstance(text, str | bytes | bytearray):
        raise NotReadable(f"a text was expected, not a {type(text).__name__}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise NotReadable(str(failure) or type(failure).__name__) from None
    brackets = (
        (text.count("[") + text.count("{")) if isinstance(text, str) else text.count(b"[") + text.count(b"{")
    )
    if brackets > DEEPEST and _is_deeper(value, DEEPEST):
        raise NotReadable(f"it is nested more than {DEEPEST} times")
    return value


def json_object(text: str | bytes | None) -> dict[str, Any]:
    """The object of a JSON text, an empty one for an empty text; raises NotReadable for anything else."""
    value = json_value(text) if text else {}
    if not isinstance(value, dict):
        raise NotReadable(f"an object was expected, not a {type(value).__name__}")
    return value


def moment(value: object) -> datetime:
    """A moment without a zone, as text or as it is; raises NotReadable."""
    try:
        read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise NotReadable(f"{str(value)[:60]!r} is no moment") from None
    if read.tzinfo is not None or not EARLIEST_YEAR <= read.year <= LATEST_YEAR:
        raise NotReadable(f"{str(value)[:60]!r} is no moment of ours")
    return read


def moment_or_none(value: object) -> datetime | None:
    """The same, None where it is none."""
    try:
        return moment(value) if value else None
    except NotReadable:
        return None


def whole(value: object, otherwise: int = 0) -> int:
    """A whole number from 0 to what every database holds; `otherwise` where it is none."""
    if type(value) is int and 0 <= value <= LARGEST:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return otherwise
    return int(value) if 0 <= value <= LARGEST else otherwise


def next_version(value: object) -> int:
    """One more than this version, which no database takes to be too large."""
    version = whole(value)
    return version + 1 if version < LARGEST else 1


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [inner for each in layer for inner in _containers_in(each)]
        if not layer:
            return False
    return any(layer)


def _containers_in(value: Any) -> list[Any]:
    """The lists and objects right inside; a long list of numbers, as the history writes, is told at once."""
    if type(value) not in CONTAINERS:
        return []
    inside = value.values() if isinstance(value, dict) else value
    if CONTAINERS.isdisjoint(map(type, inside)):
        return []
    return [each for each in inside if type(each) in CONTAINERS]
