"""Slow and failing requests."""

from __future__ import annotations

from vuurtoren.rules.rule import MINUTE, Rule

RULES = (
    Rule(
        key="failed_requests_hourly",
        title="Requests that ended in a server error",
        alert_type="PERFORMANCE_DEGRADATION",
        severity="HIGH",
        metric="requests.failed_last_hour",
        operator=">",
        threshold=10,
        critical_threshold=100,
        unit="requests",
        summary="{value} ended in a server error in the last hour (limit {threshold})",
        unknown_for_seconds=None,
        keep_firing_seconds=15 * MINUTE,
        links=("Error Log",),
        bench_fact=True,
        because_of=(
            "critical_error_rate",
            "error_rate_hourly",
            "database_connections",
        ),
        runbook="""Look at the errors by kind on the monitoring page for the same hour.
Open the failing address yourself: does it fail for everybody or for one kind of user?
On Frappe 14 uncaught web errors are not in the Error Log but in the list Error Snapshot.""",
    ),
    Rule(
        key="slow_requests",
        title="Slow requests",
        alert_type="PERFORMANCE_DEGRADATION",
        severity="MEDIUM",
        metric="requests.p95_ms",
        operator=">",
        threshold=3000,
        critical_threshold=10_000,
        unit="ms",
        for_seconds=10 * MINUTE,
        keep_firing_seconds=15 * MINUTE,
        unknown_for_seconds=None,
        summary="one request in twenty takes longer than {value} (limit {threshold})",
        bench_fact=True,
        because_of=(
            "cpu",
            "memory",
            "container_memory",
            "database_connections",
            "slow_queries_hourly",
            "slow_query_threshold",
            "slow_statement",
        ),
        runbook="""See the slowest addresses on the monitoring page: one report or the whole site?
One address: run it under Frappe's Recorder, which names its slow queries.
Which statements take long is with the number “Slowest statement”, where the database server tells it.
The whole site: look at CPU, memory and the database connections first.""",
    ),
    Rule(
        key="unusual_requests",
        title="More requests than usual at this hour",
        alert_type="PERFORMANCE_DEGRADATION",
        severity="LOW",
        metric="requests.last_hour",
        operator=">",
        threshold=4,
        unit="requests",
        kind="unusual",
        for_seconds=30 * MINUTE,
        keep_firing_seconds=60 * MINUTE,
        unknown_for_seconds=None,
        summary="{value} in the last hour; {usual}",
        bench_fact=True,
        runbook="""Look in the access log of the web server who asks for what: one stranger, or everybody?
One stranger: a robot or an attack; the web server can slow it down or shut it out.
Everybody: a mail to all members, or a registration that opens; watch CPU and memory.""",
    ),
)
