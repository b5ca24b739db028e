"""The database: its size and growth, and what the server itself counts; the site's rows are not read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.metrics.history import history
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import NEEDS_SECOND, Context, Source
from vuurtoren.site.strangers import moment
from vuurtoren.site.values import DatabaseSize, DatabaseState
from vuurtoren.site.words.words import Words

SHOWN_TABLES = 5
ERROR_LOG_TABLE = "tabError Log"
LOG_TABLES = frozenset(
    f"tab{doctype}"
    for doctype in (
        *("Error Log", "Error Snapshot", "Activity Log", "Access Log", "Scheduled Job Log", "Route History"),
        *("Email Queue", "Email Queue Recipient", "Notification Log", "View Log", "Integration Request"),
        *("Version", "Deleted Document", "Prepared Report", "Webhook Request Log", "API Request Log"),
    )
)
"""Tables that only grow, and that may be cleared of what is old."""
GROWTH_OVER = timedelta(days=7)
SHORTEST_GROWTH = timedelta(days=1)
COUNTING_OVER = timedelta(hours=1)
READING_EVERY = timedelta(minutes=1)
READINGS = "slow query readings"
SIZE_PROMISES = {
    "database.size_bytes": Promise(
        "bytes", "Database size", "What tables and indexes of the site take on the disk."
    ),
    "database.table_count": Promise("tables", "Tables", "How many tables the database of the site has."),
    "database.growth_bytes_per_day": Promise(
        "bytes/day", "Database growth", "How much the database grew in a day, over the last week."
    ),
    "database.log_tables_bytes": Promise(
        "bytes",
        "Log tables",
        "What those of the ten largest tables take that hold logs, versions, queues of mail or deleted"
        " documents, which may be cleared of what is old.",
    ),
    "database.error_log_rows": Promise(
        "rows",
        "Rows in Error Log",
        "How many errors are kept; as estimated by the server where they are many.",
    ),
}
SERVER_PROMISES = {
    "database.connections": Promise(
        "connections",
        "Database connections",
        "How many connections to the database server are open, of all sites.",
    ),
    "database.max_connections": Promise(
        "connections",
        "Database connections allowed",
        "How many connections the database server allows at once.",
    ),
    "database.connections_percent": Promise(
        "%", "Database connections", "How many of the allowed database connections are in use."
    ),
    "database.slow_queries_per_hour": Promise(
        "queries/h", "Slow queries", "How many queries the database server counted as slow in the last hour."
    ),
    "database.longest_query_ms": Promise(
        "ms", "Longest query now", "How long the longest of the running queries has been running."
    ),
    "database.lock_waits": Promise(
        "waits", "Lock waits now", "How many queries wait for rows that another one has locked."
    ),
}


def measure_size(context: Context) -> Iterable[Metric]:
    size = context.site.database_size()
    largest = [{"table": each.table, "bytes": each.size_bytes} for each in size.tables[:SHOWN_TABLES]]
    yield context.known("database.size_bytes", size.size_bytes, evidence=largest)
    yield context.known("database.table_count", size.table_count)
    yield _growth(context, size)
    yield _log_tables(context, size)
    yield _error_log_rows(context, size)


def _growth(context: Context, size: DatabaseSize) -> Metric:
    """From the oldest sample of the last week to now."""
    past = history.read(context.site, "database.size_bytes", context.now - GROWTH_OVER)
    if not past or context.now - past[0][0] < SHORTEST_GROWTH:
        return context.unknown("database.growth_bytes_per_day", "needs a day of history")
    since, then_bytes = past[0]
    days = (context.now - since) / timedelta(days=1)
    evidence = [{"since": since, "bytes then": round(then_bytes), "bytes now": size.size_bytes}]
    grown = round((size.size_bytes - then_bytes) / days)
    return context.known("database.growth_bytes_per_day", grown, evidence=evidence)


def _log_tables(context: Context, size: DatabaseSize) -> Metric:
    """Those among the largest; the others are smaller than all that are listed."""
    key = "database.log_tables_bytes"
    if not size.tables:
        return context.unknown(key, "the database does not tell how large its tables are")
    logs = [each for each in size.tables if each.table in LOG_TABLES]
    evidence = [{"table": each.table, "bytes": each.size_bytes} for each in logs]
    return context.known(key, sum(each.size_bytes for each in logs), evidence=evidence)


def _error_log_rows(context: Context, size: DatabaseSize) -> Metric:
    """The server's estimate where the table is among the largest; where it is not, counting is cheap."""
    for table in size.tables:
        if table.table == ERROR_LOG_TABLE and table.rows_estimate is not None:
            evidence = [{"rows": Words("estimated by the server"), "bytes": table.size_bytes}]
            return context.known(
                "database.error_log_rows", table.rows_estimate, evidence=evidence, doctype="Error Log"
            )
    return context.known("database.error_log_rows", context.site.count("Error Log"), doctype="Error Log")


def measure_server(context: Context) -> Iterable[Metric]:
    state = context.site.database()

    def counter(key: str, value: float | None, name: str) -> Metric:
        return context.known_or(key, value, state.missing.get(name, "the server gives no such counter"))

    yield counter("database.connections", state.connections, "connections")
    yield counter("database.max_connections", state.max_connections, "max_connections")
    percent = None
    if state.connections is not None and state.max_connections:
        percent = round(100 * state.connections / state.max_connections, 1)
    yield counter("database.connections_percent", percent, "connections")
    yield counter("database.longest_query_ms", state.longest_query_ms, "longest_query_ms")
    yield counter("database.lock_waits", state.lock_waits_current, "lock_waits_current")
    yield _slow_queries(context, state)


def _slow_queries(context: Context, state: DatabaseState) -> Metric:
    """How many the server counted since the oldest reading of the last hour; never scaled up from less."""
    key = "database.slow_queries_per_hour"
    if state.slow_queries_total is None:
        reason = state.missing.get("slow_queries_total", "the server gives no such counter")
        return context.unknown(key, reason)
    earlier = _earlier_reading(context, state.slow_queries_total)
    if earlier is None:
        return context.unknown(key, NEEDS_SECOND)
    at_utc, then = earlier
    evidence = [{"counted since": context.site.from_utc(at_utc), "slower than ms": state.slow_after_ms}]
    return context.known(key, state.slow_queries_total - then, evidence=evidence)


def _earlier_reading(context: Context, total: int) -> tuple[datetime, int] | None:
    """The oldest reading of the last hour; keeps this one. A lower total means that the server restarted."""
    now_utc = context.site.now_utc()
    readings = [
        (at_utc, then)
        for at_utc, then in _kept_readings(context.kept.get(READINGS))
        if timedelta(0) < now_utc - at_utc <= COUNTING_OVER and then <= total
    ]
    if not readings or now_utc - readings[-1][0] >= READING_EVERY:
        remembered = [[at_utc.isoformat(), then] for at_utc, then in [*readings, (now_utc, total)]]
        context.kept.put(READINGS, remembered)
    return readings[0] if readings else None


def _kept_readings(kept: Any) -> list[tuple[datetime, int]]:
    try:
        return [(moment(at), int(then)) for at, then in kept or []]
    except (TypeError, ValueError, OverflowError):
        return []


SOURCES = (
    Source("database.server", SERVER_PROMISES, measure_server, keep_seconds=15),
    Source("database.size", SIZE_PROMISES, measure_size, keep_seconds=3600),
)
