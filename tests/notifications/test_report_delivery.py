"""A report finds another way when its first one does not carry it."""

from __future__ import annotations

from tests.conftest import MovableClock, RememberingPostman
from tests.notifications.test_outbox import PIGEON, REFUSED, Pigeon, bells, choose, deliveries, pigeon, tell
from tests.upgrade.earlier_columns import before_its_migration
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.undelivered import sentence
from vuurtoren.reports.daily_report import daily_report, send_daily_report
from vuurtoren.settings import settings
from vuurtoren.site.values import Proof

__all__ = ["pigeon"]


def send(site: SQLiteSite, *, again: bool = False) -> str:
    return send_daily_report(site, settings.read(site), only_if_failed=again)


def reports(site: SQLiteSite) -> list[tuple[object, ...]]:
    return deliveries(site, "event", "channel", "role", "status")


def test_a_report_has_its_delivery_and_its_proof(site: SQLiteSite, postman: RememberingPostman) -> None:
    assert send(site) == ""
    assert reports(site) == [("report", "email", "First", "Proven")]
    assert len(postman.sent) == 1


def test_a_refused_report_goes_to_the_next_channel_at_once(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    postman.refuses_because = REFUSED
    assert send(site) == ""
    assert reports(site) == [
        ("report", "desk", "Fallback", "Proven"),
        ("report", "email", "First", "Failed"),
    ]
    (bell,) = bells(site)
    assert "REPORT" in bell["subject"]


def test_a_report_that_is_not_proven_goes_to_the_next_channel_within_the_hour(
    site: SQLiteSite, pigeon: Pigeon, clock: MovableClock
) -> None:
    choose(site, channel_order="pigeon\ndesk")
    pigeon.proof = ""
    assert send(site) == ""
    PIGEON.later = Proof("failed", "the hawk")
    tell(site)
    clock.move(hours=1)
    assert send(site, again=True) == ""
    assert (len(pigeon.sent), len(bells(site))) == (1, 1)
    clock.move(hours=1)
    send(site, again=True)
    assert len(bells(site)) == 1


def test_one_that_is_proven_is_sent_once(site: SQLiteSite, clock: MovableClock) -> None:
    send(site)
    for _ in range(3):
        clock.move(hours=1)
        tell(site)
        send(site, again=True)
    assert len(reports(site)) == 1


def test_the_delivery_of_alerts_leaves_the_rows_of_reports_alone(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    choose(site, channel_order="email\ndesk")
    postman.refuses_because = REFUSED
    send(site)
    tell(site)
    assert ("report", "email", "First", "Failed") in reports(site)


def test_the_next_report_names_the_one_that_did_not_arrive(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    postman.refuses_because = REFUSED
    send(site)
    (row,) = daily_report(site, settings.read(site))["undelivered"]
    assert "REPORT" in sentence(row) and REFUSED in sentence(row)


def test_before_the_migration_it_is_sent_all_the_same(site: SQLiteSite, postman: RememberingPostman) -> None:
    with before_its_migration(site):
        assert send(site) == ""
    assert len(postman.sent) == 1
