from __future__ import annotations

from datetime import timedelta

from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import CacheState, DatabaseSize, DatabaseState, TableSize


def state(**given):
    values = {
        "engine": "MariaDB",
        "version": "10.11",
        "connections": 30,
        "max_connections": 150,
        "slow_queries_total": 100,
        "slow_after_ms": 10_000.0,
        "longest_query_ms": 12.0,
        "lock_waits_current": 0,
        "uptime_seconds": 5000,
    }
    return DatabaseState(**{**values, **given})


def test_it_gives_the_size_with_the_largest_tables(site_that_says, measured):
    size = DatabaseSize(5_000_000, 400, (TableSize("tabFile", 2_000_000, 9), TableSize("tabVersion", 5, 1)))
    snapshot = measured(site_that_says(database_size=size), "database.size")
    assert snapshot.get("database.size_bytes").value == 5_000_000
    assert snapshot.get("database.size_bytes").evidence[0] == {"table": "tabFile", "bytes": 2_000_000}
    assert snapshot.get("database.table_count").value == 400


def test_it_takes_the_servers_estimate_of_a_large_error_log(site_that_says, measured):
    size = DatabaseSize(5_000_000, 400, (TableSize("tabError Log", 2_000_000, 987_654),))
    metric = measured(site_that_says(database_size=size), "database.size").get("database.error_log_rows")
    assert metric.value == 987_654
    assert metric.evidence[0]["rows"] == "estimated by the server"


def test_it_counts_a_small_error_log(site, measured):
    site.insert("Error Log", {"method": "x", "error": "y"})
    assert measured(site, "database.size").get("database.error_log_rows").value == 1


def test_it_knows_no_growth_without_a_day_of_history(site, measured):
    metric = measured(site, "database.size").get("database.growth_bytes_per_day")
    assert metric.reason == "needs a day of history"


def test_it_measures_growth_from_the_oldest_sample_of_the_week(site_that_says, measured):
    site = site_that_says(database_size=DatabaseSize(65_536_000, 4, ()))
    now = site.now()
    past = [(now - timedelta(days=4), 65_536_00.0 * 2), (now - timedelta(days=9), 0.0)]
    history.backfill(site, "bytes", {SeriesName("database.size_bytes"): past})
    metric = measured(site, "database.size").get("database.growth_bytes_per_day")
    assert metric.value == (65_536_000 - 13_107_200) / 4
    assert metric.evidence[0]["since"] == "2026-10-31 10:00:00"


def test_it_gives_the_servers_own_counters(site_that_says, measured):
    snapshot = measured(site_that_says(database=state()), "database.server")
    assert snapshot.get("database.connections").value == 30
    assert snapshot.get("database.connections_percent").value == 20.0
    assert snapshot.get("database.longest_query_ms").value == 12.0
    assert snapshot.get("database.lock_waits").value == 0


def test_it_gives_the_reason_of_each_missing_counter(site_that_says, measured):
    denied = state(connections=None, missing={"connections": "access denied"})
    snapshot = measured(site_that_says(database=denied), "database.server")
    assert snapshot.get("database.connections").reason == "access denied"
    assert snapshot.get("database.connections_percent").reason == "access denied"
    assert snapshot.get("database.lock_waits").known


def slow(site, total, measured):
    site.total_now = total
    return measured(site, "database.server").get("database.slow_queries_per_hour")


def counting_site(site_that_says):
    site = site_that_says()
    type(site).database = lambda self: state(slow_queries_total=self.total_now)
    return site


def test_it_counts_slow_queries_since_the_oldest_sample_of_the_hour(site_that_says, clock, measured):
    site = counting_site(site_that_says)
    assert slow(site, 100, measured).reason == "needs a second sample"
    clock.move(minutes=20)
    assert slow(site, 103, measured).value == 3
    clock.move(minutes=39)
    assert slow(site, 104, measured).value == 4
    clock.move(minutes=11)
    assert slow(site, 104, measured).value == 1


def test_it_says_since_when_it_counted(site_that_says, clock, measured):
    site = counting_site(site_that_says)
    slow(site, 100, measured)
    clock.move(minutes=20)
    evidence = slow(site, 103, measured).evidence[0]
    assert evidence == {"counted since": "2026-11-04 10:00:00", "slower than ms": 10_000.0}


def test_it_starts_to_count_anew_after_the_server_restarted(site_that_says, clock, measured):
    site = counting_site(site_that_says)
    slow(site, 100, measured)
    clock.move(minutes=20)
    assert slow(site, 2, measured).reason == "needs a second sample"
    clock.move(minutes=5)
    assert slow(site, 3, measured).value == 1


def test_it_measures_the_cache(site_that_says, measured):
    snapshot = measured(site_that_says(cache=CacheState(50, 200, 3, 90, 10)), "cache")
    assert snapshot.get("cache.used_bytes").value == 50
    assert snapshot.get("cache.used_percent").value == 25.0
    assert snapshot.get("cache.evicted_keys").value == 3
    assert snapshot.get("cache.hit_percent").value == 90.0


def test_it_knows_no_share_of_a_cache_without_limit_or_questions(site_that_says, measured):
    snapshot = measured(site_that_says(cache=CacheState(50, None, 0, 0, 0)), "cache")
    assert snapshot.get("cache.used_percent").reason == "the cache server has no memory limit"
    assert snapshot.get("cache.hit_percent").value is None


def test_it_calls_the_cache_unknown_when_redis_is_gone(site_that_says, measured):
    snapshot = measured(site_that_says(cache=Unavailable("Redis does not answer")), "cache")
    assert snapshot.get("cache.used_bytes").reason == "Redis does not answer"


def test_log_tables_are_those_of_the_largest_that_may_be_cleared(site_that_says, measured):
    tables = (TableSize("tabVersion", 700, 1), TableSize("tabFile", 500, 9), TableSize("tabError Log", 40, 9))
    size = DatabaseSize(5_000, 400, tables)
    metric = measured(site_that_says(database_size=size), "database.size").get("database.log_tables_bytes")
    assert metric.value == 740
    assert [row["table"] for row in metric.evidence] == ["tabVersion", "tabError Log"]


def test_where_no_table_has_a_size_logs_are_unknown(site_that_says, measured):
    size = DatabaseSize(5_000, 400, ())
    metric = measured(site_that_says(database_size=size), "database.size").get("database.log_tables_bytes")
    assert not metric.known and metric.reason == "the database does not tell how large its tables are"
