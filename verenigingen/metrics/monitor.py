"""The monitor itself: how long ago each of its jobs ended well, and what they cost today."""

from __future__ import annotations

from collections.abc import Iterable

from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source

RUN = "Monitoring Run"
AGES = {
    "tick": "monitor.tick_age_seconds",
    "hourly": "monitor.hourly_age_seconds",
    "daily": "monitor.daily_age_seconds",
}
PROMISES = dict.fromkeys(AGES.values(), "s") | {"monitor.run_ms_today": "ms"}


def measure_monitor(context: Context) -> Iterable[Metric]:
    needed(context.site, RUN)
    rows = context.site.get_all(RUN, ["job", "succeeded_at", "error", "day", "run_ms_today"])
    runs = {row["job"]: row for row in rows}
    for job, key in AGES.items():
        run = runs.get(job)
        if run is None or run["succeeded_at"] is None:
            failed = f"; it failed: {run['error']}" if run and run["error"] else ""
            yield context.unknown(key, f"the {job} job has not ended well yet{failed}")
        else:
            age_seconds = round((context.now - run["succeeded_at"]).total_seconds())
            yield context.known(key, max(0, age_seconds), doctype=RUN)
    today = [row for row in rows if row["day"] == context.now.date()]
    cost_ms = round(sum(row["run_ms_today"] for row in today), 1)
    yield context.known("monitor.run_ms_today", cost_ms, doctype=RUN)


SOURCES = (Source("monitor", PROMISES, measure_monitor),)
