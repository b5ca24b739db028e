"""Numbers with their unit, as people read them: the same on a page, in a sentence and in a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

NARROW_SPACE = "\u202f"
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
MINUTE, HOUR, DAY = 60, 3600, 86400
SECONDS_IN = {"s": 1, "h": HOUR, "days": DAY}
_MEASURED = {"%", "s", "ms", "h", "days", "bytes", "bytes/day", "yes/no"}


@dataclass(frozen=True)
class Quantity:
    """A formatted value and its unit, apart, so that a page can set the unit smaller."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.number}{NARROW_SPACE}{self.unit}" if self.unit else self.number


def number(value: float) -> str:
    """At most three significant digits below a thousand, whole numbers with thousands apart above."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def measured(value: float, unit: str, day: str = "d") -> Quantity:
    """The value in the unit that suits its size; `day` is the reader's short word for a day."""
    if unit.startswith("bytes"):
        return _bytes(value, per=unit.removeprefix("bytes"))
    if unit in SECONDS_IN:
        return time_span(value * SECONDS_IN[unit], day)
    if unit == "ms":
        return _milliseconds(value) if abs(value) < 2 * MINUTE * 1000 else time_span(value / 1000, day)
    if unit == "%":
        return Quantity(number(value), "%")
    # What is counted stands in the label: "Errors, last hour  12".
    _counted, per, time = unit.partition("/")
    return Quantity(number(value), per + time)


def time_span(seconds: float, day: str = "d") -> Quantity:
    """At most two units: "45 s", "12 min", "3 h 10 min", "2 d 4 h"."""
    if seconds < 0:
        shorter = time_span(-seconds, day)
        return Quantity(f"−{shorter.number}", shorter.unit)
    if 0 < seconds < 1:
        return _milliseconds(seconds * 1000)
    if seconds < 2 * MINUTE:
        return Quantity(number(round(seconds)), "s")
    if seconds < HOUR:
        return Quantity(number(seconds // MINUTE), "min")
    if seconds < DAY:
        return _two_units(seconds, HOUR, "h", MINUTE, "min")
    return _two_units(seconds, DAY, day, HOUR, "h")


def quantity(value: float | None, unit: str) -> str:
    """Inside a sentence: "93.4 %", "2 h 5 min", "1.5 GB", "1 error", "12 errors"; a dash where unknown."""
    if value is None:
        return "—"
    if unit == "yes/no":
        return "yes" if value else "no"
    if unit in _MEASURED:
        return _in_a_sentence(measured(value, unit))
    return f"{number(value)} {_counted(value, unit)}".strip()


def limit(value: float, unit: str) -> str:
    """A threshold inside a sentence that has named what is counted: "10", but "90 %" and "2 h"."""
    return quantity(value, unit) if unit in _MEASURED else number(value)


def duration(seconds: float) -> str:
    """Inside a sentence: "2 d 3 h", "5 min", "40 s"."""
    return _in_a_sentence(time_span(seconds))


def moment(when: datetime | None) -> str:
    """Site time to the minute."""
    return f"{when:%Y-%m-%d %H:%M}" if when else "—"


def _in_a_sentence(shown: Quantity) -> str:
    return str(shown).replace(NARROW_SPACE, " ")


def _bytes(value: float, per: str) -> Quantity:
    step = 0
    while abs(value) >= 1000 and step < len(BYTE_UNITS) - 1:
        value, step = value / 1000, step + 1
    return Quantity(number(round(value, 1) if step else round(value)), BYTE_UNITS[step] + per)


def _milliseconds(value: float) -> Quantity:
    if abs(value) < 1000:
        return Quantity(number(value if abs(value) < 10 else round(value)), "ms")
    return Quantity(number(round(value / 1000, 2)), "s")


def _two_units(seconds: float, large: int, large_name: str, small: int, small_name: str) -> Quantity:
    whole, rest = divmod(round(seconds), large)
    rest //= small
    if whole >= 10 or not rest:
        return Quantity(number(whole), large_name)
    return Quantity(f"{whole}{NARROW_SPACE}{large_name} {rest}", small_name)


def _counted(value: float, unit: str) -> str:
    """ "error" where there is one of them."""
    if value != 1 or not unit.endswith("s") or "/" in unit:
        return unit
    return unit[:-3] + "y" if unit.endswith("ies") else unit[:-1]
