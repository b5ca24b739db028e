"""Messages of an earlier release: they go on before the migration, and are taken over once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.notifications.telling import told
from tests.notifications.test_outbox import Killed, bells, choose, deliveries
from tests.upgrade.earlier_columns import before_its_migration
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.intents.earlier_columns import ALERT, COLUMNS
from vuurtoren.embedded.store.earlier_columns import drop_earlier_columns
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications import outbox, planning, routing
from vuurtoren.notifications.delivery import Delivered, deliver
from vuurtoren.reports import daily_report
from vuurtoren.settings import settings
from vuurtoren.settings.settings import Settings
from vuurtoren.site.schema import load_schemas

REFUSED = "smtp.example:25 did not take the message: timed out"


def tell(site: SQLiteSite) -> Delivered:
    return deliver(site, settings.read(site))


def subjects(postman: RememberingPostman) -> list[str]:
    return [mail.subject.split(": ")[1] for mail in postman.sent]


def events(site: SQLiteSite, count: int) -> list[str]:
    names = [record_event(site, settings.read(site), "TEST", "LOW", f"thing {n}") for n in range(count)]
    site.commit()
    return names


def test_before_the_migration_an_alert_and_its_end_are_told_once_each(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    with before_its_migration(site):
        judge(12)
        assert tell(site).handed_over == 1
        judge(3)
        assert tell(site).handed_over == 1
        assert tell(site) == Delivered()
        assert [(row["opened_mail"], row["resolved_mail"]) for row in told(site)] == [("Handed over",) * 2]
    assert subjects(postman) == ["12 errors in the last hour, more than 10", "Resolved after 0 s"]


def test_before_the_migration_a_refusal_rings_the_bell_is_reported_and_tried_again(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    postman.refuses_because = REFUSED
    with before_its_migration(site):
        judge(12)
        tell(site)
        report = daily_report.daily_report(site, settings.read(site))
        assert [row["opened_mail_note"] for row in report["untold"]] == [REFUSED]
        postman.refuses_because = ""
        assert tell(site).handed_over == 1
    assert len(bells(site)) == len(postman.sent) == 1


def test_before_the_migration_a_storm_is_one_message(site: SQLiteSite, postman: RememberingPostman) -> None:
    with before_its_migration(site):
        events(site, 40)
        tell(site)
    assert len(postman.sent) == 1


def test_before_the_migration_an_alert_that_is_reopened_is_told_to_be_open_again(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    with before_its_migration(site):
        (name,) = judge(12).opened
        tell(site)
        alerts.resolve(site, name)
        tell(site)
        alerts.reopen(site, name)
        tell(site)
    assert subjects(postman)[::2] == ["12 errors in the last hour, more than 10"] * 2


Told = dict[str, tuple[str, str]]


@pytest.fixture
def filled(site: SQLiteSite, judge: Evaluate, postman: RememberingPostman) -> Iterator[Told]:
    """An older database with a message in every state; what is stored of each alert, by what it is about."""
    with before_its_migration(site):
        events(site, 2)
        judge(12)
        tell(site)
        judge(3)
        tell(site)
        postman.refuses_because = REFUSED
        record_event(site, settings.read(site), "TEST", "HIGH", "refused")
        tell(site)
        postman.refuses_because = ""
        site.set_single("Monitoring Settings", {"mail_enabled": 0})
        record_event(site, settings.read(site), "TEST", "HIGH", "not wanted")
        site.set_single("Monitoring Settings", {"mail_enabled": 1})
        record_event(site, settings.read(site), "TEST", "HIGH", "due")
        judge(14)
        site.commit()
        yield states(site)


def states(site: SQLiteSite) -> Told:
    rows = told(site, "message")
    return {str(row["message"]): (str(row["opened_mail"]), str(row["resolved_mail"])) for row in rows}


def taken_over(site: SQLiteSite) -> set[str]:
    drop_earlier_columns(site)
    return {str(row[1]) for row in site.store.execute(f'PRAGMA table_info("tab{ALERT}")')}


def test_every_state_is_taken_over_and_the_columns_leave_the_file(site: SQLiteSite, filled: Told) -> None:
    assert {opened for opened, _ in filled.values()} == {"Handed over", "Not sent", "Not wanted", "Due"}
    with today(site):
        assert not taken_over(site) & set(COLUMNS)
        assert states(site) == filled
        before = site.count(intents.DOCTYPE)
        drop_earlier_columns(site)
        assert site.count(intents.DOCTYPE) == before


def test_after_it_what_was_due_or_refused_is_told_once_and_nothing_else(
    site: SQLiteSite, filled: Told, postman: RememberingPostman, clock: MovableClock
) -> None:
    with today(site):
        taken_over(site)
        postman.sent.clear()
        for _ in range(3):
            clock.move(minutes=4)
            tell(site)
    assert sorted(subjects(postman)) == ["14 errors in the last hour, more than 10", "due", "refused"]


def test_a_worker_that_died_with_a_message_in_its_hand_before_is_succeeded_after(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    with before_its_migration(site):
        events(site, 2)
        chosen = settings.read(site)
        claim_all(site, chosen)
    taken_over(site)
    assert tell(site) == Delivered()
    clock.move(minutes=16)
    assert tell(site).handed_over == len(postman.sent) == 2


@pytest.mark.parametrize("step", range(1, 9))
def test_killed_in_the_middle_and_run_again_it_loses_nothing_and_tells_nothing_twice(
    site: SQLiteSite,
    filled: Told,
    postman: RememberingPostman,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    with today(site):
        postman.sent.clear()
        with monkeypatch.context() as dying, suppress(Killed):
            dying.setattr(site.store, "write", dying_at(step, site.store.write))
            drop_earlier_columns(site)
        site.rollback()
        tell(site)
        taken_over(site)
        assert states(site).keys() == filled.keys()
        for _ in range(3):
            clock.move(minutes=16)
            tell(site)
    assert sorted(subjects(postman)) == ["14 errors in the last hour, more than 10", "due", "refused"]


def test_what_was_written_before_the_older_rows_were_taken_over_stays(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    with before_its_migration(site):
        judge(12)
        tell(site)
    judge(3)
    tell(site)
    taken_over(site)
    tell(site)
    assert [(row["opened_mail"], row["resolved_mail"]) for row in told(site)] == [("Handed over",) * 2]
    assert subjects(postman) == ["12 errors in the last hour, more than 10", "Resolved after 0 s"]


def test_an_alert_that_was_told_several_times_keeps_each(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    choose(site, repeat_hours=1)
    judge(12)
    for _ in range(3):
        tell(site)
        clock.move(hours=2)
    rounds = deliveries(site, "round", "status")
    with before_its_migration(site):
        (name,) = site.get_all(ALERT, ["name"])
        site.update(ALERT, name["name"], {"opened_mail": "Handed over", "opened_mail_at": site.now()})
    site.delete(intents.DOCTYPE, {}, limit=100)
    site.commit()
    taken_over(site)
    kept = site.get_all(intents.DOCTYPE, ["round", "status"], order_by="round")
    assert [row["round"] for row in kept] == [row[0] for row in rounds] == [0, 1, 2]
    assert {row["status"] for row in kept} == {"Handed over"}
    tell(site)
    assert len(postman.sent) == 4


@contextmanager
def today(site: SQLiteSite) -> Iterator[None]:
    """The schema of today, inside a fixture that has that of before."""
    before, site.store.schemas = site.store.schemas, load_schemas()
    try:
        yield
    finally:
        site.store.schemas = before


def claim_all(site: SQLiteSite, chosen: Settings) -> None:
    """As a worker of before left it: the alert and its first delivery are claimed."""
    planning.plan(site, chosen, routing.route(site, chosen))
    now = site.now()
    claimed = {"status": "Claimed", "attempts": 1, "claimed_at": now}
    site.update_all(outbox.DOCTYPE, {"status": "Due"}, claimed)
    site.update_all(ALERT, {"opened_mail": "Not sent"}, {"opened_mail": "Claimed", "opened_mail_at": now})
    site.commit()


def dying_at(step: int, write: Callable[..., int]) -> Callable[..., int]:
    done = [0]

    def dies(*given: object, **more: object) -> int:
        done[0] += 1
        if done[0] == step:
            raise Killed
        return write(*given, **more)

    return dies
