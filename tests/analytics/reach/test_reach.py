"""Whom and what a fault touched, exactly, on a seeded association."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import HOST_DOCTYPES, MovableClock
from vuurtoren.alerts.events import record_event
from vuurtoren.analytics.reach import reach, sentence, starts
from vuurtoren.analytics.reach.reach import Start, follow
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index, occurrences
from vuurtoren.settings.settings import Settings

TRACED = {"Error Log": {"fields": {
    "method": "Data", "error": "Code", "seen": "Check", "reference_doctype": "Link",
    "reference_name": "Data", "trace_id": "Data",
}}}  # fmt: skip
"""As Frappe 15 and 16 have it."""


@pytest.fixture
def books(tmp_path: Path, clock: MovableClock) -> Iterator[SQLiteSite]:
    """Nine invoices of seven members, and a tenth invoice that nothing happened to."""
    fields = tmp_path / "traced.json"
    fields.write_text(json.dumps(TRACED), "utf-8")
    site = SQLiteSite(
        tmp_path / "books", clock=clock, config={"time_zone": "Europe/Amsterdam"},
        extra_schema=[HOST_DOCTYPES, fields],
    )  # fmt: skip
    for number in range(7):
        site.insert(
            "Member", {"name": f"M-{number}", "customer": f"C-{number}", "email": f"m{number}@leden.example"}
        )
    for number in range(10):
        money = {"grand_total": 45.5 if number else 48.5, "currency": "EUR"}
        site.insert("Sales Invoice", {"name": f"SI-{number}", "customer": f"C-{number % 7}", **money})
    yield site
    site.store.close()


def error(site: SQLiteSite, doctype: str = "", name: str = "", **more: Any) -> None:
    about = {"reference_doctype": doctype, "reference_name": name} if name else {}
    site.insert("Error Log", {"method": "x", "error": "Traceback\nValueError: broken", **about, **more})


def kind(site: SQLiteSite) -> str:
    site.commit()
    index.index_new_errors(site)
    return str(site.get_all("Error Kind", ["name"])[0]["name"])


def told(site: SQLiteSite, start: Start | None) -> str:
    assert start
    return sentence.said(site, follow(site, start))


def test_errors_are_told_as_invoices_members_and_money(books: SQLiteSite) -> None:
    for number in [*range(9), 0, 1, 2]:
        error(books, "Sales Invoice", f"SI-{number}")
    assert told(books, starts.of_kind(books, kind(books))) == "12 errors: 9 invoices, 7 members, EUR 412.50"


def test_a_batch_is_all_that_it_collects(books: SQLiteSite) -> None:
    books.insert("Direct Debit Batch", {"name": "B-1"})
    for number in range(3):
        line = {"parent": "B-1", "invoice": f"SI-{number}", "member": f"M-{number}"}
        books.insert("Direct Debit Batch Invoice", line)
    error(books, "Direct Debit Batch", "B-1")
    said = told(books, starts.of_kind(books, kind(books)))
    assert said == "1 error: 3 invoices, 3 members, 1 batch, EUR 139.50"


def test_a_payment_leads_to_what_it_pays_and_who_paid(books: SQLiteSite) -> None:
    books.insert("Payment Entry", {"name": "P-1", "party_type": "Customer", "party": "C-5"})
    paid = {"parent": "P-1", "reference_doctype": "Sales Invoice", "reference_name": "SI-1"}
    books.insert("Payment Entry Reference", paid)
    error(books, "Payment Entry", "P-1")
    said = told(books, starts.of_kind(books, kind(books)))
    assert said == "1 error: 1 invoice, 2 members, 1 payment, EUR 45.50"


def test_what_the_same_request_did_is_followed_by_its_trace(books: SQLiteSite) -> None:
    error(books, trace_id="t-1")
    event = {"reference_doctype": "Sales Invoice", "reference_name": "SI-3", "trace_id": "t-1"}
    given = {"event_id": "a-1", "action": "created", "process_type": "Payment Processing", "details": "{}"}
    books.seed("SEPA Audit Log", [{"name": "a-1", "timestamp": books.now(), **given, **event}])
    assert told(books, starts.of_kind(books, kind(books))) == "1 error: 1 invoice, 1 member, EUR 45.50"


def test_a_member_who_ran_into_it_is_counted_by_the_mail_address(books: SQLiteSite) -> None:
    for user in ("m2@leden.example", "m2@leden.example", "Guest", "staff@vereniging.example"):
        error(books, owner=user)
    assert told(books, starts.of_kind(books, kind(books))) == "4 errors: 1 member"


def test_any_other_document_is_counted_as_what_it_is(books: SQLiteSite) -> None:
    books.insert("Customer", {"name": "C-77"})
    error(books, "Customer", "C-77")
    assert told(books, starts.of_kind(books, kind(books))) == "1 error: 1 × Customer"


def test_a_document_that_is_gone_is_in_no_number(books: SQLiteSite) -> None:
    error(books, "Sales Invoice", "SI-99")
    found = follow(books, starts.of_kind(books, kind(books)))
    assert (found.documents, found.hidden, sentence.said(books, found)) == ((), 1, "")
    assert sentence.hidden(books, found) == "1 more document is gone, or you may not read it."


def test_who_may_not_read_invoices_sees_neither_their_names_nor_their_money(
    books: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    error(books, "Sales Invoice", "SI-1")
    found_by_kind = kind(books)
    may = SQLiteSite.readable

    def readable(self: SQLiteSite, doctype: str, names: Sequence[str]) -> set[str]:
        return set() if doctype == "Sales Invoice" else may(self, doctype, names)

    monkeypatch.setattr(SQLiteSite, "readable", readable)
    found = follow(books, starts.of_kind(books, found_by_kind))
    assert sentence.said(books, found) == "1 error: 1 member"
    assert found.hidden == 1 and "SI-1" not in repr(found)


def test_money_is_kept_apart_by_currency(books: SQLiteSite) -> None:
    books.insert("Sales Invoice", {"name": "SI-usd", "grand_total": 1200, "currency": "USD"})
    error(books, "Sales Invoice", "SI-usd")
    error(books, "Sales Invoice", "SI-1")
    assert told(books, starts.of_kind(books, kind(books))).endswith("EUR 45.50, USD 1,200.00")


def test_reading_that_ended_at_its_bound_says_at_least(
    books: SQLiteSite, monkeypatch: pytest.MonkeyPatch, clock: MovableClock
) -> None:
    monkeypatch.setattr(starts, "MOST_ERRORS", 2)
    for number in range(5):
        clock.move(seconds=1)
        error(books, "Sales Invoice", f"SI-{number}")
    assert told(books, starts.of_kind(books, kind(books))).startswith("at least 2 errors: 2 invoices")


def test_following_ends_at_its_bound(books: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "MOST_FOLLOWED", 3)
    start = Start(documents=frozenset(("Sales Invoice", f"SI-{number}") for number in range(9)))
    assert not follow(books, start).complete


def test_an_alert_about_errors_counts_those_around_it(books: SQLiteSite, clock: MovableClock) -> None:
    error(books, "Sales Invoice", "SI-8")
    clock.move(hours=3)
    error(books, "Sales Invoice", "SI-1")
    details = json.dumps({"metric": "errors.last_hour"})
    row = {"details": details, "first_seen": books.now(), "resolved_at": None, "timestamp": None}
    assert told(books, starts.of_alert(books, row)) == "1 error: 1 invoice, 1 member, EUR 45.50"


def test_an_alert_about_a_batch_is_followed_from_it(books: SQLiteSite) -> None:
    books.insert("Direct Debit Batch", {"name": "B-1"})
    books.insert("Direct Debit Batch Invoice", {"parent": "B-1", "invoice": "SI-0", "member": "M-0"})
    details = json.dumps({"subjects": [{"sort": "batch", "name": "B-1"}]})
    row = {"details": details, "first_seen": books.now(), "resolved_at": None, "timestamp": None}
    assert told(books, starts.of_alert(books, row)) == "1 invoice, 1 member, 1 batch, EUR 48.50"


def test_an_alert_about_the_disk_touches_nobody(books: SQLiteSite) -> None:
    name = record_event(books, Settings(), "disk", "HIGH", "full", {"which": "/"})
    assert starts.of_alert(books, books.get("System Alert", name) or {}) is None


def test_a_site_without_the_association_counts_what_it_has(site: SQLiteSite) -> None:
    error(site, "File", "F-1")
    site.insert("File", {"name": "F-1"})
    assert told(site, starts.of_kind(site, kind(site))) == "1 error: 1 × File"


def test_older_errors_are_found_too(books: SQLiteSite, clock: MovableClock) -> None:
    error(books, "Sales Invoice", "SI-1")
    name = kind(books)
    clock.move(days=3)
    assert occurrences.occurrences(books, name, books.now()).found
    assert starts.of_kind(books, name).errors == 1
