"""Seeded errors: as long as real ones, few of them recent, so that a larger table is an older one."""

from __future__ import annotations

LAST_HOUR, LAST_DAY, LAST_WEEK = 50, 1_000, 5_000
HOUR, DAY = 3600, 86_400
OLDEST = 90 * DAY
KINDS = 200


def error_text(number: int) -> str:
    """About 1.5 kB, of one of 200 kinds."""
    kind = number % KINDS
    frames = "\n".join(
        f'  File "apps/association/association/module_{kind}/part_{depth}.py", line {depth * 17 + kind},'
        f" in step_{depth}\n    return step_{depth + 1}(member, invoice, settings)"
        for depth in range(9)
    )
    return f"Traceback (most recent call last):\n{frames}\nValueError: invoice {number} cannot be collected"


def how_long_ago(number: int) -> float:
    """Seconds: 50 errors in the last hour, 1,000 in the last day, 5,000 in the last week, the rest older."""
    if number < LAST_HOUR:
        return 60 + number * (HOUR - 120) / LAST_HOUR
    if number < LAST_DAY:
        return HOUR + (number - LAST_HOUR) * (DAY - HOUR - 60) / (LAST_DAY - LAST_HOUR)
    if number < LAST_WEEK:
        return DAY + (number - LAST_DAY) * (6 * DAY - 60) / (LAST_WEEK - LAST_DAY)
    return 7 * DAY + (number * 7919) % (OLDEST - 8 * DAY)
