"""The drill on a real SQLite site: restored, compared, verified, dropped; and on bad days."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import MovableClock
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.backups import drill as drilling
from vuurtoren.backups import drills
from vuurtoren.backups.drill import drill, is_due
from vuurtoren.embedded.store.sqlite_dump import take_backup
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.embedded.store.throw_away import SQLiteThrowAway, SQLiteThrowAways
from vuurtoren.site.errors import NotThrowAway, Unavailable
from vuurtoren.site.throw_away_names import new_name

Take = Callable[[], Path]


@pytest.fixture
def take(site: SQLiteSite) -> Take:
    """A site with a sealed trail, and a backup of it."""
    ensure_keys(site)

    def one() -> Path:
        record(
            site,
            "Mandate Creation",
            "SEPA Mandate",
            "M-1",
            "mandate_created",
            "Compliant",
            {"note": "it's; here\nx"},
        )
        site.commit()
        seal(site)
        site.commit()
        folder = site.site_path() / "private" / "backups"
        return take_backup(site.store.path, folder, site.name, site.now_utc())

    return one


def left(site: SQLiteSite) -> list[str]:
    with site.throw_aways() as places:
        return places.leftovers()


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()))))


def test_the_newest_backup_is_restored_compared_verified_and_dropped(site: SQLiteSite, take: Take) -> None:
    backup = take()
    found = drill(site)
    assert (found.outcome, found.because, found.backup) == ("Restorable", "", backup.name)
    assert found.table_count > 20
    assert found.row_count >= 3
    assert "1 events sealed, 1 rows" in found.trail
    assert found.newest_row_at == site.now()
    assert found.written_at is not None
    assert found.ended_at == site.now()
    assert left(site) == []


def test_the_site_that_runs_is_not_touched(site: SQLiteSite, take: Take) -> None:
    take()
    before = site.store.path.read_bytes()
    drill(site)
    rows = [line for line in _dumped(site) if "Backup Drill" not in line]
    site.store.path.write_bytes(before)
    assert rows == [line for line in _dumped(site) if "Backup Drill" not in line]


def _dumped(site: SQLiteSite) -> list[str]:
    return list(site.store._connect().iterdump())


def test_a_dump_that_was_cut_short_is_not_restorable(site: SQLiteSite, take: Take) -> None:
    backup = take()
    backup.write_bytes(backup.read_bytes()[:-2000])
    found = drill(site)
    assert (found.outcome, found.because) == ("Not restorable", "it breaks off in the middle")


def test_a_dump_of_another_site_is_named(site: SQLiteSite, take: Take) -> None:
    rewritten(take(), lambda dump: dump.replace(b"Database: vereniging.example", b"Database: elders.example"))
    found = drill(site)
    assert found.outcome == "Not restorable"
    assert "a dump of the database elders.example" in found.because


def test_a_dump_of_another_site_of_the_same_name_is_told_by_its_trail(
    site: SQLiteSite, take: Take, tmp_path: Path, clock: MovableClock
) -> None:
    take()
    other = SQLiteSite(tmp_path / "other", clock=clock, name=site.name)
    ensure_keys(other)
    record(other, "Mandate Creation", "SEPA Mandate", "M-2", "mandate_created", "Compliant", {})
    other.commit()
    seal(other)
    other.commit()
    clock.move(hours=1)
    take_backup(other.store.path, site.site_path() / "private" / "backups", site.name, site.now_utc())
    other.store.close()
    found = drill(site)
    assert found.outcome == "Not restorable"
    assert "the audit trail in it does not verify: tampered" in found.because


def test_a_row_that_somebody_changed_in_the_dump_is_found(site: SQLiteSite, take: Take) -> None:
    rewritten(take(), lambda dump: dump.replace(b"'mandate_created'", b"'mandate_deleted'"))
    found = drill(site)
    assert found.outcome == "Not restorable"
    assert "row changed" in found.trail


def test_a_statement_that_no_database_takes_is_told_by_its_number(site: SQLiteSite, take: Take) -> None:
    rewritten(take(), lambda dump: dump.replace(b"COMMIT;", b'INSERT INTO "tabNowhere" VALUES(1);\nCOMMIT;'))
    found = drill(site)
    assert found.outcome == "Not restorable"
    assert "no such table: tabNowhere" in found.because
    assert left(site) == []


@pytest.mark.parametrize("statement", [b"ATTACH '{}' AS live;", b"DROP DATABASE live;", b"use live;"])
def test_a_dump_cannot_reach_the_live_database(site: SQLiteSite, take: Take, statement: bytes) -> None:
    reaching = statement.replace(b"{}", bytes(site.store.path))
    rewritten(take(), lambda dump: dump.replace(b"BEGIN TRANSACTION;", reaching))
    before = site.count("SEPA Audit Log")
    assert drill(site).outcome == "Not restorable"
    assert site.count("SEPA Audit Log") == before


def test_what_a_killed_drill_left_behind_is_dropped_by_the_next(
    site: SQLiteSite, take: Take, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    monkeypatch.setattr(SQLiteThrowAway, "counts", _killed)
    with monkeypatch.context() as dead:  # nobody of a killed process comes to drop or write anything
        dead.setattr(SQLiteThrowAways, "drop", lambda *_: None)
        dead.setattr(drills, "note", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            drill(site)
    assert len(left(site)) == 1
    monkeypatch.undo()
    clock.move(minutes=5)
    take()
    assert drill(site).outcome == "Restorable"
    assert left(site) == []
    assert site.tally("Backup Drill", "outcome") == {"Not tried": 1, "Restorable": 1}


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_full_disk_says_nothing_about_the_backup(
    site: SQLiteSite, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    usage = shutil.disk_usage(site.site_path())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100 << 20))
    found = drill(site)
    assert found.outcome == "Whole"
    assert "100 MB are free" in found.because


def test_a_disk_that_fills_in_the_middle_leaves_nothing_behind(
    site: SQLiteSite, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()
    made = SQLiteThrowAways.make

    def small(places: SQLiteThrowAways, name: str) -> SQLiteThrowAway:
        copy = made(places, name)
        copy._connection.execute("PRAGMA max_page_count = 20")
        return copy

    monkeypatch.setattr(SQLiteThrowAways, "make", small)
    found = drill(site)
    assert found.outcome == "Whole"
    assert "the disk of the database is full" in found.because
    assert left(site) == []


def test_where_no_second_database_may_be_made_the_dump_is_read_to_its_end(
    site: SQLiteSite, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    take()

    def none(_: SQLiteSite) -> None:
        raise Unavailable("no second database may be made here")

    monkeypatch.setattr(SQLiteSite, "throw_aways", none)
    found = drill(site)
    assert (found.outcome, found.because) == ("Whole", "no second database may be made here")
    assert found.row_count >= 3


def test_an_encrypted_backup_is_not_called_broken(site: SQLiteSite, take: Take) -> None:
    backup = take()
    backup.rename(backup.with_name(backup.name.replace("-database", "-database-enc")))
    assert drill(site).outcome == "Not tried"


def test_two_drills_do_not_run_at_once(site: SQLiteSite, take: Take) -> None:
    take()
    with site.lock(drilling.LOCK), pytest.raises(drilling.Busy):
        drill(site)


def test_a_drill_that_has_no_time_says_so(site: SQLiteSite, take: Take) -> None:
    take()
    found = drill(site, most_seconds=1e-9)
    assert (found.outcome, found.because) == ("Not tried", "it was not done in the time that is given to it")


def test_it_is_due_once_a_month_and_only_where_there_is_a_backup(
    site: SQLiteSite, take: Take, clock: MovableClock
) -> None:
    assert not is_due(site)
    take()
    assert is_due(site)
    drill(site)
    assert not is_due(site)
    clock.move(days=30)
    assert is_due(site)


def test_without_a_backup_there_is_nothing_to_try(site: SQLiteSite) -> None:
    with pytest.raises(Unavailable, match="there is no database backup"):
        drill(site)


@pytest.mark.parametrize(
    "name",
    ["site.db", "vereniging.example", "vuurtoren_drill_", "vuurtoren_drill_00000000_20261104090000", ".."],
)
def test_no_other_database_is_made_or_dropped(site: SQLiteSite, name: str) -> None:
    with site.throw_aways() as places:
        for refused in (places.make, places.drop):
            with pytest.raises(NotThrowAway):
                refused(name)


def test_a_throw_away_that_leads_elsewhere_is_left_alone(site: SQLiteSite) -> None:
    with site.throw_aways() as places:
        name = new_name(site.name, site.now_utc())
        places.room_bytes()
        (site.site_path() / "private" / "drills" / name).symlink_to(site.site_path())
        with pytest.raises(NotThrowAway):
            places.drop(name)
    assert site.store.path.is_file()
