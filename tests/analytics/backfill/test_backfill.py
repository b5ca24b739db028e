"""The past that can be counted back: exactly what the monitor would have measured, once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conftest import MovableClock
from vuurtoren.analytics.backfill import backfilling, counting
from vuurtoren.analytics.backfill.backfilling import backfill, backfill_once, rests_on
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.failures import OWN_TITLE
from vuurtoren.metrics.history import history
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.rounds import checks
from vuurtoren.signals.errors.source import errors_between

LONG_AGO = timedelta(days=60)
HOUR = timedelta(hours=1)


def log(
    site: SQLiteSite, *hours_ago: float, title: str = "x", doctype: str = "Error Log", **more: Any
) -> None:
    rows = []
    for number, hours in enumerate(hours_ago):
        at = site.now() - timedelta(hours=hours)
        rows.append({"name": f"{title}-{hours:g}-{number}", "creation": at, "modified": at, **more})
    if doctype == "Error Log":
        rows = [{"method": title, **row} for row in rows]
    site.seed(doctype, rows)
    site.commit()


def past(site: SQLiteSite, metric: str) -> dict[Any, float]:
    return dict(history.read(site, metric, site.now() - LONG_AGO))


def test_it_is_what_the_monitor_would_have_measured(site: SQLiteSite) -> None:
    log(site, *(hours / 7 for hours in range(1, 700)))
    log(site, 3, 4, 5, title=OWN_TITLE)
    log(site, 50, 51, doctype="Scheduled Job Log", status="Failed")
    log(site, 99, title="done", doctype="Scheduled Job Log", status="Complete")
    backfill(site)
    told = past(site, "errors.last_hour")
    assert len(told) > 300
    for at, number in list(told.items())[::7]:
        assert number == errors_between(site, at - HOUR, at).total(), at


def test_it_begins_where_every_log_reaches_back_to(site: SQLiteSite) -> None:
    log(site, 10, 100)
    log(site, 30, title="done", doctype="Scheduled Job Log", status="Complete")
    backfill(site)
    assert min(past(site, "errors.last_hour")) >= site.now() - timedelta(hours=29)
    assert past(site, "errors.last_week") == {}


def test_run_twice_it_does_nothing_more(site: SQLiteSite) -> None:
    log(site, *range(1, 200))
    first = backfill(site)
    before = past(site, "errors.last_hour")
    again = backfill(site)
    assert first.past and (again.past, again.rows) == ([], 0)
    assert past(site, "errors.last_hour") == before


def test_what_the_monitor_measured_itself_stays_as_it_is(
    site: SQLiteSite, clock: MovableClock, readings: Callable[..., Snapshot]
) -> None:
    log(site, *range(1, 200))
    history.record(site, readings(errors__last_hour=77))
    measured_at = site.now()
    clock.move(hours=5)
    log(site, 1, 2, title="later")
    backfill(site)
    told = past(site, "errors.last_hour")
    assert told[measured_at] == 77
    assert [at for at in told if at > measured_at] == []
    assert max(at for at in told if at < measured_at) >= measured_at - timedelta(minutes=15)


def test_a_history_that_is_sealed_stays_as_it_is_too(
    site: SQLiteSite, clock: MovableClock, readings: Callable[..., Snapshot]
) -> None:
    log(site, *range(1, 200))
    history.record(site, readings(errors__last_hour=77))
    measured_at = site.now()
    clock.move(days=3)
    history.seal(site)
    backfill(site)
    told = past(site, "errors.last_hour")
    assert told[measured_at] == 77 and max(told) == measured_at and len(told) > 100


def test_interrupted_it_goes_on_and_leaves_no_hole(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    log(site, *range(1, 24 * 40))
    written, write = [0], history.backfill

    def third_fails(*given: Any) -> None:
        written[0] += 1
        if written[0] == 3:
            raise KeyboardInterrupt
        write(*given)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(backfilling.history, "backfill", third_fails)
        with pytest.raises(KeyboardInterrupt):
            backfill(site)
    backfill(site)
    moments = sorted(past(site, "errors.last_hour"))
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(minutes=15)}
    assert moments[0] <= site.now() - timedelta(days=39)


def test_pages_of_any_size_count_the_same(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    log(site, *(hours / 3 for hours in range(1, 100)))
    since, until = site.now() - LONG_AGO, site.now()
    (errors,) = [
        each for each in backfilling.RECOUNTS["errors.last_hour"].logs if each.doctype == "Error Log"
    ]
    found = []
    for page in (1, 7, 10_000):
        monkeypatch.setattr(counting, "PAGE", page)
        found.append(counting.count(site, errors, since, until, since, lambda rows: None).counted)
    assert found[0] == found[1] == found[2] and found[0].total() == 99


def test_the_night_of_the_clock_change_is_counted_by_instants(site: SQLiteSite) -> None:
    """On 25 October 2026 the hour from two to three came twice; each sample lies at its own instant."""
    log(site, *range(1, 24 * 14))
    backfill(site)
    told = history.read(site, "errors.last_hour", site.now() - LONG_AGO)
    moments = [site.to_utc(at) for at, _number in told]
    assert len(set(moments)) == len(moments)
    steps = {later - earlier for earlier, later in pairwise(moments)}
    assert steps == {timedelta(minutes=15)}


def test_a_site_without_logs_has_no_past(site: SQLiteSite) -> None:
    assert backfill(site).past == []


def test_the_first_slow_run_does_it_once(site: SQLiteSite) -> None:
    log(site, *range(1, 100))
    checks.run_job(site, "hourly")
    assert len(past(site, "errors.last_hour")) > 100
    assert backfill_once(site) is None


def test_a_very_long_past_waits_for_the_command(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfilling, "BY_ITSELF_AT_MOST", 10)
    log(site, *range(1, 100))
    done = backfill_once(site)
    assert done and done.too_many > 10 and past(site, "errors.last_hour") == {}


def test_two_at_once_do_what_one_would(site: SQLiteSite) -> None:
    log(site, *range(1, 100))
    with site.lock("backfill"):
        assert backfill(site).busy


def test_it_says_what_the_past_rests_on(site: SQLiteSite) -> None:
    log(site, *range(1, 100))
    backfill(site)
    found = rests_on(site, "errors.last_hour")
    assert found and found.logs == ("Error Log",) and found.until <= site.now()
    assert rests_on(site, "host.cpu_percent") is None


@pytest.mark.parametrize(
    "stored", ["", "{", "[]", '{"errors.last_hour": 3}', '{"errors.last_hour": {"since": 1}}']
)
def test_a_memory_that_is_broken_says_nothing(site: SQLiteSite, stored: str) -> None:
    site.insert("Monitoring Run", {"job": "backfill", "cursor": stored})
    assert rests_on(site, "errors.last_hour") is None


def test_the_command_prints_what_was_counted(site: SQLiteSite) -> None:
    log(site, *range(1, 100))
    folder = str(site.folder)
    said = CliRunner().invoke(main, ["backfill", "--data", folder])
    assert said.exit_code == 0, said.output
    assert "99 rows of logs were read." in said.output and "counted from Error Log" in said.output
    assert "Nothing is left" in CliRunner().invoke(main, ["backfill", "--data", folder]).output
