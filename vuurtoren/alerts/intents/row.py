"""What a row of Alert Notification is: its name, its states, and the moment when a claim on it is stale."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

from vuurtoren.site.values import Row

DOCTYPE = "Alert Notification"
Event = Literal["opened", "resolved"]
EVENTS: tuple[Event, ...] = get_args(Event)
Status = Literal["Due", "Not sent", "Claimed", "Handed over", "Not wanted"]
PENDING = ("Due", "Not sent", "Claimed")
FIELDS = ["name", "alert", "event", "reason", "round", "level", "status", "status_at", "because"]
STALE_CLAIM = timedelta(minutes=15)
"""A claim this old belongs to a worker that died: another one takes it over."""


def key(alert: str, event: str, round_: int, level: int = 1) -> str:
    """The name of a notification; the database allows each once."""
    usual = f"{alert}-{event}-{round_}"
    return usual if level == 1 else f"{usual}-level-{level}"


def in_hand(row: Row, since: object, now: datetime) -> bool:
    """Whether another worker claimed it and may still be at it; a claim from the future is from before the
    clock went back."""
    fresh = isinstance(since, datetime) and abs(now - since) < STALE_CLAIM
    return row["status"] == "Claimed" and fresh
