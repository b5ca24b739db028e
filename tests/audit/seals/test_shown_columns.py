"""What people see and filter by says what was sealed, or the verification tells; and nobody is accused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.audit.seals import adversary
from tests.audit.seals.trail import sealed_log, write_event, write_events
from tests.conftest import MovableClock
from vuurtoren.audit.recording import spool
from vuurtoren.audit.recording.recording import complete, record
from vuurtoren.audit.recording.user_renames import note_rename
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.keys import DETAILS_KEYS, MAC_KEYS, load_keys, newest_mac_key
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification.entry_state import states
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import SiteError

EVENT = f"{3:032x}"
ANNA, ANNIE, ANNE, MALLORY = "anna@v.example", "annie@v.example", "anne@v.example", "mallory@v.example"


def forge(site: SQLiteSite, column: str, value: object, event: str = EVENT) -> None:
    adversary.run(site, f'UPDATE "tab{LOG}" SET "{column}" = ? WHERE event_id = ?', value, event)


def found(site: SQLiteSite) -> list[tuple[str, str | None]]:
    return [(f.kind, f.event) for f in verify(site).findings if f.kind != "not anchored"]


def rename(site: SQLiteSite, before: str, after: str) -> None:
    """What Frappe does: in every row, also in those of the trail."""
    for column in ("user", "owner", "modified_by"):
        adversary.run(site, f'UPDATE "tab{LOG}" SET "{column}" = ? WHERE "{column}" = ?', after, before)
    note_rename(site, before, after)
    site.commit()


@pytest.fixture
def annas(site: SQLiteSite) -> SQLiteSite:
    """A log whose fourth event is Anna's."""
    write_events(site, 3)
    with site.as_user(ANNA):
        write_event(site, 3)
    site.commit()
    seal(site)
    return site


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("user", MALLORY),
        ("user", ANNA.upper()),
        ("user", None),
        ("owner", MALLORY),
        ("docstatus", 1),
        ("creation", "2019-01-01 00:00:00.000000"),
        ("creation", "2031-01-01 00:00:00.000000"),
        ("creation", "never"),
        ("creation", None),
    ],
)
def test_another_value_is_found_and_its_form_does_not_say_yes(
    annas: SQLiteSite, column: str, value: object
) -> None:
    assert found(annas) == []
    forge(annas, column, value)
    assert found(annas) == [("row changed", EVENT)]
    (name,) = [row["name"] for row in annas.get_all(LOG, ["name"], {"event_id": EVENT})]
    assert states(annas, [name])[name].verified is False


def test_a_row_that_is_not_sealed_yet_is_compared_too(site: SQLiteSite) -> None:
    sealed_log(site)
    write_event(site, 99)
    forge(site, "user", MALLORY, f"{99:032x}")
    assert found(site) == [("foreign row", f"{99:032x}")]


def test_the_database_refuses_another_creation(site: SQLiteSite) -> None:
    name = record(site, "Reconciliation", "", "", "matched")
    site.commit()
    with pytest.raises(SiteError, match="append-only"):
        site.update(LOG, str(name), {"creation": "2019-01-01"})


def test_a_user_whom_frappe_renamed_is_told_with_both_names(annas: SQLiteSite) -> None:
    rename(annas, ANNA, ANNIE)
    result = verify(annas)
    assert not result.tampered
    (told,) = result.of("renamed")
    assert told.explanation == f"it shows the user {ANNIE}, who was {ANNA} at the time"


def test_a_user_may_be_renamed_again_also_when_the_key_changed_in_between(annas: SQLiteSite) -> None:
    rename(annas, ANNA, ANNIE)
    annas.set_conf(MAC_KEYS, [key.hex() for key in load_keys(annas).mac] + ["ab" * 32])
    rename(annas, ANNIE, ANNE)
    seal(annas)
    assert not verify(annas).tampered


def test_a_rename_excuses_no_other_user(annas: SQLiteSite) -> None:
    rename(annas, ANNA, ANNIE)
    forge(annas, "user", ANNE)
    assert ("row changed", EVENT) in found(annas)


def test_a_forged_rename_excuses_nobody(annas: SQLiteSite) -> None:
    rename(annas, MALLORY, ANNIE)
    forge(annas, "user", ANNIE)
    adversary.run(annas, f"UPDATE \"tab{LOG}\" SET action = 'user_renamed' WHERE event_id = ?", f"{1:032x}")
    assert ("row changed", EVENT) in found(annas)


def test_no_name_is_written_down_with_a_rename(annas: SQLiteSite) -> None:
    name = note_rename(annas, ANNA, ANNIE)
    row = annas.get(LOG, str(name)) or {}
    assert ANNA not in str(row)


def test_without_the_details_key_a_renamed_user_is_no_accusation(annas: SQLiteSite) -> None:
    rename(annas, ANNA, ANNIE)
    seal(annas)
    annas.set_conf(DETAILS_KEYS, None)
    assert verify(annas).exit_code == 2


def test_whom_the_spool_brings_in_owns_the_entry(site: SQLiteSite, clock: MovableClock) -> None:
    with site.as_user(ANNA):
        spool.keep(site, complete(site, {"process_type": "Bank Submission", "action": "failed"}))
    clock.move(hours=30)
    assert spool.replay(site).written == 1
    clock.move(minutes=1)
    seal(site)
    assert site.get_all(LOG, ["user", "owner"]) == [{"user": ANNA, "owner": ANNA}]
    assert found(site) == []


@pytest.fixture
def autumn(tmp_path: Path, clock: MovableClock) -> Iterator[SQLiteSite]:
    clock.moment = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    made = SQLiteSite(tmp_path / "s", clock=clock, config={"time_zone": "Europe/Amsterdam"}, name="v.example")
    yield made
    made.store.close()


def test_an_hour_that_happens_twice_accuses_nobody_also_of_what_waited(
    autumn: SQLiteSite, clock: MovableClock
) -> None:
    for _ in range(8):
        spool.keep(autumn, complete(autumn, {"process_type": "Bank Submission", "action": "failed"}))
        clock.move(minutes=14)
        spool.replay(autumn)
        seal(autumn)
    assert autumn.count(LOG) == 8
    assert found(autumn) == []


# ---- rows of older versions
def older_row(site: SQLiteSite, number: int, **changes: object) -> str:
    """As it was written before details were encrypted: in clear, and owned by whoever wrote it."""
    row = complete(site, {"process_type": "Bank Submission", "action": "sent", "event_id": f"{number:032x}"})
    row |= canonical.sealed_values(row, newest_mac_key(site))
    return site.insert(LOG, row | changes)


def test_older_rows_are_no_accusation(site: SQLiteSite, clock: MovableClock) -> None:
    older_row(site, 1)
    older_row(site, 2, owner="Guest")
    older_row(site, 3, user=ANNIE, owner=ANNIE)
    site.commit()
    seal(site)
    result = verify(site)
    assert not result.tampered
    assert [f.event for f in result.of("renamed")] == [f"{3:032x}"]


def test_an_older_row_in_another_year_is_found(site: SQLiteSite, clock: MovableClock) -> None:
    older_row(site, 3)
    site.commit()
    seal(site)
    forge(site, "creation", str(site.now() + timedelta(days=2)))
    assert found(site) == [("row changed", EVENT)]
