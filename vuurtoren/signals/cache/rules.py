"""The memory of the cache server."""

from __future__ import annotations

from vuurtoren.rules.rule import MINUTE, Rule

RULES = (
    Rule(
        key="cache_memory",
        title="Memory of the cache server",
        alert_type="HIGH_MEMORY",
        severity="MEDIUM",
        metric="cache.used_percent",
        operator=">",
        threshold=90,
        critical_threshold=97,
        unit="%",
        for_seconds=10 * MINUTE,
        keep_firing_seconds=10 * MINUTE,
        unknown_for_seconds=None,
        summary="the cache server uses {value} of its memory (limit {threshold})",
        bench_fact=True,
        runbook="""A full Redis refuses jobs and logs people out.
Look whether a queue has grown: jobs with large arguments live in the same memory.
Raise `maxmemory` in the bench's config/redis_cache.conf when the load is normal.""",
    ),
)
