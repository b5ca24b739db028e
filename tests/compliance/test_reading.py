"""What the rules are told about real rows: signatures, accounts, announcements, files, answers, the trail."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import findings
from tests.compliance.test_findings import office as office
from vuurtoren.audit.recording.process_events import log_bank_submission, log_prenotification
from vuurtoren.audit.recording.recording import record
from vuurtoren.compliance import rule_states, scanning
from vuurtoren.compliance.reading import values
from vuurtoren.compliance.reading.mandates import by_reference
from vuurtoren.compliance.reading.world import World, agreements
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

BATCH, LINE = "Direct Debit Batch", "Direct Debit Batch Invoice"


def coming(site: SQLiteSite, days: int = 12) -> date:
    return (site.now() + timedelta(days=days)).date()


def found(site: SQLiteSite, rule: str) -> list[dict[str, Any]]:
    scanning.scan(site)
    return findings(site, rule=rule)


def invoice_of(site: SQLiteSite, line: str) -> str:
    row = site.get(LINE, line)
    assert row is not None
    return str(row["invoice"])


def test_a_mandate_without_a_file_lacks_its_signature_where_others_have_one(office: SQLiteSite) -> None:
    signed, unsigned = books.mandate(office), books.mandate(office)
    office.insert("File", {"attached_to_doctype": "SEPA Mandate", "attached_to_name": signed})
    assert [row["mandate"] for row in found(office, "M03")] == [unsigned]


def test_two_mandates_with_one_reference_are_both_named(office: SQLiteSite) -> None:
    names = [books.mandate(office, mandate_id="TWICE") for _each in range(2)]
    assert sorted(row["mandate"] for row in found(office, "M01")) == names


def test_a_mandate_that_came_back_after_its_end_is_known_from_the_trail(office: SQLiteSite) -> None:
    name = books.mandate(office)
    outcome = {"mandate": name, "rule_id": "M05"}
    record(
        office, "Mandate Change", "SEPA Mandate", name, "mandate_status_changed", "Exception", outcome=outcome
    )
    assert [row["mandate"] for row in found(office, "M05")] == [name]


def test_what_the_scan_itself_wrote_about_a_mandate_does_not_count_as_its_return(office: SQLiteSite) -> None:
    name = books.mandate(office, is_active=0)
    scanning.scan(office)
    office.update("SEPA Mandate", name, {"is_active": 1})
    scanning.scan(office)
    assert [row["status"] for row in findings(office, rule="M05")] == ["Ended"]


def test_four_members_on_one_account_are_named(office: SQLiteSite) -> None:
    account = books.iban(5)
    for _member in range(4):
        books.mandate(office, iban=account)
    assert len(found(office, "M07")) == 4


def test_an_account_that_changed_four_times_in_a_day_is_named(office: SQLiteSite) -> None:
    name = books.mandate(office)
    member = office.get("SEPA Mandate", name)["member"]  # type: ignore[index]
    for number in range(4):
        place = {"parent": member, "parenttype": "Member", "parentfield": "iban_history"}
        office.insert("Member IBAN History", place | {"from_date": "2026-11-03", "iban": books.iban(number)})
    assert [row["member"] for row in found(office, "M07")] == [member]


@pytest.mark.parametrize(("days", "cents", "broken"), [(20, 15, False), (10, 15, True), (20, 16, True)])
def test_announcements_are_known_from_the_trail(
    office: SQLiteSite, clock: Any, days: int, cents: int, broken: bool
) -> None:
    due = coming(office, 23)
    (line,) = books.batch(office, "B-1", due, [books.mandate(office)])
    clock.move(days=(due - office.now().date()).days - days)
    invoice = {"doctype": "Sales Invoice", "name": invoice_of(office, line), "currency": "EUR"}
    log_prenotification(office, invoice, amount=cents, due_date=due)
    office.commit()
    assert bool(found(office, "C07")) is broken


def test_a_file_that_was_changed_after_it_was_made_is_critical(office: SQLiteSite) -> None:
    books.batch(
        office, "B-1", coming(office), [books.mandate(office)], status="Submitted", sepa_file_generated=1
    )
    made = {"file_sha256": "a" * 64}
    record(
        office,
        "Batch Generation",
        BATCH,
        "B-1",
        "batch_generated",
        "Compliant",
        made,
        outcome={"batch": "B-1"},
    )
    log_bank_submission(office, {"doctype": BATCH, "name": "B-1"}, file_sha256="b" * 64)
    (row,) = found(office, "C08")
    assert (row["severity"], row["batch"]) == ("C", "B-1")


def test_what_one_debtor_pays_in_a_month_is_held_against_the_agreed_limit(office: SQLiteSite) -> None:
    office.set_conf("sepa_agreements", {"debtor_month_limit_cents": 2000})
    once, twice = books.mandate(office), books.mandate(office)
    day = coming(office, 12)
    books.batch(office, "B-1", day, [once, twice])
    books.batch(office, "B-2", day + timedelta(days=1), [twice])
    assert [row["batch"] for row in found(office, "C03")] == ["B-1", "B-2"]


MONTH = {"custom_coverage_start_date": date(2026, 11, 1), "custom_coverage_end_date": date(2026, 11, 30)}


def covering(site: SQLiteSite, line: str, **period: date) -> None:
    site.update("Sales Invoice", invoice_of(site, line), MONTH | period)
    site.commit()


def test_one_period_of_a_member_in_two_invoices_is_collected_twice(office: SQLiteSite) -> None:
    held, other = books.mandate(office), books.mandate(office)
    first = books.batch(office, "B-1", coming(office), [held, other])
    second = books.batch(office, "B-2", coming(office, 13), [held])
    for line in (*first, *second):
        covering(office, line)
    rows = found(office, "C04")
    assert [(row["batch"], row["severity"]) for row in rows] == [("B-1", "C"), ("B-2", "C")]
    assert {row["mandate"] for row in rows} == {held}


@pytest.mark.parametrize(
    "period",
    [
        {"custom_coverage_start_date": date(2026, 12, 1), "custom_coverage_end_date": date(2026, 12, 31)},
        {"custom_coverage_end_date": date(2027, 10, 31)},
    ],
)
def test_another_period_of_the_same_member_is_another_collection(
    office: SQLiteSite, period: dict[str, date]
) -> None:
    held = books.mandate(office)
    (first,) = books.batch(office, "B-1", coming(office), [held])
    (second,) = books.batch(office, "B-2", coming(office, 13), [held])
    covering(office, first)
    covering(office, second, **period)
    assert found(office, "C04") == []


def test_two_memberships_of_one_member_are_two_collections(office: SQLiteSite) -> None:
    held = books.mandate(office)
    for name, membership in (("B-1", "MEMB-1"), ("B-2", "MEMB-2")):
        (line,) = books.batch(office, name, coming(office), [held])
        office.update(LINE, line, {"membership": membership})
        covering(office, line)
    assert found(office, "C04") == []


def test_an_invoice_that_is_in_one_batch_twice_is_collected_twice(office: SQLiteSite) -> None:
    held = books.mandate(office)
    (line,) = books.batch(office, "B-1", coming(office), [held])
    books.line(office, "B-1", held, invoice=invoice_of(office, line))
    office.commit()
    rows = found(office, "C04")
    assert len(rows) == 2
    assert all("is in B-1 more than once" in row["said"] for row in rows)


def test_a_double_stays_one_while_only_one_of_its_mandates_is_written(office: SQLiteSite, clock: Any) -> None:
    held, other = books.mandate(office), books.mandate(office)
    (line,) = books.batch(office, "B-1", coming(office), [held])
    books.line(office, "B-1", other, invoice=invoice_of(office, line))
    office.commit()
    assert len(found(office, "C04")) == 2
    clock.move(hours=1)
    office.update("SEPA Mandate", held, {"account_holder_name": "Somebody"})
    office.commit()
    scanning.scan_changes(office)
    assert [row["status"] for row in findings(office, rule="C04")] == ["Open", "Open"]


def test_one_person_who_makes_and_sends_a_file_is_named_unless_agreed(office: SQLiteSite) -> None:
    books.batch(office, "B-1", coming(office), [books.mandate(office)], status="Submitted")
    record(
        office, "Batch Generation", BATCH, "B-1", "batch_generated", "Compliant", {}, outcome={"batch": "B-1"}
    )
    log_bank_submission(office, {"doctype": BATCH, "name": "B-1"})
    assert len(found(office, "C09")) == 1
    office.set_conf("sepa_agreements", {"four_eyes": False})
    assert [row["status"] for row in found(office, "C09")] == ["Ended"]


def test_a_batch_without_an_answer_is_named_until_a_file_of_the_bank_comes(office: SQLiteSite) -> None:
    due = coming(office, -12)
    books.batch(office, "B-1", due, [books.mandate(office)], status="Submitted")
    assert [row["batch"] for row in found(office, "R05")] == ["B-1"]
    came = {"file_hash": "aa", "status": "Completed", "processing_date": office.now()}
    office.insert("SEPA Return File Log", came)
    assert [row["status"] for row in found(office, "R05")] == ["Ended"]


def test_a_file_of_the_bank_that_was_read_twice_is_named(office: SQLiteSite) -> None:
    for _time in range(2):
        office.insert("SEPA Return File Log", {"file_hash": "aa", "status": "Completed"})
    assert len(found(office, "R06")) == 2


def test_a_collection_that_is_tried_again_too_often_is_named(office: SQLiteSite) -> None:
    (line,) = books.batch(office, "B-1", coming(office, -30), [books.mandate(office)], status="Submitted")
    books.came_back(office, line, "AM04", on=office.now() - timedelta(days=29))
    again = {
        "invoice": invoice_of(office, line),
        "original_amount": 15,
        "retry_count": 3,
        "status": "Retried",
    }
    office.insert("SEPA Payment Retry", again | {"last_retry_date": office.now().date()})
    (row,) = found(office, "R04")
    assert "presented again 3 times" in row["said"]


@pytest.mark.parametrize(("amount", "broken"), [(15.0, False), (16.0, True)])
def test_what_is_presented_again_for_another_amount_is_named(
    office: SQLiteSite, amount: float, broken: bool
) -> None:
    held = books.mandate(office)
    (line,) = books.batch(office, "B-1", coming(office, -30), [held], status="Submitted")
    books.came_back(office, line, "AM04", on=office.now() - timedelta(days=29))
    invoice = invoice_of(office, line)
    books.batch(office, "B-2", coming(office, -10), [], status="Submitted")
    books.line(office, "B-2", held, invoice=invoice, amount=amount)
    again = {"invoice": invoice, "original_amount": 15, "retry_count": 1, "status": "Retried"}
    office.insert("SEPA Payment Retry", again | {"last_retry_date": coming(office, -10)})
    office.commit()
    assert ["another amount" in row["said"] for row in found(office, "R04")] == ([True] if broken else [])
    assert rule_states.read(office)["R04"].held == (0 if broken else 1)


def began(site: SQLiteSite, clock: Any) -> None:
    """The trail has its first entry, and a day passes."""
    record(site, "Payment Processing", "Sales Invoice", "SINV-1", "processing_completed", "Compliant")
    site.commit()
    clock.move(days=1)


def told_of(
    site: SQLiteSite, doctype: str, name: str, action: str, process: str, status: str = "Compliant"
) -> None:
    record(site, process, doctype, name, action, status)
    site.commit()


def test_a_document_that_the_trail_does_not_mention_is_named(office: SQLiteSite, clock: Any) -> None:
    began(office, clock)
    silent, told = books.mandate(office), books.mandate(office)
    record(office, "Mandate Creation", "SEPA Mandate", told, "mandate_created", "Compliant")
    clock.move(hours=1)
    assert [row["mandate"] for row in found(office, "A01")] == [silent]
    assert rule_states.read(office)["A01"].held == 1


def test_a_batch_that_went_to_the_bank_past_the_trail_is_named(office: SQLiteSite, clock: Any) -> None:
    began(office, clock)
    for name in ("B-1", "B-2"):
        books.batch(office, name, coming(office), [books.mandate(office)], status="Submitted")
        told_of(office, BATCH, name, "batch_generated", "Batch Generation")
    told_of(office, BATCH, "B-2", "batch_sent_to_bank", "Bank Submission")
    clock.move(hours=1)
    rows = [row for row in found(office, "A01") if row["subject_doctype"] == BATCH]
    assert [row["batch"] for row in rows] == ["B-1"]
    assert "way to the bank of B-1 is not in the trail" in rows[0]["said"]


def test_a_mandate_that_was_cancelled_past_the_trail_is_named(office: SQLiteSite, clock: Any) -> None:
    silent, told = books.mandate(office), books.mandate(office)
    clock.move(hours=1)
    began(office, clock)
    for name in (silent, told):
        ended = {"status": "Cancelled", "is_active": 0, "cancelled_date": office.now().date()}
        office.update("SEPA Mandate", name, ended)
    told_of(office, "SEPA Mandate", told, "mandate_ended", "Mandate Cancellation")
    clock.move(hours=1)
    (row,) = found(office, "A01")
    assert row["mandate"] == silent
    assert "cancellation" in row["said"]


@pytest.mark.parametrize("known", ["", "a deleted document", "an entry", "a failure"])
def test_an_entry_about_what_is_not_there_is_named_unless_it_is_known_why(
    office: SQLiteSite, clock: Any, known: str
) -> None:
    began(office, clock)
    status = "Failed" if known == "a failure" else "Compliant"
    told_of(office, "SEPA Mandate", "M-GONE", "mandate_created", "Mandate Creation", status)
    if known == "a deleted document":
        office.insert("Deleted Document", {"deleted_doctype": "SEPA Mandate", "deleted_name": "M-GONE"})
    if known == "an entry":
        told_of(office, "SEPA Mandate", "M-GONE", "mandate_deleted", "Mandate Cancellation", "Exception")
    clock.move(hours=1)
    said = [row["said"] for row in found(office, "A01")]
    assert said == ([] if known else ["The trail names M-GONE, which is not there"])


@pytest.mark.parametrize(
    ("left_days", "status", "broken"),
    [
        (2558, "Terminated", True), (2557, "Terminated", False), (2556, "Terminated", False),
        (4000, "Deceased", True), (4000, "Active", False),
    ],
)  # fmt: skip
def test_former_members_that_are_kept_longer_than_decided_are_named(
    office: SQLiteSite, left_days: int, status: str, broken: bool
) -> None:
    office.insert("Member", {"name": "LID-1", "status": status})
    left = office.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=left_days)
    told = {"member": "LID-1", "status": "Executed", "execution_date": left}
    office.insert("Membership Termination Request", told)
    office.commit()
    rows = found(office, "A02")
    assert bool(rows) is broken
    assert all("A former member is kept" in row["said"] and row["severity"] == "M" for row in rows)


def test_the_association_decides_how_long_former_members_are_kept(office: SQLiteSite) -> None:
    office.set_conf("sepa_agreements", {"former_members_years": 2})
    office.insert("Member", {"name": "LID-1", "status": "Terminated"})
    left = office.now() - timedelta(days=800)
    office.insert(
        "Membership Termination Request", {"member": "LID-1", "status": "Executed", "execution_date": left}
    )
    office.commit()
    assert len(found(office, "A02")) == 1


def test_entries_that_the_last_verification_missed_are_counted(office: SQLiteSite) -> None:
    seen = {
        "at": office.now().isoformat(" "), "exit_code": 1, "checkable": True, "answer": "tampered",
        "tree_size": 9, "whole_at": office.now().isoformat(" "),
        "findings": ["row missing: 1: x", "leaf missing: 2: x", "row changed: 3: x"],
    }  # fmt: skip
    office.insert("Monitoring Run", {"job": "audit verification", "version": 0, "cursor": json.dumps(seen)})
    office.commit()
    assert [row["said"] for row in found(office, "A02")] == ["2 entries of the trail are missing"]


def test_a_mandate_that_collections_name_in_vain_is_missed(office: SQLiteSite) -> None:
    name = books.mandate(office)
    books.batch(office, "B-1", coming(office, -30), [name], status="Submitted")
    office.delete("SEPA Mandate", {"name": name}, limit=1)
    (row,) = found(office, "A02")
    assert "no longer there" in row["said"]


def test_what_was_agreed_is_read_and_what_is_no_number_is_not(office: SQLiteSite) -> None:
    office.set_conf("sepa_agreements", {"item_limit_cents": 1000, "pre_notification_days": "soon"})
    agreed = agreements(office)
    assert (agreed.item_limit_cents, agreed.pre_notification_days) == (1000, 14)
    books.batch(office, "B-1", coming(office), [books.mandate(office)])
    assert "above the limit" in found(office, "C03")[0]["said"]


def test_of_two_mandates_with_one_reference_the_active_one_is_meant(office: SQLiteSite) -> None:
    books.mandate(office, mandate_id="TWICE", status="Cancelled", is_active=0)
    active = books.mandate(office, mandate_id="TWICE")
    assert by_reference(World(office), ["TWICE"])["TWICE"].name == active


def test_more_rows_than_a_page_are_all_read(office: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values.pages, "__kwdefaults__", {"size": 3})
    for _each in range(7):
        books.mandate(office)
    scanning.scan(office)
    assert rule_states.read(office)["M01"].held == 7


@pytest.mark.parametrize(
    ("given", "cents"),
    [("15.00", 1500), (0.1 + 0.2, 30), ("1.005", 101), (None, None), ("x", None), ("1e999", None)],
)
def test_amounts_are_whole_cents(given: Any, cents: int | None) -> None:
    assert values.cents(given) == cents


@pytest.mark.parametrize(
    ("given", "day"),
    [
        (datetime(2026, 11, 4, 10), date(2026, 11, 4)),
        ("2026-11-04 10:00:00.000000", date(2026, 11, 4)),
        ("9999-12-31", date(9999, 12, 31)),
        ("soon", None),
        ("", None),
    ],
)
def test_days_are_days(given: Any, day: date | None) -> None:
    assert values.day(given) == day
