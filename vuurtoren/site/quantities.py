"""Numbers with their unit, as people read them: the same on a page, in a sentence and in a mail."""

from __future__ import annotations

import re
from calendar import day_abbr, month_abbr
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from vuurtoren.site.words.words import Words

NARROW_SPACE = "\u202f"
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
MINUTE, HOUR, DAY = 60, 3600, 86400
SECONDS_IN = {"s": 1, "h": HOUR, "days": DAY}
Say = Callable[[str], str]
_STORED_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?")
_SEPARATORS = "1,234.5"
"""How a language writes numbers, as its translation of this one shows."""
_DATE = "%Y-%m-%d"
"""How a language writes a day; its translation has the same three parts in its own order."""
_MEASURED = {"%", "s", "ms", "h", "days", "bytes", "bytes/day", "bytes/s", "yes/no"}


@dataclass(frozen=True)
class Quantity:
    """A formatted value and its unit, apart, so that a page can set the unit smaller."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.number}{NARROW_SPACE}{self.unit}" if self.unit else self.number


def number(value: float, say: Say = str) -> str:
    """At most three significant digits below a thousand, whole numbers with thousands apart above."""
    if float(value).is_integer() or abs(value) >= 1000:
        return _separated(f"{value:,.0f}", say)
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return _separated(f"{value:,.{decimals}f}".rstrip("0").rstrip("."), say)


def decimal(value: float, places: int, say: Say = str) -> str:
    """With so many places behind the point, or behind the comma of the language."""
    return _separated(f"{value:,.{places}f}", say)


def amount(value: float, say: Say = str) -> str:
    """Money to the cent, thousands apart: "1,412.50"."""
    return decimal(value, 2, say)


def money(value: float, currency: str, say: Say = str) -> str:
    """An amount with its currency as the language writes both: "EUR 1,412.50", "€ 1.412,50"."""
    return f"{say(currency)} {amount(value, say)}"


class Cents(Words, kind="cents"):
    """An amount of euros that is said in a language later: "1,412.50"."""

    def __new__(cls, cents: int) -> Cents:
        made: Cents = cls._made(f"{cents // 100:,}.{cents % 100:02d}", cents)
        return made

    def said(self, translate: Say) -> str:
        return amount(self.values[0] / 100, translate)


def measured(value: float, unit: str, say: Say = str) -> Quantity:
    """The value in the unit that suits its size, as the language of `say` writes both."""
    if unit.startswith("bytes"):
        return _bytes(value, unit.removeprefix("bytes"), say)
    if unit in SECONDS_IN:
        return time_span(value * SECONDS_IN[unit], say)
    if unit == "ms":
        return _milliseconds(value, say) if abs(value) < 2 * MINUTE * 1000 else time_span(value / 1000, say)
    if unit == "%":
        return Quantity(number(value, say), "%")
    # What is counted stands in the label: "Errors, last hour  12".
    _counted, per, time = unit.partition("/")
    return Quantity(number(value, say), per and per + say(time))


def time_span(seconds: float, say: Say = str) -> Quantity:
    """At most two units: "45 s", "12 min", "3 h 10 min", "2 d 4 h"."""
    if seconds < 0:
        shorter = time_span(-seconds, say)
        return Quantity(f"−{shorter.number}", shorter.unit)
    if 0 < seconds < 1:
        return _milliseconds(seconds * 1000, say)
    if seconds < 2 * MINUTE:
        return Quantity(number(round(seconds)), "s")
    if seconds < HOUR:
        return Quantity(number(seconds // MINUTE), "min")
    if seconds < DAY:
        return _two_units(seconds, HOUR, say("h"), MINUTE, "min", say)
    return _two_units(seconds, DAY, say("d"), HOUR, say("h"), say)


def quantity(value: float | None, unit: str, say: Say = str) -> str:
    """Inside a sentence: "93.4 %", "2 h 5 min", "1.5 GB", "1 error", "12 errors"; a dash where unknown."""
    if value is None:
        return "—"
    if unit == "yes/no":
        return say("yes") if value else say("no")
    if unit in _MEASURED:
        return _in_a_sentence(measured(value, unit, say))
    return f"{number(value, say)} {say(_counted(value, unit))}".strip()


def limit(value: float, unit: str, say: Say = str) -> str:
    """A threshold inside a sentence that has named what is counted: "10", but "90 %" and "2 h"."""
    return quantity(value, unit, say) if unit in _MEASURED else number(value, say)


def duration(seconds: float, say: Say = str) -> str:
    """Inside a sentence: "2 d 3 h", "5 min", "40 s"."""
    return _in_a_sentence(time_span(seconds, say))


def said_of(units: Iterable[str]) -> Iterator[str]:
    """What these units are called in sentences, and how numbers are written: all that is translated."""
    yield from (_SEPARATORS, _DATE, "EUR", "yes", "no", "h", "d", *month_abbr, *day_abbr)
    for unit in units:
        yield unit.partition("/")[2]
        if unit not in _MEASURED:
            yield from (_counted(1, unit), unit)


def day(at: datetime, say: Say = str) -> str:
    """ "5 Nov", "5 nov."."""
    return f"{at.day} {say(f'{at:%b}')}"


def calendar_day(on: date, say: Say = str) -> str:
    """A whole date: "2026-11-05", "05-11-2026"."""
    return on.strftime(say(_DATE))


def moment(when: datetime | None, say: Say = str) -> str:
    """Site time to the minute: "2026-11-05 09:17", "05-11-2026 09:17"."""
    return f"{calendar_day(when, say)} {when:%H:%M}" if when else "—"


def exact_moment(when: datetime, say: Say = str) -> str:
    """Site time to the second: "2026-11-05 09:17:30", "05-11-2026 09:17:30"."""
    return f"{calendar_day(when, say)} {when:%H:%M:%S}"


def as_shown(value: object, say: Say = str) -> str:
    """A value of a stored row for people: days and moments as the language writes them, the rest as it is."""
    text = str(value)
    if not _STORED_MOMENT.fullmatch(text):
        return text
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return calendar_day(when, say) if len(text) == len("2026-11-05") else moment(when, say)


class Day(Words, kind="day"):
    """A date that is said in a language later; as text it is that of ISO 8601."""

    def __new__(cls, on: date | str) -> Day:
        written = f"{on:%Y-%m-%d}" if isinstance(on, date) else str(on)
        date.fromisoformat(written)  # raises ValueError where it is none
        made: Day = cls._made(written, written)
        return made

    def said(self, translate: Say) -> str:
        return calendar_day(date.fromisoformat(self.values[0]), translate)


class Moment(Words, kind="moment"):
    """A moment of site time that is said in a language later, to the minute."""

    def __new__(cls, at: datetime | str) -> Moment:
        written = moment(at) if isinstance(at, datetime) else str(at)
        datetime.fromisoformat(written)  # raises ValueError where it is none
        made: Moment = cls._made(written, written)
        return made

    def said(self, translate: Say) -> str:
        return moment(datetime.fromisoformat(self.values[0]), translate)


def _separated(written: str, say: Say) -> str:
    if written.isdecimal():
        return written
    sample = say(_SEPARATORS)
    return written.translate({ord(","): sample[1], ord("."): sample[5]})


def _in_a_sentence(shown: Quantity) -> str:
    return str(shown).replace(NARROW_SPACE, " ")


def _bytes(value: float, per: str, say: Say) -> Quantity:
    step = 0
    while abs(value) >= 1000 and step < len(BYTE_UNITS) - 1:
        value, step = value / 1000, step + 1
    per = per and f"/{say(per[1:])}"
    return Quantity(number(round(value, 1) if step else round(value), say), BYTE_UNITS[step] + per)


def _milliseconds(value: float, say: Say) -> Quantity:
    if abs(value) < 1000:
        return Quantity(number(value if abs(value) < 10 else round(value), say), "ms")
    return Quantity(number(round(value / 1000, 2), say), "s")


def _two_units(
    seconds: float, large: int, large_name: str, small: int, small_name: str, say: Say
) -> Quantity:
    whole, rest = divmod(round(seconds), large)
    rest //= small
    if whole >= 10 or not rest:
        return Quantity(number(whole, say), large_name)
    return Quantity(f"{whole}{NARROW_SPACE}{large_name} {rest}", small_name)


def _counted(value: float, unit: str) -> str:
    """ "error" where there is one of them."""
    if value != 1 or not unit.endswith("s") or "/" in unit:
        return unit
    if unit.endswith("ies"):
        return unit[:-3] + "y"
    return unit[:-2] if unit.endswith("ches") else unit[:-1]
