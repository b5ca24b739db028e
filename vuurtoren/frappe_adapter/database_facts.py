"""What a database server says of itself, asked in the dialect of MariaDB or of PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import DatabaseSize, DatabaseState, TableSize

Ask = Callable[[str], list[tuple[Any, ...]]]
"""Runs one statement and returns its rows; raises Unavailable with the reason when the server refuses."""

LARGEST_TABLES = 10


@dataclass(frozen=True)
class Dialect:
    """The statements of one server: each counter as one row with one number."""

    engine: str
    version: str
    counters: Mapping[str, str]
    absent: Mapping[str, str]
    totals: str
    largest: str


def _status(variable: str) -> str:
    return f"SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '{variable}'"


MARIADB = Dialect(
    engine="MariaDB",
    version="SELECT VERSION()",
    counters={
        "connections": _status("THREADS_CONNECTED"),
        "max_connections": "SELECT @@GLOBAL.max_connections",
        "slow_queries_total": _status("SLOW_QUERIES"),
        "slow_after_ms": "SELECT @@GLOBAL.long_query_time * 1000",
        "longest_query_ms": (
            "SELECT COALESCE(MAX(TIME_MS), 0) FROM information_schema.PROCESSLIST"
            " WHERE DB = DATABASE() AND COMMAND IN ('Query', 'Execute') AND ID <> CONNECTION_ID()"
        ),
        "lock_waits_current": _status("INNODB_ROW_LOCK_CURRENT_WAITS"),
        "uptime_seconds": _status("UPTIME"),
    },
    absent={},
    totals=(
        "SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0), COUNT(*) FROM information_schema.TABLES"
        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'"
    ),
    largest=(
        "SELECT TABLE_NAME, DATA_LENGTH + INDEX_LENGTH, TABLE_ROWS FROM information_schema.TABLES"
        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'"
        f" ORDER BY DATA_LENGTH + INDEX_LENGTH DESC LIMIT {LARGEST_TABLES}"
    ),
)

_OWN_TABLES = (
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname = current_schema()"
)

POSTGRESQL = Dialect(
    engine="PostgreSQL",
    version="SHOW server_version",
    counters={
        "connections": "SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'",
        "max_connections": "SELECT current_setting('max_connections')::int",
        "longest_query_ms": (
            "SELECT COALESCE(MAX(EXTRACT(EPOCH FROM clock_timestamp() - query_start)), 0) * 1000"
            " FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"
        ),
        "lock_waits_current": "SELECT COUNT(*) FROM pg_locks WHERE NOT granted",
        "uptime_seconds": "SELECT EXTRACT(EPOCH FROM clock_timestamp() - pg_postmaster_start_time())",
    },
    absent={
        "slow_queries_total": "PostgreSQL counts no slow queries",
        "slow_after_ms": "PostgreSQL counts no slow queries",
    },
    totals=f"SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0), COUNT(*) {_OWN_TABLES}",
    largest=(
        f"SELECT c.relname, pg_total_relation_size(c.oid), c.reltuples {_OWN_TABLES}"
        f" ORDER BY 2 DESC LIMIT {LARGEST_TABLES}"
    ),
)

WHOLE_NUMBERS = {
    "connections",
    "max_connections",
    "slow_queries_total",
    "lock_waits_current",
    "uptime_seconds",
}


def database_state(dialect: Dialect, ask: Ask) -> DatabaseState:
    """Every counter that the server gives, and the reason for each that it does not give."""
    missing = dict(dialect.absent)
    counters: dict[str, Any] = dict.fromkeys(dialect.absent)
    for counter, statement in dialect.counters.items():
        try:
            counters[counter] = _number(counter, ask(statement))
        except Unavailable as unavailable:
            counters[counter] = None
            missing[counter] = unavailable.words
    version = str(ask(dialect.version)[0][0])
    return DatabaseState(engine=dialect.engine, version=version, missing=missing, **counters)


def _number(counter: str, rows: list[tuple[Any, ...]]) -> int | float:
    if not rows or rows[0][0] is None:
        raise Unavailable("the server gives no such counter")
    value = float(rows[0][0])
    return int(value) if counter in WHOLE_NUMBERS else value


def database_size(dialect: Dialect, ask: Ask) -> DatabaseSize:
    """Bytes of data and indexes of this site's own tables; the rows are the server's estimate."""
    size_bytes, table_count = ask(dialect.totals)[0]
    tables = tuple(
        TableSize(table, int(table_bytes or 0), None if rows is None or rows < 0 else int(rows))
        for table, table_bytes, rows in ask(dialect.largest)
    )
    return DatabaseSize(int(size_bytes), int(table_count), tables)
