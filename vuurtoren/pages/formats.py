"""Values as a page shows them, in the reader's language; how numbers look is said in `site.quantities`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite

from jinja2 import pass_context
from jinja2.runtime import Context

from vuurtoren.site.quantities import Quantity, calendar_day, day, exact_moment, measured, moment, time_span

DASH = "–"

Translate = Callable[[str], str]
Scalar = float | int | str | bool


@pass_context
def _day(context: Context, on: date | None) -> str:
    return calendar_day(on, context["_"]) if on else DASH


@pass_context
def _at(context: Context, when: datetime) -> str:
    return moment(when, context["_"])


@pass_context
def _exactly(context: Context, when: datetime) -> str:
    return exact_moment(when, context["_"])


FILTERS = {"day": _day, "at": _at, "exactly": _exactly}
"""Dates and moments in a template, as the language of its words writes them."""


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
        return measured(float(value), unit, self.translate)

    def _text(self, value: str) -> str:
        try:
            return moment(datetime.fromisoformat(value), self.translate)
        except ValueError:
            return value

    def text(self, value: Scalar | None, unit: str = "") -> str:
        return str(self.quantity(value, unit))

    def duration(self, seconds: float) -> Quantity:
        """At most two units: "45 s", "12 min", "3 h 10 min", "2 d 4 h"."""
        return time_span(seconds, self.translate)

    def ago(self, seconds: float) -> str:
        """How long ago, in words; a moment in the future is said as such."""
        if seconds < -5:
            return self.translate("in {0}").format(self.duration(-seconds))
        if seconds < 5:
            return self.translate("just now")
        return self.translate("{0} ago").format(self.duration(seconds))

    def clock(self, at: datetime) -> str:
        return at.strftime("%H:%M")


def since_text(at: datetime, now: datetime, say: Translate = str) -> str:
    """The clock alone for today, day and clock for this year, else the date."""
    if now - at < timedelta(days=1) and at.date() == now.date():
        return at.strftime("%H:%M")
    return f"{day(at, say)} {at:%H:%M}" if at.year == now.year else calendar_day(at, say)
