"""Numbers, sizes, durations and ages as people read them; one place, so that they look alike everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

DASH = "–"
NARROW_SPACE = "\u202f"
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
MINUTE, HOUR, DAY = 60, 3600, 86400
SECONDS_IN = {"s": 1, "h": HOUR, "days": DAY}

Translate = Callable[[str], str]
Scalar = float | int | str | bool


@dataclass(frozen=True)
class Quantity:
    """A formatted value and its unit, apart, so that the page can set the unit smaller."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.number}{NARROW_SPACE}{self.unit}" if self.unit else self.number


@dataclass(frozen=True)
class Formats:
    """Formats values in the reader's language; `translate` is the site's."""

    translate: Translate

    def quantity(self, value: Scalar | None, unit: str = "") -> Quantity:
        """The value in the unit that suits its size; a dash where there is none."""
        if value is None or (isinstance(value, float) and not isfinite(value)):
            return Quantity(DASH)
        if isinstance(value, bool) or unit == "bool":
            return Quantity(self.translate("yes") if value else self.translate("no"))
        if isinstance(value, str):
            return Quantity(self._text(value))
        return self._measured(float(value), unit)

    def _text(self, value: str) -> str:
        try:
            return self.moment(datetime.fromisoformat(value))
        except ValueError:
            return value

    def _measured(self, value: float, unit: str) -> Quantity:
        if unit.startswith("bytes"):
            return _bytes(value, per=unit.removeprefix("bytes"))
        if unit in SECONDS_IN:
            return self.duration(value * SECONDS_IN[unit])
        if unit == "ms":
            return _milliseconds(value)
        if unit == "%":
            return Quantity(number(value), "%")
        # What is counted stands in the label: "Errors, last hour  12".
        _counted, per, time = unit.partition("/")
        return Quantity(number(value), per + time)

    def text(self, value: Scalar | None, unit: str = "") -> str:
        return str(self.quantity(value, unit))

    def duration(self, seconds: float) -> Quantity:
        """At most two units: "45 s", "12 min", "3 h 10 min", "2 d 4 h"."""
        if seconds < 0:
            shorter = self.duration(-seconds)
            return Quantity(f"−{shorter.number}", shorter.unit)
        if 0 < seconds < 1:
            return _milliseconds(seconds * 1000)
        if seconds < 2 * MINUTE:
            return Quantity(number(round(seconds)), "s")
        if seconds < HOUR:
            return Quantity(number(seconds // MINUTE), "min")
        if seconds < DAY:
            return _two_units(seconds, HOUR, "h", MINUTE, "min")
        return _two_units(seconds, DAY, self.translate("d"), HOUR, "h")

    def ago(self, seconds: float) -> str:
        """How long ago, in words; a moment in the future is said as such."""
        if seconds < -5:
            return self.translate("in {0}").format(self.duration(-seconds))
        if seconds < 5:
            return self.translate("just now")
        return self.translate("{0} ago").format(self.duration(seconds))

    def moment(self, at: datetime) -> str:
        """A date and time to the minute, in the site's own time."""
        return at.strftime("%Y-%m-%d %H:%M")

    def clock(self, at: datetime) -> str:
        return at.strftime("%H:%M")


COUNTED = {"", "count", "rows", "number", "text", "1"}
SECONDS_IN = {
    "s": 1,
    "second": 1,
    "seconds": 1,
    "minutes": MINUTE,
    "hours": HOUR,
    "h": HOUR,
    "days": DAY,
    "d": DAY,
}


def number(value: float) -> str:
    """At most three significant digits below a thousand, whole numbers with thousands apart above."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def since_text(at: datetime, now: datetime) -> str:
    """The clock alone for today, day and clock for this year, else the date."""
    if now - at < timedelta(days=1) and at.date() == now.date():
        return at.strftime("%H:%M")
    return at.strftime("%d %b %H:%M" if at.year == now.year else "%Y-%m-%d")


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
