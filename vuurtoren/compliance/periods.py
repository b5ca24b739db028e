"""Months and windows of the scheme, as dates."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, timedelta

from vuurtoren.compliance.calendar import add_target_days
from vuurtoren.compliance.facts import at

NEVER = date.max


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month; the end of time beyond it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return NEVER
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date:
    """So many days later; the end of time beyond it."""
    return NEVER if (date.max - day).days < days else day + timedelta(days)


def target_days_after(day: date, number: int) -> date:
    """So many TARGET days later; the end of time beyond it."""
    try:
        return add_target_days(day, number)
    except OverflowError:
        return NEVER


def dormant_from(last: date, on: date, *, used: bool = True) -> date:
    """The last day for a mandate that was last presented on a day, or, if never used, signed on it."""
    return add_months(last, at("dormant_months" if used else "dormant_unused_months", on))


def latest(days: Iterable[date | None]) -> date | None:
    """The latest of those that are known."""
    return max((day for day in days if day is not None), default=None)


def last_submission_day(due_on: date, sequence_type: str, cut_off_days: int) -> date:
    """The last day on which the bank takes a collection for a due date.

    Since 20 November 2016 one TARGET day before for every sequence type; before, five for a first or one-off
    and two for any other (EPC016-06).
    """
    days = at("submission_target_days", due_on)
    if days > 1 and sequence_type not in ("FRST", "OOFF", ""):
        days = 2
    return add_target_days(due_on, -(days + cut_off_days))


def return_window_end(due_on: date, code: str) -> date:
    """The last day on which an R-transaction with this code arrives: refund, unauthorised, or any other."""
    if code == "MD06":
        return add_days(due_on, at("refund_days", due_on))
    if code == "MD01":
        return add_months(due_on, at("unauthorised_months", due_on))
    return target_days_after(due_on, at("return_target_days", due_on))


def window_name(code: str) -> str:
    """As the spec writes the three windows."""
    return {"MD06": "56 days", "MD01": "13 months"}.get(code, "D+5")
