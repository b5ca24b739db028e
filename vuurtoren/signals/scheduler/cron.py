"""When a cron expression is next due: five fields with lists, ranges, steps and names; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

OF_FREQUENCY = {
    "Hourly": "0 * * * *",
    "Daily": "0 0 * * *",
    "Weekly": "0 0 * * 0",
    "Monthly": "0 0 1 * *",
    "Yearly": "0 0 1 1 *",
    "Annual": "0 0 1 1 *",
}
"""As Frappe's ScheduledJobType.get_next_execution has it; "All" is as often as the scheduler looks."""
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NAMES: tuple[dict[str, int], ...] = (
    {}, {}, {},
    {name: month for month, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)},
    {day: place for place, day in enumerate("sun mon tue wed thu fri sat".split())},
)  # fmt: skip
FURTHEST_DAYS = 366 * 8
"""29 February comes at most eight years later."""
DAY = timedelta(days=1)


class NotCron(ValueError):
    """The text is no expression of five fields that this reads."""


def cron_of(frequency: str, cron_format: str) -> str:
    """The expression of a scheduled job; empty for one that runs as often as the scheduler looks."""
    plain = frequency.removesuffix(" Long").removesuffix(" Maintenance")
    return cron_format.strip() if plain == "Cron" or cron_format.strip() else OF_FREQUENCY.get(plain, "")


def next_after(cron: str, moment: datetime) -> datetime | None:
    """The first whole minute after this moment that fits; None where none ever does. Raises NotCron."""
    minutes, hours, days, months, weekdays = (_values(cron.split(), place) for place in range(5))
    any_day, any_weekday = (cron.split()[place] == "*" for place in (2, 4))
    first = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    day = first.replace(hour=0, minute=0)
    for _ in range(FURTHEST_DAYS):
        by_date, by_weekday = day.day in days, (day.weekday() + 1) % 7 in weekdays
        # where both are restricted either will do, as croniter has it, by which Frappe goes
        fits = by_date and by_weekday if any_day or any_weekday else by_date or by_weekday
        if fits and day.month in months:
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    found = day.replace(hour=hour, minute=minute)
                    if found >= first:
                        return found
        day += DAY
    return None


def _values(fields: list[str], place: int) -> frozenset[int]:
    if len(fields) != 5:
        raise NotCron(f"{' '.join(fields)[:60]!r} has not five fields")
    values: set[int] = set()
    for part in fields[place].lower().split(","):
        values |= set(_part(part, place))
    return frozenset(value % 7 for value in values) if place == 4 else frozenset(values)


def _part(part: str, place: int) -> range:
    lowest, highest = BOUNDS[place]
    span, slash, step = part.partition("/")
    first, dash, last = span.partition("-")
    try:
        begin = lowest if first == "*" else _number(first, place)
        end = highest if first == "*" or (slash and not dash) else _number(last, place) if dash else begin
        every = int(step) if slash else 1
    except ValueError:
        raise NotCron(f"{part[:60]!r} is no part of a cron expression") from None
    if not (lowest <= begin <= end <= highest and every > 0):
        raise NotCron(f"{part[:60]!r} is out of bounds")
    return range(begin, end + 1, every)


def _number(text: str, place: int) -> int:
    return NAMES[place][text] if text in NAMES[place] else int(text)
