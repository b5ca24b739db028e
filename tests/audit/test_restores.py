"""A database that was set back is found by the files beside it, and a person says why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit.seals.trail import write_events
from tests.conftest import MovableClock
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.retention.restores import name_restore
from vuurtoren.audit.retention.retention import RetentionRefused
from vuurtoren.audit.seals.findings import (
    BAD_SIGNATURE,
    FORKED,
    NOT_CHECKABLE,
    RESTORED,
    SET_BACK,
    Verification,
)
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification import daily_verification
from vuurtoren.audit.verification.daily_verification import verify_daily
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

TABLES = (LOG, LEAF, CHECKPOINT, "SEPA Audit Anchor", "Monitoring Run")
PERSON = "penningmeester@vereniging.example"


def kinds(found: Verification) -> set[str]:
    return {finding.kind for finding in found.findings if finding.kind != "not anchored"}


@pytest.fixture
def restore(site: SQLiteSite, tmp_path: Path) -> Callable[[], None]:
    """Ten entries, sealed, handed out and verified today; then a backup. Afterwards: back to that backup."""
    site.insert("User", {"name": PERSON, "email": PERSON, "enabled": 1})
    site.insert("Has Role", {"parent": PERSON, "parenttype": "User", "role": "System Manager"})
    write_events(site, 10)
    seal(site)
    hand_out(site)
    verify_daily(site)
    site.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = tmp_path / "backup.db"
    shutil.copy(site.store.path, backup)

    def restored() -> None:
        site.commit()
        site.store.close()
        for path in site.folder.glob("site.db*"):
            path.unlink()
        shutil.copy(backup, site.store.path)

    return restored


def go_on(site: SQLiteSite, count: int = 3, start: int = 10) -> None:
    write_events(site, count, start)
    seal(site)
    hand_out(site)


def test_a_log_in_order_says_nothing_of_its_files(site: SQLiteSite, restore: Callable[[], None]) -> None:
    go_on(site)
    assert kinds(verify(site)) == set()


def test_a_restored_backup_is_set_back(site: SQLiteSite, restore: Callable[[], None]) -> None:
    go_on(site)
    restore()
    found = verify(site)
    assert found.tampered and kinds(found) == {SET_BACK}
    (finding,) = found.of(SET_BACK)
    assert "holds 10 events" in finding.explanation
    assert "of-13-events.note" in finding.explanation
    assert "restored backup or a new installation" in finding.explanation
    assert "monitoring audit restored --by" in finding.explanation


def test_a_log_that_went_on_after_a_restore_is_forked(site: SQLiteSite, restore: Callable[[], None]) -> None:
    go_on(site)
    restore()
    write_events(site, 20, 100)
    seal(site)
    hand_out(site)
    assert kinds(verify(site)) == {FORKED}


def test_a_second_file_of_one_number_is_a_fork(site: SQLiteSite, restore: Callable[[], None]) -> None:
    go_on(site)
    restore()
    go_on(site, start=100)
    folder = site.site_path() / "private" / "audit_anchors"
    assert len(list(folder.glob("checkpoint-000000000002-of-13-events*.note"))) == 2
    assert kinds(verify(site)) == {FORKED}


def test_a_new_installation_with_new_keys_is_told(site: SQLiteSite, restore: Callable[[], None]) -> None:
    go_on(site)
    for doctype in (LOG, LEAF, CHECKPOINT):
        site.store.connection.execute(f'DROP TRIGGER IF EXISTS "{doctype}"')
    fresh = SQLiteSite(site.folder.parent / "fresh", clock=site._clock)
    shutil.copytree(site.site_path() / "private", fresh.site_path() / "private")
    write_events(fresh, 2)
    seal(fresh)
    found = verify(fresh)
    assert kinds(found) == {BAD_SIGNATURE}
    assert "installed anew" in found.of(BAD_SIGNATURE)[0].explanation


def test_a_file_that_cannot_be_read_is_said(site: SQLiteSite, restore: Callable[[], None]) -> None:
    folder = site.site_path() / "private" / "audit_anchors"
    (folder / "checkpoint-000000000009-of-5-events.note").write_bytes(b"\xff\xfe")
    (folder / "notes of the treasurer.txt").write_text("no checkpoint")
    found = verify(site)
    assert kinds(found) == {NOT_CHECKABLE}
    assert "checkpoint-000000000009" in found.of(NOT_CHECKABLE)[0].explanation


def test_the_first_run_after_a_restore_verifies_what_was_verified_today(
    site: SQLiteSite, restore: Callable[[], None], clock: MovableClock
) -> None:
    clock.move(hours=1)
    assert verify_daily(site) == ""
    go_on(site)
    restore()
    clock.move(hours=1)
    assert "set back: 1" in verify_daily(site)
    kept = daily_verification.last(site)
    assert kept is not None and kept.held is False
    assert "set back" in kept.findings[0]


def test_and_no_run_after_it_until_the_next_day(
    site: SQLiteSite, restore: Callable[[], None], clock: MovableClock
) -> None:
    go_on(site)
    restore()
    clock.move(hours=1)
    verify_daily(site)
    name_restore(site, PERSON, "De schijf was stuk")
    clock.move(hours=1)
    verify_daily(site)
    kept = daily_verification.last(site)
    clock.move(hours=1)
    assert verify_daily(site) == ""
    assert daily_verification.last(site) == kept


def test_a_person_names_it_and_the_trail_says_so(site: SQLiteSite, restore: Callable[[], None]) -> None:
    go_on(site)
    restore()
    assert "given up" in name_restore(site, PERSON, "De schijf was stuk; back-up van 26 november")
    found = verify(site)
    assert not found.tampered and kinds(found) == {RESTORED}
    (row,) = site.get_all(LOG, ["actor", "compliance_status"], {"action": "restore_named"})
    assert row == {"actor": PERSON, "compliance_status": "Pending Review"}


def test_a_later_restore_is_found_again(site: SQLiteSite, restore: Callable[[], None]) -> None:
    go_on(site)
    restore()
    name_restore(site, PERSON, "De schijf was stuk")
    go_on(site, start=200)
    restore()
    assert SET_BACK in kinds(verify(site)) or FORKED in kinds(verify(site))


def test_nothing_is_named_that_did_not_happen(site: SQLiteSite, restore: Callable[[], None]) -> None:
    with pytest.raises(RetentionRefused, match="was not set back"):
        name_restore(site, PERSON, "zomaar")
    with pytest.raises(RetentionRefused, match="no enabled user"):
        name_restore(site, "nobody@vereniging.example", "zomaar")
    with pytest.raises(RetentionRefused, match="say which backup"):
        name_restore(site, PERSON, " ")


@pytest.mark.parametrize("given_up", [1, 2])
def test_what_is_given_up_is_only_what_was_lost_then(
    site: SQLiteSite, restore: Callable[[], None], given_up: int
) -> None:
    for number in range(given_up):
        go_on(site, start=10 + 3 * number)
    restore()
    said = name_restore(site, PERSON, "De schijf was stuk")
    assert said.startswith(f"given up: {'one checkpoint' if given_up == 1 else f'{given_up} checkpoints'},")
