"""A filled site of an older release goes on under today's code: nothing lost or told twice, still sealed.

`release_0_1_0/` is the demo as it was told before the house was rearranged; people and keys are made up.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import HOST_DOCTYPES, MovableClock, RememberingPostman
from tests.pages.whole import build_page
from vuurtoren.alerts.alerts import OPEN_STATUSES
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.intents.earlier_columns import COLUMNS
from vuurtoren.alerts.intents.row import key
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.verification.verification import verify
from vuurtoren.composition import use_site
from vuurtoren.embedded.demo.site import NAME, STORY_ENDS, TIME_ZONE
from vuurtoren.embedded.store.earlier_columns import drop_earlier_columns
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.parts import PageSection
from vuurtoren.rounds.checks import run_job

RELEASE = Path(__file__).with_name("release_0_1_0")
KEPT = {
    "Alert Delivery": 40,
    "Alert Rule State": 41,
    "Alert Step": 34,
    "Error Kind": 8,
    "Metric Series": 697,
    "SEPA Audit Anchor": 16,
    "SEPA Audit Checkpoint": 89,
    "SEPA Audit Leaf": 380,
    "SEPA Audit Log": 380,
    "System Alert": 23,
}
"""What lay in the older database, counted when it was kept."""


@pytest.fixture
def upgraded(tmp_path: Path, postman: RememberingPostman) -> Iterator[SQLiteSite]:
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(RELEASE / "site_config.json", folder)
    older = sqlite3.connect(folder / "site.db")
    older.executescript(gzip.decompress((RELEASE / "site.sql.gz").read_bytes()).decode())
    older.close()
    clock = MovableClock()
    clock.moment = STORY_ENDS + timedelta(minutes=4)
    config = {"time_zone": TIME_ZONE, "alert_recipients": ["beheer@vereniging.example"]}
    site = SQLiteSite(
        folder, clock=clock, config=config, name=NAME, extra_schema=[HOST_DOCTYPES], postman=postman
    )
    drop_earlier_columns(site)
    append_only_guard.install(site)
    use_site(site)
    yield site
    use_site(None)
    site.store.close()


def test_nothing_is_lost(upgraded: SQLiteSite) -> None:
    assert {doctype: upgraded.count(doctype) for doctype in KEPT} == KEPT


def test_the_trail_verifies_as_it_was_sealed(upgraded: SQLiteSite) -> None:
    found = verify(upgraded)
    assert found.findings == []
    assert (found.leaves_checked, found.rows_checked, found.checkpoints_checked) == (380, 380, 89)


def open_fingerprints(site: SQLiteSite) -> list[str]:
    rows = site.get_all("System Alert", ["open_fingerprint"], {"status": ("in", OPEN_STATUSES)})
    return [str(row["open_fingerprint"]) for row in rows]


def test_the_next_tick_judges_without_a_failed_step_and_opens_nothing_twice(upgraded: SQLiteSite) -> None:
    still_open = {"status": ("in", OPEN_STATUSES)}
    before = {
        row["open_fingerprint"] for row in upgraded.get_all("System Alert", ["open_fingerprint"], still_open)
    }
    assert run_job(upgraded, "tick") == ""
    rows = [
        row["open_fingerprint"] for row in upgraded.get_all("System Alert", ["open_fingerprint"], still_open)
    ]
    assert len(rows) == len(set(rows))
    assert before & set(rows)


def test_what_was_told_is_not_told_again(upgraded: SQLiteSite, postman: RememberingPostman) -> None:
    handed_over = {"event": "opened", "status": "Handed over"}
    told = {row["alert"] for row in upgraded.get_all("Alert Notification", ["alert"], handed_over)}
    assert len(told) == KEPT["System Alert"]
    run_job(upgraded, "tick")
    again = {mail.reference_name for mail in postman.sent if mail.opens_thread}
    assert not told & again


def test_what_was_told_of_each_alert_is_said_as_before(upgraded: SQLiteSite) -> None:
    older = sqlite3.connect(":memory:")
    older.executescript(gzip.decompress((RELEASE / "site.sql.gz").read_bytes()).decode())
    rows = older.execute(f'SELECT name, {", ".join(COLUMNS)} FROM "tabSystem Alert"').fetchall()
    today = intents.columns(upgraded, [row[0] for row in rows])
    shown = {name: [str(value or "")[:19] for value in columns.values()] for name, columns in today.items()}
    assert shown == {row[0]: [str(value or "")[:19] for value in row[1:]] for row in rows}


def test_every_message_that_was_told_has_its_notification(upgraded: SQLiteSite) -> None:
    told = {"role": "First", "event": ("in", ("opened", "resolved"))}
    rows = upgraded.get_all("Alert Delivery", ["alert", "event", "round"], told)
    names = {key(row["alert"], row["event"], row["round"]) for row in rows}
    assert {row["name"] for row in upgraded.get_all("Alert Notification", ["name"])} == names


def test_the_page_shows_the_older_week(upgraded: SQLiteSite) -> None:
    page = build_page(upgraded)
    sections = [each for each in vars(page).values() if isinstance(each, PageSection)]
    assert [section.problem for section in sections if section.problem] == []
    assert page.alerts.content is not None and page.alerts.content.open
