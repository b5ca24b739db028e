"""The machine and the database: what has a course over the day gets a chart, the rest is a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.line_chart import LineChart
from verenigingen.dashboard.parts import Reading, Resources
from verenigingen.dashboard.series import Point
from verenigingen.metrics import history
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.open_samples import SeriesName

WINDOW = timedelta(days=1)
RECENT = timedelta(minutes=10)
CHARTED = (
    "host.cpu_percent",
    "host.memory_percent",
    "host.disk_percent",
    "host.load_1m",
    "database.size_bytes",
    "database.connections_percent",
    "database.slow_queries_per_hour",
    "requests.last_hour",
    "requests.p95_ms",
    "cache.used_bytes",
)
PLAIN = (
    "host.memory_available_bytes",
    "host.swap_percent",
    "host.disk_free_bytes",
    "host.disk_read_bytes_per_second",
    "host.disk_written_bytes_per_second",
    "host.network_received_bytes_per_second",
    "host.network_sent_bytes_per_second",
    "host.bench_memory_bytes",
    "host.container_memory_percent",
    "host.boot_time",
    "database.growth_bytes_per_day",
    "database.error_log_rows",
    "database.longest_query_ms",
    "database.lock_waits",
    "requests.failed_last_hour",
    "requests.slow_last_hour",
    "cache.hit_percent",
    "cache.evicted_keys",
)


def build(facts: Facts) -> Resources:
    """A number that is unknown and has no history stands, with its reason, among the plain ones."""
    since = facts.now - WINDOW
    stored = history.read_many(facts.site, [SeriesName(key, ()) for key in CHARTED], since)
    readings = [_charted(facts, name.metric, points, since) for name, points in stored.items()]
    drawn = tuple(reading for reading in readings if reading.chart or reading.value is not None)
    undrawn = tuple(reading for reading in readings if reading not in drawn)
    return Resources(drawn, (*(facts.reading(key) for key in PLAIN), *undrawn))


def _charted(facts: Facts, key: str, points: list[Point], since: datetime) -> Reading:
    metric = _or_last_stored(facts, facts.snapshot.get(key), points)
    reading = facts.read(metric, _note(facts, key))
    if not points:
        return reading
    chart = LineChart(key, reading.label, reading.unit, tuple(points), since, facts.now, reading.limit)
    return replace(reading, chart=chart)


def _or_last_stored(facts: Facts, metric: Metric, points: list[Point]) -> Metric:
    """What cannot be measured at this moment but was stored a moment ago is shown with its own age."""
    if metric.known or not points or facts.now - points[-1][0] > RECENT:
        return metric
    at, value = points[-1]
    return replace(metric, value=value, reason="", measured_at=at)


def _note(facts: Facts, key: str) -> str:
    """The one fact that people look for beside this number."""
    _, text = facts.site.translate, facts.formats.text
    get = facts.snapshot.get
    if key == "host.load_1m" and (count := get("host.cpu_count")).known:
        return _("{0} CPUs").format(text(count.value))
    if key == "host.memory_percent" and (free := get("host.memory_available_bytes")).known:
        return _("{0} available").format(text(free.value, "bytes"))
    if key == "host.disk_percent" and (free := get("host.disk_free_bytes")).known:
        return _("{0} free").format(text(free.value, "bytes"))
    if key == "database.connections_percent" and (used := get("database.connections")).known:
        return _("{0} of {1}").format(text(used.value), text(get("database.max_connections").value))
    if key == "database.size_bytes" and (tables := get(key).evidence):
        return _("largest: {0}").format(str(tables[0].get("table", "")).removeprefix("tab"))
    if key == "requests.p95_ms" and (half := get("requests.p50_ms")).known:
        return _("half within {0}").format(text(half.value, "ms"))
    return ""
