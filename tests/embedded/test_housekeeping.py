"""An embedded site keeps its logs for a time, and no longer."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import MovableClock
from vuurtoren.embedded.housekeeping import DAYS_KEPT, OUTBOX_DAYS_KEPT, ROWS_PER_BATCH, clear_old_logs
from vuurtoren.embedded.mailer import Mailer
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.values import Mail

MAIL = Mail(("beheer@vereniging.example",), "subject", "text", "html")


def test_it_deletes_what_is_older_than_its_days_and_nothing_else(site: SQLiteSite) -> None:
    for doctype, days in DAYS_KEPT.items():
        site.seed(doctype, [{"creation": site.now() - timedelta(days=days, hours=h)} for h in (-1, 1)])
    clear_old_logs()

    assert {doctype: site.count(doctype) for doctype in DAYS_KEPT} == dict.fromkeys(DAYS_KEPT, 1)


def test_it_deletes_more_than_one_batch(site: SQLiteSite) -> None:
    old = site.now() - timedelta(days=40)
    site.seed("Error Log", [{"creation": old} for _ in range(ROWS_PER_BATCH + 1)])
    clear_old_logs()

    assert site.count("Error Log") == 0


def test_it_keeps_the_audit_trail_and_the_alerts(site: SQLiteSite) -> None:
    assert not {"SEPA Audit Log", "System Alert", "Monitoring Run", "Metric Series"} & set(DAYS_KEPT)


def test_it_deletes_old_messages_from_the_outbox(site: SQLiteSite, clock: MovableClock) -> None:
    Mailer(site).send(MAIL)
    clock.move(days=OUTBOX_DAYS_KEPT + 1)
    kept = Mailer(site).send(MAIL).reference
    clear_old_logs()

    assert [str(path) for path in (site.folder / "outbox").iterdir()] == [kept]
