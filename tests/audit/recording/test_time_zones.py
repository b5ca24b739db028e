"""Another time zone of the site changes what old entries show, and is no tampering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.audit.clear_entries import clear_entries
from tests.audit.seals.trail import write_events
from tests.conftest import MovableClock
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.checks import run_job

Moving = Callable[[str], SQLiteSite]


@pytest.fixture
def in_zone(tmp_path: Path, clock: MovableClock) -> Iterator[Moving]:
    """The same site as it is after it was set to a time zone and started again."""
    opened: list[SQLiteSite] = []

    def open_in(zone: str) -> SQLiteSite:
        for before in opened:
            before.store.close()
        opened[:] = [SQLiteSite(tmp_path / "zoned", clock=clock)]
        opened[0].set_conf("time_zone", zone)
        opened[0].store.close()
        opened[:] = [SQLiteSite(tmp_path / "zoned", clock=clock)]
        return opened[0]

    yield open_in
    for site in opened:
        site.store.close()


def zone_entries(site: SQLiteSite) -> list[str]:
    return [row["details"] for row in clear_entries(site, ["details"], {"action": "time_zone_changed"})]


def test_entries_from_before_a_change_of_zone_verify(in_zone: Moving, clock: MovableClock) -> None:
    site = in_zone("Europe/Amsterdam")
    run_job(site, "tick")
    write_events(site, 3)
    for zone in ("Asia/Kolkata", "America/New_York"):
        clock.move(hours=1)
        site = in_zone(zone)
        run_job(site, "tick")
        write_events(site, 1, site.count(LOG))
        seal(site)
    assert len(zone_entries(site)) == 2
    assert not verify(site).tampered, verify(site).findings


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York"])
def test_the_zone_of_the_first_event_is_remembered_before_any_tick(
    in_zone: Moving, clock: MovableClock, zone: str
) -> None:
    """The setup wizard sets the zone of a site that had Frappe's usual one until then."""
    site = in_zone("Asia/Kolkata")
    write_events(site, 3)
    clock.move(minutes=1)
    site = in_zone(zone)
    write_events(site, 2, 3)
    run_job(site, "tick")
    seal(site)
    assert len(zone_entries(site)) == 1
    assert not verify(site).tampered, verify(site).findings


def test_a_forged_time_is_found_in_every_zone(in_zone: Moving, clock: MovableClock) -> None:
    site = in_zone("Europe/Amsterdam")
    run_job(site, "tick")
    write_events(site, 2)
    clock.move(hours=1)
    site = in_zone("Asia/Kolkata")
    run_job(site, "tick")
    (row,) = site.get_all(LOG, ["name", "timestamp"], order_by="creation, name", limit=1)
    with site.lift_guard(append_only_guard.GUARD, [row["name"]]):
        site.update(LOG, row["name"], {"timestamp": row["timestamp"].replace(day=1)})
    site.commit()
    assert [finding.kind for finding in verify(site).findings if finding.tampering] == ["row changed"]


def test_a_change_that_nobody_saw_is_named_for_what_it_may_be(in_zone: Moving) -> None:
    write_events(in_zone("Europe/Amsterdam"), 1)
    site = in_zone("Asia/Kolkata")
    seal(site)
    (found,) = verify(site).of("row changed")
    assert "was the site's changed?" in found.explanation


def test_a_forged_change_of_zone_excuses_nothing(in_zone: Moving) -> None:
    write_events(in_zone("Europe/Amsterdam"), 1)
    site = in_zone("Asia/Kolkata")
    seal(site)
    (row,) = site.get_all(LOG, ["timestamp", "event_time_utc"], limit=1)
    details = '{"before":"Europe/Amsterdam"}'
    forged = {**row, "process_type": "Configuration Change", "action": "time_zone_changed"}
    site.seed(LOG, [forged | {"details": details, "event_id": "f" * 32, "compliance_status": "Compliant"}])
    assert verify(site).of("row changed")


def test_the_same_zone_is_no_entry(in_zone: Moving) -> None:
    site = in_zone("Europe/Amsterdam")
    run_job(site, "tick")
    site = in_zone("Europe/Amsterdam")
    run_job(site, "tick")
    assert zone_entries(site) == []
