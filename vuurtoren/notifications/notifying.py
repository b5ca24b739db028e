"""Whether people are told, and why: one pure function over what they were told last and what is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

Reason = Literal[
    "first", "new in group", "escalated", "some resolved", "all resolved", "repeat elapsed", "do not notify"
]
TOLD_BECAUSE: tuple[Reason, ...] = (
    "first", "new in group", "escalated", "some resolved", "all resolved", "repeat elapsed",
)  # fmt: skip


class LastNotification(NamedTuple):
    """What a group was told last: when (site time), and its open alerts with the rank of their severity."""

    at: datetime
    open: Mapping[str, int]


def decide(
    last: LastNotification | None,
    open_alerts: Mapping[str, int],
    resolved: Collection[str],
    repeat_after: timedelta | None,
    now: datetime,
) -> Reason:
    """Why the group is told now, or “do not notify”.

    `open_alerts` are the names of its open alerts with the rank of their severity, `resolved` those whose end
    was not told yet: every end is told once. A clock that went back is measured by its distance.
    """
    if resolved:
        return "some resolved" if open_alerts else "all resolved"
    if not open_alerts:
        return "do not notify"
    if last is None or not last.open:
        return "first"
    if open_alerts.keys() - last.open.keys():
        return "new in group"
    if any(rank > last.open[name] for name, rank in open_alerts.items()):
        return "escalated"
    if repeat_after and abs(now - last.at) >= repeat_after:
        return "repeat elapsed"
    return "do not notify"
