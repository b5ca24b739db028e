"""Who uses the site: sessions and recently active users."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source

ACTIVE_WITHIN = timedelta(days=1)
ONLINE_WITHIN = timedelta(minutes=15)
PROMISES = {"users.active": "users", "users.online": "users", "sessions.count": "sessions"}


def measure_people(context: Context) -> Iterable[Metric]:
    yield from context.part(_users, "users.active", "users.online")
    yield from context.part(_sessions, "sessions.count")


def _users(context: Context) -> Iterable[Metric]:
    needed(context.site, "User", "enabled", "last_active")
    for key, within in (("users.active", ACTIVE_WITHIN), ("users.online", ONLINE_WITHIN)):
        active = {"enabled": 1, "last_active": (">=", context.now - within)}
        yield context.known(key, context.site.count("User", active), doctype="User")


def _sessions(context: Context) -> Iterable[Metric]:
    yield context.known("sessions.count", context.site.sessions())


SOURCES = (Source("people", PROMISES, measure_people, keep_seconds=60),)
