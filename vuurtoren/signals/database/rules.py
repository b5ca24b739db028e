"""The database: slow queries, connections, growth."""

from __future__ import annotations

from vuurtoren.rules.rule import HOUR, MINUTE, Rule

RULES = (
    Rule(
        key="slow_query_threshold",
        title="Longest query that runs now",
        alert_type="PERFORMANCE_DEGRADATION",
        severity="MEDIUM",
        metric="database.longest_query_ms",
        operator=">",
        threshold=2000,
        critical_threshold=60_000,
        unit="ms",
        for_seconds=5 * MINUTE,
        unknown_for_seconds=None,
        summary="a query has been running for {value} (limit {threshold}), at more than one look",
        bench_fact=True,
        runbook="""See what runs: `bench --site SITE mariadb`, then `SHOW FULL PROCESSLIST;`.
A backup or a migration may take this long: wait for it.
A report that never ends can be stopped with `KILL QUERY id;` and should get a filter or an index.""",
    ),
    Rule(
        key="slow_queries_hourly",
        title="Slow queries in the last hour",
        alert_type="PERFORMANCE_DEGRADATION",
        severity="LOW",
        metric="database.slow_queries_per_hour",
        operator=">",
        threshold=60,
        unit="queries/h",
        interval="hourly",
        for_seconds=HOUR,
        unknown_for_seconds=None,
        summary="the database counted {value} that it calls slow (limit {threshold})",
        bench_fact=True,
        because_of=("slow_query_threshold", "slow_statement"),
        runbook="""Switch on the slow query log of MariaDB for an hour and look at what returns most often.
Frappe's Recorder shows the queries of one page and proposes indexes.
Large log tables slow everything down: see the largest tables on the monitoring page.""",
    ),
    Rule(
        key="slow_statement",
        title="A statement that takes long each time",
        alert_type="PERFORMANCE_DEGRADATION",
        severity="LOW",
        metric="database.slowest_statement_ms",
        operator=">",
        threshold=2000,
        unit="ms",
        for_seconds=15 * MINUTE,
        keep_firing_seconds=HOUR,
        unknown_for_seconds=None,
        summary="a statement takes {value} on average (limit {threshold})",
        bench_fact=True,
        runbook="""The statements are named below, slowest first, without their values.
Many rows examined and few found: an index is missing; Frappe's Recorder names the page that asks.
A migration, a backup or an import runs such statements on purpose, and is over soon.""",
    ),
    Rule(
        key="database_connections",
        title="Database connections in use",
        alert_type="HIGH_DB_CONNECTIONS",
        severity="HIGH",
        metric="database.connections_percent",
        operator=">",
        threshold=80,
        critical_threshold=95,
        unit="%",
        for_seconds=5 * MINUTE,
        keep_firing_seconds=5 * MINUTE,
        unknown_for_seconds=None,
        summary="{value} of the allowed database connections are in use (limit {threshold})",
        bench_fact=True,
        runbook="""At 100 percent new requests and jobs fail: act before.
`SHOW PROCESSLIST;` shows who holds them; many in `Sleep` point to a client that does not close.
Count the workers of all benches on this server: together they must fit in `max_connections`.""",
    ),
    Rule(
        key="database_growth",
        title="Growth of the database",
        alert_type="DATABASE_GROWTH",
        severity="LOW",
        metric="database.growth_bytes_per_day",
        operator=">",
        threshold=1_073_741_824,
        unit="bytes/day",
        interval="daily",
        unknown_for_seconds=None,
        summary="the database grows by {value} (limit {threshold})",
        links=("Log Settings",),
        runbook="""See the largest tables on the monitoring page.
Log tables: shorten their retention in Log Settings and see that the daily clearing does run.
The next usual cause: versions of documents that a job saves again and again.""",
    ),
    Rule(
        key="log_tables",
        title="Log tables of the database",
        alert_type="DATABASE_GROWTH",
        severity="LOW",
        metric="database.log_tables_bytes",
        operator=">",
        threshold=5_000_000_000,
        unit="bytes",
        interval="daily",
        unknown_for_seconds=None,
        summary="logs that may be cleared take {value} of the database (limit {threshold})",
        bench_fact=True,
        links=("Log Settings",),
        runbook="""The tables are named below. Shorten their retention in Log Settings, where they are listed.
Does the daily clearing run? See “run_log_clean_up” in the Scheduled Job Log.
Version and Deleted Document are not cleared by Frappe: decide with the board how long you keep them.""",
    ),
)
