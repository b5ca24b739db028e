"""Statements by their shape: what the server counts of them only grows, and begins anew with the server."""

from __future__ import annotations

import json
from dataclasses import replace

from vuurtoren.metrics.measurement_cache import FILE
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import Statement, Statements

SLOW = Statement("a" * 32, "SELECT * FROM `tabVersion` WHERE `docname` = ?", 10, 30_000.0, 5_000, 90_000.0)
OFTEN = Statement(
    "b" * 32, "SELECT `name` FROM `tabMember` WHERE `email` = ?", 1_000, 9_000.0, 1_000, 90_000.0
)


def ran(statement, times, ms_each, rows_each=100):
    rows = None if statement.rows_examined is None else statement.rows_examined + times * rows_each
    return replace(
        statement,
        times=statement.times + times,
        total_ms=statement.total_ms + times * ms_each,
        rows_examined=rows,
    )


class Told:
    """A site whose server tells what a test says, looked at each ten minutes."""

    def __init__(self, site_that_says, clock, measured):
        self.site = site_that_says()
        type(self.site).statements = lambda site: self.state
        self.clock, self.measured = clock, measured

    def look(self, *found, lost=0, minutes=10):
        self.clock.move(minutes=minutes)
        self.state = Statements(found, lost)
        snapshot = self.measured(self.site, "database.statements")
        return snapshot.get("database.statements_ms"), snapshot.get("database.slowest_statement_ms")


def table(metric):
    return [(row["statement"], row["times"]) for row in metric.evidence if "statement" in row]


def told(site_that_says, clock, measured):
    return Told(site_that_says, clock, measured)


def test_the_first_reading_says_nothing_of_what_was_counted_before(site_that_says, clock, measured):
    total, slowest = told(site_that_says, clock, measured).look(SLOW, OFTEN)
    assert (total.reason, slowest.reason) == ("needs a second sample", "needs a second sample")


def test_it_tells_what_grew_between_two_readings(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW, OFTEN)
    total, slowest = site.look(ran(SLOW, 3, 2500, 400), ran(OFTEN, 1_000, 10))
    assert (total.value, slowest.value) == (17_500, 2500)
    assert table(total) == [(OFTEN.text, 1_000), (SLOW.text, 3)]
    assert slowest.evidence[0] == {
        "statement": SLOW.text, "times": 3, "total ms": 7500.0, "mean ms": 2500.0, "rows examined": 1200,
    }  # fmt: skip
    assert total.evidence[-1] == {"counted since": "2026-11-04 10:10:00"}


def test_what_ran_more_than_an_hour_ago_is_left_out(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW, OFTEN)
    site.look(ran(SLOW, 3, 2500), OFTEN)
    for _ in range(5):
        total, _slowest = site.look(ran(SLOW, 3, 2500), OFTEN)
        assert total.value == 7500
    total, _slowest = site.look(ran(SLOW, 3, 2500), OFTEN)
    assert total.value == 0


def test_readings_of_one_minute_are_counted_once(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW)
    site.look(ran(SLOW, 3, 2500), minutes=0.5)
    total, _slowest = site.look(ran(SLOW, 4, 2500), minutes=2)
    assert total.value == 10_000


def test_after_a_restart_what_the_server_counted_since_is_what_ran(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW)
    anew = replace(SLOW, times=12, total_ms=36_000.0, rows_examined=6_000, age_seconds=60.0)
    total, _slowest = site.look(anew)
    assert (total.value, table(total)) == (36_000, [(SLOW.text, 12)])


def test_a_counter_that_was_set_back_counts_from_nothing(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    without_age = replace(SLOW, age_seconds=None, rows_examined=None)
    site.look(without_age)
    total, slowest = site.look(replace(without_age, times=4, total_ms=8_000.0))
    assert (total.value, slowest.value) == (8_000, 2_000)
    assert slowest.evidence[0]["rows examined"] == "–"


def test_what_was_not_read_before_counts_from_now_on_unless_it_is_new(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW)
    total, _slowest = site.look(SLOW, OFTEN)
    assert total.value == 0
    total, _slowest = site.look(SLOW, OFTEN, replace(SLOW, digest="c" * 32, age_seconds=10.0))
    assert total.value == 30_000


def test_a_statement_that_ran_twice_is_slow_by_chance(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW)
    total, slowest = site.look(ran(SLOW, 2, 60_000))
    assert (total.value, slowest.reason) == (120_000, "no statement ran 3 times in the last hour")


def test_the_ten_that_took_longest_are_named(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    known = [replace(SLOW, digest=f"{n:032}", text=f"SELECT {chr(97 + n)}") for n in range(12)]
    site.look(*known)
    total, slowest = site.look(*(ran(each, 10 - n // 2, 100 + n) for n, each in enumerate(known)))
    assert table(total) == [(f"SELECT {chr(97 + n)}", 10 - n // 2) for n in (1, 0, 3, 2, 5, 4, 7, 6, 9, 8)]
    assert table(slowest) == [(f"SELECT {chr(97 + n)}", 10 - n // 2) for n in range(11, 1, -1)]


def test_what_the_server_could_not_tell_apart_is_said(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW, lost=100)
    total, _slowest = site.look(ran(SLOW, 3, 1000), lost=140)
    overflow = total.evidence[-2]
    assert overflow["times"] == 40 and "performance_schema_digests_size" in overflow["statement"]
    assert total.value == 3000


def test_after_a_gap_longer_than_the_hour_it_begins_anew(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW)
    total, _slowest = site.look(ran(SLOW, 3, 1000), minutes=90)
    assert total.reason == "needs a second sample"


def test_a_clock_that_was_set_back_begins_anew(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW)
    total, _slowest = site.look(ran(SLOW, 3, 1000), minutes=-30)
    assert total.reason == "needs a second sample"
    total, _slowest = site.look(ran(SLOW, 5, 1000))
    assert total.value == 2000


def test_what_was_kept_is_read_as_if_a_stranger_had_written_it(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    site.look(SLOW)
    path = site.site.folder / FILE
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"statement readings": [["never", [[1, "x"]]], 5]}))
    total, _slowest = site.look(ran(SLOW, 3, 1000))
    assert total.reason == "needs a second sample"


def test_a_secret_in_a_statement_is_redacted_and_a_long_one_cut(site_that_says, clock, measured):
    site = told(site_that_says, clock, measured)
    odd = replace(SLOW, text="SELECT NL91ABNA0417164300 " + "x, " * 400)
    site.look(odd)
    total, _slowest = site.look(ran(odd, 3, 1000))
    said = total.evidence[0]["statement"]
    assert "0417164300" not in said and len(said) <= 300


def test_where_the_server_does_not_count_it_says_what_to_do(site_that_says, measured):
    off = Unavailable("performance_schema is off; put performance_schema=ON into …")
    snapshot = measured(site_that_says(statements=off), "database.statements")
    for key in ("database.statements_ms", "database.slowest_statement_ms"):
        assert snapshot.get(key).value is None
        assert snapshot.get(key).reason.startswith("performance_schema is off")


def test_an_embedded_site_has_none(site, measured):
    assert measured(site, "database.statements").get("database.statements_ms").reason == (
        "SQLite keeps no such counter"
    )
