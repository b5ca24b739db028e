"""What the database server counts of each shape of statement, in the dialect of MariaDB or of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vuurtoren.frappe_adapter.database_facts import MARIADB, Ask, Dialect
from vuurtoren.privacy.statement_text import without_values
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import Statement, Statements

MOST_BY_TOTAL, MOST_BY_MEAN, LEAST_TIMES = 200, 100, 3
"""So many that took longest in all are read, and so many that take longest each, of what ran a few times."""
LONGEST_READ = 1000
DIGESTS = "performance_schema.events_statements_summary_by_digest"
_MARIADB = (
    f"SELECT DIGEST, LEFT(DIGEST_TEXT, {LONGEST_READ}), COUNT_STAR, SUM_TIMER_WAIT / 1000000000,"
    f" SUM_ROWS_EXAMINED, TIMESTAMPDIFF(SECOND, FIRST_SEEN, NOW()) FROM {DIGESTS}"
    " WHERE SCHEMA_NAME = DATABASE() AND DIGEST IS NOT NULL"
)
_POSTGRESQL = (
    f"SELECT queryid, LEFT(MIN(query), {LONGEST_READ}), SUM(calls), SUM(total_exec_time), NULL, NULL"
    " FROM {0}.pg_stat_statements"
    " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND queryid IS NOT NULL"
    " GROUP BY queryid"
)


def statements(dialect: Dialect, ask: Ask) -> Statements:
    """Those of this site's database; raises Unavailable with what would have to be done to count them."""
    return _on_mariadb(ask) if dialect is MARIADB else _on_postgresql(ask)


def _on_mariadb(ask: Ask) -> Statements:
    if not int(ask("SELECT @@performance_schema")[0][0]):
        raise Unavailable(
            "performance_schema is off; put performance_schema=ON into the configuration of MariaDB and"
            " restart it to know which statements take long"
        )
    try:
        found = ask(f"{_MARIADB} ORDER BY SUM_TIMER_WAIT DESC LIMIT {MOST_BY_TOTAL}")
    except Unavailable as refused:
        user, _at, host = str(ask("SELECT CURRENT_USER()")[0][0]).rpartition("@")
        raise Unavailable(
            "the site may not read how long its statements take; an administrator of MariaDB allows it: {0}",
            f"GRANT SELECT ON {DIGESTS} TO '{user}'@'{host}';",
        ) from refused
    slow = f"AND COUNT_STAR >= {LEAST_TIMES} ORDER BY AVG_TIMER_WAIT DESC LIMIT {MOST_BY_MEAN}"
    found += ask(f"{_MARIADB} {slow}")
    overflow = ask(f"SELECT COALESCE(SUM(COUNT_STAR), 0) FROM {DIGESTS} WHERE DIGEST IS NULL")
    if not found:
        raise Unavailable(
            "MariaDB counts no statement of this site: its table of digests is full"
            " (performance_schema_digests_size), or the consumer statements_digest is off"
        )
    return Statements(_each_once(found), int(overflow[0][0]))


def _on_postgresql(ask: Ask) -> Statements:
    schema = ask(
        "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
        " WHERE e.extname = 'pg_stat_statements'"
    )
    if not schema:
        raise Unavailable(
            "pg_stat_statements is not installed; an administrator of PostgreSQL adds it to"
            " shared_preload_libraries, restarts the server and runs CREATE EXTENSION pg_stat_statements in"
            " the database of this site"
        )
    of_site = _POSTGRESQL.format(schema[0][0])
    slow = f"HAVING SUM(calls) >= {LEAST_TIMES} ORDER BY SUM(total_exec_time) / SUM(calls) DESC"
    found = ask(f"{of_site} ORDER BY SUM(total_exec_time) DESC LIMIT {MOST_BY_TOTAL}")
    return Statements(_each_once([*found, *ask(f"{of_site} {slow} LIMIT {MOST_BY_MEAN}")]), 0)


def _each_once(rows: Iterable[tuple[Any, ...]]) -> tuple[Statement, ...]:
    return tuple({str(row[0]): _statement(*row) for row in rows}.values())


def _statement(digest: Any, text: Any, times: Any, total_ms: Any, examined: Any, age: Any) -> Statement:
    return Statement(
        str(digest),
        without_values(str(text or "")),
        int(times),
        float(total_ms),
        None if examined is None else int(examined),
        None if age is None else float(age),
    )
