"""Who uses the site: sessions and recently active users."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source

ACTIVE_WITHIN = timedelta(days=1)
ONLINE_WITHIN = timedelta(minutes=15)
PROMISES = {
    "users.active": Promise("users", "Active users", "Users who did something in the last 24 hours."),
    "users.online": Promise("users", "Users online", "Users who did something in the last 15 minutes."),
    "sessions.count": Promise(
        "sessions", "Sessions", "How many log-ins are open; one user may have several."
    ),
}


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
