"""What a tick costs is kept by step for a day, and stands on the page of the monitor."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.conftest import MovableClock
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import costs
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.sections import monitor
from vuurtoren.rounds.checks import run_job

DAY = date(2026, 11, 4)


def test_runs_of_a_day_are_added_up() -> None:
    text = costs.added(costs.added("", DAY, {"judging": 3.0}), DAY, {"judging": 5.0, "telling": 2.0})
    found = costs.read(text)
    assert found == costs.Costs("2026-11-04", 2, {"judging": 8.0, "telling": 2.0})
    assert found.each_run() == [("judging", 4.0), ("telling", 1.0)]


def test_a_new_day_begins_anew() -> None:
    text = costs.added(costs.added("", DAY, {"judging": 3.0}), DAY + timedelta(days=1), {"telling": 2.0})
    assert costs.read(text) == costs.Costs("2026-11-05", 1, {"telling": 2.0})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"day": 1}', '{"day": "x", "runs": 1, "cpu_ms": {"a": -1}}', '{"cpu_ms": 3}']
)
def test_what_cannot_be_read_is_not_known_and_begins_anew(text: str) -> None:
    assert costs.read(text) is None
    assert costs.read(costs.added(text, DAY, {"judging": 1.0})) == costs.Costs(
        "2026-11-04", 1, {"judging": 1.0}
    )


def test_a_tick_says_what_each_step_took(site: SQLiteSite, clock: MovableClock) -> None:
    assert monitor.tick_costs(Facts(site)) is None
    for _ in range(2):
        run_job(site, "tick")
        clock.move(minutes=4)
    row = site.get("Monitoring Run", "tick")
    assert row
    spent = costs.read(row["cursor"])
    assert spent and spent.runs == 2
    assert {"learning what is usual", "judging", "measuring", "keeping history"} <= set(spent.cpu_ms)
    shown = monitor.tick_costs(Facts(site))
    assert shown and shown.said.startswith("2 ticks on 2026-11-04: ") and "of one core." in shown.said
    assert "Measuring" in [title for title, _ms, _share in shown.rows]
    assert all(" %" in share for _title, _ms, share in shown.rows)


def test_a_cost_is_a_share_of_one_core_between_two_ticks(site: SQLiteSite) -> None:
    run_job(site, "tick")
    site.update(
        "Monitoring Run", "tick", {"cursor": costs.added("", DAY, {"judging": 960.0, "telling": 240.0})}
    )
    shown = monitor.tick_costs(Facts(site))
    assert shown == monitor.TickCosts(
        "One tick on 2026-11-04: 1.2 s of CPU, 0.5 % of one core.",
        (("Judging", "960 ms", "0.4 %"), ("Telling", "240 ms", "0.1 %")),
    )
