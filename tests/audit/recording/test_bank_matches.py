"""What is matched with the bank statement enters the trail, and so does a match that is lost."""

from __future__ import annotations

import json
from typing import Any

from tests.audit.clear_entries import clear_entries
from vuurtoren.audit.recording import bank_matches
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

IBAN = "NL91ABNA0417164300"


def payment(name: str, amount: float) -> dict[str, Any]:
    return {"payment_document": "Payment Entry", "payment_entry": name, "allocated_amount": amount}


def line(*payments: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {
        "name": "BT-1",
        "date": "2026-11-04",
        "deposit": 75.0,
        "currency": "EUR",
        "bank_party_iban": IBAN,
    }
    return known | {"payment_entries": list(payments)} | more


def events(site: SQLiteSite) -> list[tuple[str, str, int]]:
    fields = ["action", "compliance_status", "amount_cents"]
    rows = site.get_all("SEPA Audit Log", fields, {"process_type": "Reconciliation"}, order_by="creation")
    return [(row["action"], row["compliance_status"], row["amount_cents"]) for row in rows]


def test_payments_that_make_up_the_amount_are_compliant(site: SQLiteSite) -> None:
    bank_matches.changed(site, line(payment("PE-1", 25), payment("PE-2", 50)), line())
    assert events(site) == [("bank_transaction_matched", "Compliant", 7500)]


def test_a_part_of_the_amount_is_to_be_reviewed(site: SQLiteSite) -> None:
    bank_matches.changed(site, line(payment("PE-1", 25)), line())
    assert events(site) == [("bank_transaction_matched", "Pending Review", 7500)]


def test_money_that_left_is_matched_too(site: SQLiteSite) -> None:
    bank_matches.created(site, line(payment("PE-1", 12.5), deposit=0, withdrawal=12.5))
    assert events(site) == [("bank_transaction_matched", "Compliant", -1250)]


def test_a_lost_match_is_an_exception(site: SQLiteSite) -> None:
    both, one = line(payment("PE-1", 25), payment("PE-2", 50)), line(payment("PE-2", 50))
    bank_matches.changed(site, one, both)
    assert events(site) == [("bank_transaction_unmatched", "Exception", 7500)]


def test_nothing_is_said_of_other_changes_and_of_rows_without_an_amount(site: SQLiteSite) -> None:
    bank_matches.changed(site, line(payment("PE-1", 25), status="Settled"), line(payment("PE-1", 25)))
    bank_matches.changed(site, line(payment("PE-1", 0)), line())
    bank_matches.created(site, line())
    bank_matches.cancelled(site, line())
    assert events(site) == []


def test_what_was_seen_does_not_change_with_the_document(site: SQLiteSite) -> None:
    document = line(payment("PE-1", 25))
    before = bank_matches.seen(document)
    document["payment_entries"].append(payment("PE-2", 50))
    bank_matches.changed(site, document, before)
    assert events(site) == [("bank_transaction_matched", "Compliant", 7500)]


def test_an_entry_names_the_payments_and_no_person(site: SQLiteSite) -> None:
    bank_matches.cancelled(site, line(payment("PE-1", 25), bank_party_name="A. de Vries"))
    (row,) = clear_entries(site, ["details", "entity_name"])
    assert json.loads(row["details"])["payments"] == {"Payment Entry/PE-1": "25.00"}
    assert row["entity_name"] == "Bank Transaction/BT-1"
    assert "Vries" not in row["details"]
    assert "ABNA04" not in row["details"]
