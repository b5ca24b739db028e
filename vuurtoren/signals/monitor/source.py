"""The monitor itself: how long ago each of its jobs ended well, and what they cost today."""

from __future__ import annotations

from collections.abc import Iterable

from vuurtoren.health import moments, readiness
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.site.words.words import Words

RUN = "Monitoring Run"
AGES = {
    "tick": "monitor.tick_age_seconds",
    "hourly": "monitor.hourly_age_seconds",
    "daily": "monitor.daily_age_seconds",
}
PROMISES = {
    "monitor.tick_age_seconds": Promise("s", "Last tick", "How long ago the monitor's tick last ended well."),
    "monitor.hourly_age_seconds": Promise(
        "s", "Last hourly checks", "How long ago the hourly checks last ended well."
    ),
    "monitor.daily_age_seconds": Promise(
        "s", "Last daily checks", "How long ago the daily checks last ended well."
    ),
    "monitor.run_ms_today": Promise(
        "ms", "Cost of the monitor today", "How long all runs of the monitor took today, added up."
    ),
}


def measure_monitor(context: Context) -> Iterable[Metric]:
    needed(context.site, RUN)
    fields = ["job", "succeeded_at", "error", "day", "run_ms_today"]
    in_utc = readiness.kept_fields(context.site, RUN, ["succeeded_at_utc"])
    rows = context.site.get_all(RUN, [*fields, *in_utc])
    runs = {row["job"]: row for row in rows}
    for job, key in AGES.items():
        run = runs.get(job)
        age = moments.age_seconds(context.site, run, "succeeded_at") if run else None
        if age is None:
            never = Words("the {0} job has not ended well yet", Words(job))
            if run and run["error"]:
                never = Words("the {0} job has not ended well yet; it failed: {1}", Words(job), run["error"])
            yield context.unknown(key, never)
        elif moments.is_uncertain(age):
            yield context.unknown(
                key,
                Words(
                    "when the {0} job last ended well is unknown, {1}", Words(job), Words(moments.UNCERTAIN)
                ),
            )
        else:
            yield context.known(key, moments.shown(age), doctype=RUN)
    today = [row for row in rows if row["day"] == context.now.date()]
    cost_ms = round(sum(row["run_ms_today"] for row in today), 1)
    yield context.known("monitor.run_ms_today", cost_ms, doctype=RUN)


SOURCES = (Source("monitor", PROMISES, measure_monitor),)
