"""Numbers with their unit, as people read them."""

from __future__ import annotations

_MEASURED = {"%", "s", "ms", "h", "days", "bytes", "bytes/day", "yes/no"}
_SECONDS = (("d", 86_400), ("h", 3600), ("min", 60))
_BYTES = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def quantity(value: float | None, unit: str) -> str:
    """ "93.4 %", "2 h 5 min", "1.5 GB", "1 error", "12 errors"; a dash for a value that is not known."""
    if value is None:
        return "—"
    if unit == "yes/no":
        return "yes" if value else "no"
    if unit == "s":
        return duration(value)
    if unit == "ms":
        return f"{_plain(value)} ms" if abs(value) < 10_000 else duration(value / 1000)
    if unit in ("bytes", "bytes/day"):
        return _bytes(value) + ("/day" if unit == "bytes/day" else "")
    if unit == "h":
        return duration(value * 3600)
    return f"{_plain(value)} {_counted(value, unit)}".strip()


def limit(value: float, unit: str) -> str:
    """A threshold inside a sentence that has named what is counted: "10", but "90 %" and "2 h"."""
    return quantity(value, unit) if unit in _MEASURED else _plain(value)


def duration(seconds: float) -> str:
    """Two units at most: "2 d 3 h", "5 min", "40 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    parts = []
    for name, size in _SECONDS:
        if whole >= size:
            parts.append(f"{whole // size} {name}")
            whole %= size
    return " ".join(parts[:2])


def _bytes(value: float) -> str:
    for name, size in _BYTES:
        if abs(value) >= size:
            return f"{_plain(value / size)} {name}"
    return f"{_plain(value)} bytes"


def _plain(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _counted(value: float, unit: str) -> str:
    """ "error" where there is one of them."""
    if value != 1 or not unit.endswith("s") or "/" in unit:
        return unit
    return unit[:-3] + "y" if unit.endswith("ies") else unit[:-1]
