"""Payments that are matched with a line of the bank statement enter the audit trail, and so do lost matches.

The line is a Bank Transaction of the bookkeeping; `before` is the document as it was, or what `seen` kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.audit.recording.document_values import amount_text, cents
from vuurtoren.audit.recording.recording import COMPLIANT, EXCEPTION, PENDING_REVIEW, record, unfailing
from vuurtoren.audit.recording.steps import RECONCILIATION
from vuurtoren.site.protocol import Site

BANK_TRANSACTION = "Bank Transaction"
PAYMENTS = "payment_entries"
MOST_NAMED = 50

Matches = dict[str, str]
"""Each matched payment as "DocType/name", with its amount."""


@unfailing
def created(site: Site, transaction: Any) -> None:
    changed(site, transaction, {})


@unfailing
def changed(site: Site, transaction: Any, before: Mapping[str, Any]) -> None:
    """One event for each change of what is matched: something came, or something is no longer there."""
    old, new = matches(before), matches(transaction)
    if set(old) - set(new):
        _event(site, transaction, "bank_transaction_unmatched", EXCEPTION)
    elif old != new:
        _event(site, transaction, "bank_transaction_matched", _whole(transaction, new))


@unfailing
def cancelled(site: Site, transaction: Any) -> None:
    """Its payments no longer count as received."""
    if matches(transaction):
        _event(site, transaction, "bank_transaction_cancelled", EXCEPTION)


def seen(transaction: Any) -> dict[str, Any]:
    """What is matched now; later changes of the document do not reach it."""
    return {PAYMENTS: matches(transaction)}


def matches(transaction: Any) -> Matches:
    """What is matched; a row without an amount is one that the bookkeeping has not worked out yet."""
    rows = transaction.get(PAYMENTS) or ()
    if isinstance(rows, dict):
        return rows
    return {
        f"{row['payment_document']}/{row['payment_entry']}": str(amount_text(row["allocated_amount"]))
        for row in map(_fields, rows)
        if cents(row["allocated_amount"])
    }


def _fields(row: Any) -> dict[str, Any]:
    return {name: row.get(name) for name in ("payment_document", "payment_entry", "allocated_amount")}


def _amount(transaction: Any) -> int:
    return cents(transaction.get("deposit")) - cents(transaction.get("withdrawal"))


def _whole(transaction: Any, matched: Matches) -> str:
    """The rule that is checked: payments make up the whole amount. Half of it is to be looked at."""
    whole = sum(map(cents, matched.values())) == abs(_amount(transaction))
    return COMPLIANT if whole else PENDING_REVIEW


def _event(site: Site, transaction: Any, action: str, status: str) -> None:
    matched = matches(transaction)
    record(
        site,
        RECONCILIATION,
        BANK_TRANSACTION,
        str(transaction.get("name")),
        action,
        status,
        {
            "payments": dict(sorted(matched.items())[:MOST_NAMED]),
            "count": len(matched),
            "date": transaction.get("date"),
        },
        outcome={"amount_cents": _amount(transaction), "currency": transaction.get("currency")},
    )
