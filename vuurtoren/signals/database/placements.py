"""Where the numbers of the database stand on the page."""

from __future__ import annotations

from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.signals.placement import Number, Placement, Remark, beside, numbers

IN_USE = beside("{0} of {1}", "database.connections", "database.max_connections")


def largest_table(snapshot: Snapshot) -> Remark | None:
    tables = snapshot.get("database.size_bytes").evidence
    if not tables:
        return None
    return Remark("largest: {0}", ((str(tables[0].get("table", "")).removeprefix("tab"), ""),))


PLACEMENTS = (
    Placement(
        "resources.charted",
        (
            Number("database.size_bytes", beside=largest_table),
            Number("database.connections_percent", beside=IN_USE),
            Number("database.slow_queries_per_hour"),
        ),
    ),
    Placement(
        "resources.plain",
        numbers(
            "database.growth_bytes_per_day",
            "database.log_tables_bytes",
            "database.error_log_rows",
            "database.longest_query_ms",
            "database.slowest_statement_ms",
            "database.statements_ms",
            "database.lock_waits",
        ),
    ),
)
