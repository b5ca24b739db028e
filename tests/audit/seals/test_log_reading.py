"""However the log lies, every leaf is given its row, and every row without a leaf is found."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.audit.seals import adversary
from tests.audit.seals.trail import write_events
from vuurtoren.audit.seals import tables
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LEAF, LOG, pages
from vuurtoren.audit.verification import log_reading
from vuurtoren.audit.verification.log_reading import LogReading
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

SIZE = 200
PAGE = 5


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (log_reading, tables):
        monkeypatch.setattr(module, "PAGE_ROWS", PAGE)
    monkeypatch.setattr(log_reading, "MOST_WAITING", 4 * PAGE)


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The events that were looked up, instead of being met on the way."""
    asked: list[str] = []
    scan: Callable[..., Any] = SQLiteSite.scan

    def spied(site: SQLiteSite, doctype: str, fields: Any, filters: Any = None, **options: Any) -> Any:
        if doctype == LOG and "event_id" in (filters or {}):
            asked.extend(filters["event_id"][1])
        return scan(site, doctype, fields, filters, **options)

    monkeypatch.setattr(SQLiteSite, "scan", spied)
    return asked


def event(number: int) -> str:
    return f"{number:032x}"


def rename(site: SQLiteSite, names: list[str]) -> None:
    """Name the rows anew, in the order of their events."""
    changes = [("UPDATE \"tabSEPA Audit Log\" SET name = '~' || name", ())]
    for number, name in enumerate(names):
        changes.append(('UPDATE "tabSEPA Audit Log" SET name = ? WHERE event_id = ?', (name, event(number))))
    for statement, values in changes:
        adversary.run(site, statement, *values)


def followed(site: SQLiteSite) -> dict[str, list[str]]:
    reading = LogReading(site)
    found: dict[str, list[str]] = {}
    for page in pages(site, LEAF, ("position", "event"), "position", 0):
        rows, almost = reading.follow(page)
        assert almost == []
        found |= {event: [row["event_id"] for row in claiming] for event, claiming in rows.items()}
    return found


EVERY_ROW = {event(number): [event(number)] for number in range(SIZE)}


@pytest.fixture
def log(site: SQLiteSite) -> SQLiteSite:
    write_events(site, SIZE)
    seal(site)
    return site


def test_a_log_in_the_order_of_its_seals_is_read_once_from_end_to_end(
    log: SQLiteSite, looked_up: list[str]
) -> None:
    assert followed(log) == EVERY_ROW
    assert looked_up == []


def test_a_log_in_any_order_is_looked_up(log: SQLiteSite, looked_up: list[str]) -> None:
    names = [f"{number:06d}" for number in range(SIZE)]
    random.Random(4).shuffle(names)
    rename(log, names)
    assert followed(log) == EVERY_ROW
    assert len(looked_up) > SIZE // 2


def test_where_the_order_begins_it_is_followed_again(log: SQLiteSite, looked_up: list[str]) -> None:
    names = [f"a{number:06d}" for number in range(SIZE // 4)]
    random.Random(4).shuffle(names)
    rename(log, names + [f"b{number:06d}" for number in range(SIZE // 4, SIZE)])
    assert followed(log) == EVERY_ROW
    assert set(looked_up).isdisjoint(map(event, range(SIZE // 2, SIZE)))


def test_an_event_that_was_sealed_late_is_found(log: SQLiteSite, looked_up: list[str]) -> None:
    names = [f"{number:06d}" for number in range(SIZE)]
    names[150], names[60] = "000003a", "000190a"
    rename(log, names)
    assert followed(log) == EVERY_ROW
    assert set(looked_up) <= {event(150), event(60)}


def test_rows_that_never_get_a_leaf_do_not_stop_the_reading(log: SQLiteSite, looked_up: list[str]) -> None:
    rename(log, [f"{number:06d}" for number in range(SIZE)])
    foreign = 'INSERT INTO "tabSEPA Audit Log" (name, event_id) VALUES (?, ?)'
    for number in range(8 * PAGE):
        adversary.run(log, foreign, f"000020-{number:03d}", f"foreign-{number}")
    assert followed(log) == EVERY_ROW
    assert len(looked_up) < SIZE // 2
    assert len(list(LogReading(log).unsealed())) == 8 * PAGE


def test_after_a_prune_the_rows_that_stayed_are_met(log: SQLiteSite, looked_up: list[str]) -> None:
    adversary.run(log, 'DELETE FROM "tabSEPA Audit Log" WHERE event_id < ?', event(SIZE // 2))
    assert followed(log) == {event(number): [event(number)] for number in range(SIZE // 2, SIZE)}
    assert set(looked_up).isdisjoint(map(event, range(SIZE // 2, SIZE)))


def test_a_second_row_is_found_wherever_it_lies(log: SQLiteSite) -> None:
    adversary.run(log, 'DROP INDEX "tabSEPA Audit Log-event_id"')
    copy = 'INSERT INTO "tabSEPA Audit Log" (name, event_id) VALUES (?, ?)'
    for name in ("0", "~"):
        adversary.run(log, copy, name, event(7))
    assert followed(log)[event(7)] == [event(7)] * 3
    assert len([finding for finding in verify(log).findings if finding.kind == "foreign row"]) == 2


def test_every_row_without_a_leaf_is_found(log: SQLiteSite) -> None:
    insert = 'INSERT INTO "tabSEPA Audit Log" (name, event_id) VALUES (?, ?)'
    events = [
        None,
        "",
        *(f"x{number}" for number in range(3 * PAGE)),
        *(bytes([number]) for number in range(9)),
    ]
    for number, each in enumerate(events):
        adversary.run(log, insert, f"foreign-{number}", each)
    found = [row["name"] for row in LogReading(log).unsealed()]
    assert sorted(found) == sorted(f"foreign-{number}" for number in range(len(events)))
