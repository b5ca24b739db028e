"""A trail that ended with the app is no fork of the next one; a trail that was deleted still is told of."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from tests.audit.seals.trail import write_events
from vuurtoren.audit.anchors import kept_files
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.retention import ended
from vuurtoren.audit.retention.ended import end, name_former
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import NOT_ANCHORED, SET_BACK
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


@pytest.fixture
def trail(site: SQLiteSite) -> SQLiteSite:
    """Twelve sealed entries in two checkpoints that lie in files, and one entry that waits for its seal."""
    for start, count in ((0, 10), (10, 2)):
        write_events(site, count, start)
        seal(site)
        hand_out(site)
    write_events(site, 1, 12)
    return site


def uninstall(site: SQLiteSite) -> None:
    """What an uninstall leaves of the database: no row of ours."""
    append_only_guard.remove(site)
    for doctype in (LOG, LEAF, CHECKPOINT, ANCHOR):
        site.store.execute(f'DELETE FROM "tab{doctype}"')
    site.commit()
    append_only_guard.install(site)


def begin_anew(site: SQLiteSite) -> None:
    name_former(site)
    write_events(site, 3, 100)
    seal(site)
    hand_out(site)


def kinds(site: SQLiteSite) -> set[str]:
    return {finding.kind for finding in verify(site).findings} - {NOT_ANCHORED}


def test_a_trail_that_ended_is_no_fork_of_the_next(trail: SQLiteSite) -> None:
    folder = end(trail, ended.ENDED)
    uninstall(trail)
    begin_anew(trail)
    assert kinds(trail) == set()
    assert kept_files.unknown_newest(trail) == ""
    moved = [path.name for path in sorted((folder / ended.CHECKPOINTS).iterdir())]
    assert [name.partition("-of-")[2] for name in moved] == [
        "10-events.note",
        "12-events.note",
        "13-events.note",
    ]


def test_there_and_back_twice(trail: SQLiteSite) -> None:
    for hour in range(2):
        end(trail, ended.ENDED)
        uninstall(trail)
        trail._clock.move(hours=1)  # type: ignore[attr-defined]
        begin_anew(trail)
        assert kinds(trail) == set(), hour


def test_the_next_trail_names_the_one_before_once(trail: SQLiteSite) -> None:
    folder = end(trail, ended.ENDED)
    newest = kept_files.files_in(folder / ended.CHECKPOINTS)[-1]
    uninstall(trail)
    for _ in range(2):
        name_former(trail)
    (row,) = trail.get_all(LOG, ["event_id", "compliance_status"], {"action": ended.BEGUN_ANEW})
    assert row == {"event_id": f"begun-{newest.digest[:32]}", "compliance_status": "Pending Review"}


def test_what_ended_proves_itself_without_the_site(trail: SQLiteSite) -> None:
    folder = end(trail, ended.ENDED)
    assert json.loads((folder / ended.TRAIL / "manifest.json").read_text("utf-8"))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        answer = verify_sepa_audit.main([str(folder / ended.TRAIL)])
    assert answer in (0, 2), said.getvalue()
    assert (folder.stat().st_mode & 0o077, (folder / ended.CHECKPOINTS).stat().st_mode & 0o077) == (0, 0)


def test_a_trail_that_was_deleted_without_an_end_is_told(trail: SQLiteSite) -> None:
    uninstall(trail)
    begin_anew(trail)
    assert kinds(trail) == {SET_BACK}
    assert not trail.get_all(LOG, ["name"], {"action": ended.BEGUN_ANEW})


def test_what_was_lost_before_the_end_is_told_after_it(trail: SQLiteSite) -> None:
    """An uninstall does not wash away that the log had been set back."""
    seal(trail)
    hand_out(trail)
    uninstall(trail)
    write_events(trail, 2, 50)
    end(trail, ended.ENDED)
    uninstall(trail)
    begin_anew(trail)
    assert kinds(trail) == {SET_BACK}


def test_an_export_that_fails_does_not_keep_the_checkpoints_behind(
    trail: SQLiteSite, monkeypatch: pytest.MonkeyPatch, quiet: None
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(ended, "export", full)
    folder = end(trail, ended.ENDED)
    uninstall(trail)
    begin_anew(trail)
    assert kinds(trail) == set()
    assert not (folder / ended.TRAIL).exists()


def test_an_empty_log_is_nothing_that_could_end(site: SQLiteSite, tmp_path: Path) -> None:
    assert not ended.has_trail(site)
    name_former(site)
    assert not ended.has_trail(site)
