"""The books of a small association for tests: mandates, batches and invoices, sound unless told otherwise."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from vuurtoren.embedded.store.sqlite_site import SQLiteSite

CREDITOR_ID = "NL69ZZZ123456780000"
_serial = count(1)


def iban(number: int) -> str:
    """A valid account at a bank that does not exist."""
    account = f"{number * 7919 % 10**10:010d}"
    digits = "".join(str(int(character, 36)) for character in f"TEST{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}TEST{account}"


def association(site: SQLiteSite) -> None:
    site.set_single("Verenigingen Settings", {"creditor_id": CREDITOR_ID, "company_iban": iban(999_999)})
    site.commit()


def mandate(site: SQLiteSite, **values: Any) -> str:
    """A member with a mandate, collected on last month; the name of the mandate."""
    number = next(_serial)
    name, member, account = f"MAND-{number:05d}", f"Assoc-Member-{number:05d}", iban(number)
    used = values.pop("used_on", site.now().date() - timedelta(days=30))
    site.insert("Member", {"name": member, "status": "Active", "iban": values.get("iban", account)})
    site.insert(
        "SEPA Mandate",
        {
            "name": name,
            "mandate_id": f"LIGHT-{number:05d}",
            "member": member,
            "status": "Active",
            "is_active": 1,
            "mandate_type": "RCUR",
            "account_holder_name": f"Member {number}",
            "iban": account,
            "sign_date": date(2024, 1, 2),
            **values,
        },
    )
    if used:
        usage = {"parent": name, "parenttype": "SEPA Mandate", "parentfield": "usage_history"}
        site.insert("SEPA Mandate Usage", usage | {"usage_date": used, "sequence_type": "RCUR", "amount": 15})
    site.commit()
    return name


def batch(site: SQLiteSite, name: str, due: date, mandates: list[str], **values: Any) -> list[str]:
    """A batch that collects EUR 15.00 on each mandate for an invoice of its own; the names of its lines."""
    row = {
        "name": name,
        "batch_date": due,
        "batch_type": "CORE",
        "currency": "EUR",
        "status": "Generated",
        "entry_count": len(mandates),
        "total_amount": 15.0 * len(mandates),
    }
    site.insert("Direct Debit Batch", row | values)
    names = [line(site, name, each) for each in mandates]
    site.commit()
    return names


def line(site: SQLiteSite, batch_name: str, mandate_name: str, **values: Any) -> str:
    held = site.get("SEPA Mandate", mandate_name)
    assert held is not None
    invoice = values.pop("invoice", "") or f"SINV-{next(_serial):06d}"
    if site.get("Sales Invoice", invoice) is None:
        site.insert("Sales Invoice", {"name": invoice, "status": "Unpaid", "outstanding_amount": 15.0})
    return site.insert(
        "Direct Debit Batch Invoice",
        {
            "parent": batch_name,
            "parenttype": "Direct Debit Batch",
            "parentfield": "invoices",
            "invoice": invoice,
            "member": held["member"],
            "amount": 15.0,
            "currency": "EUR",
            "iban": held["iban"],
            "mandate_reference": held["mandate_id"],
            "status": "Pending",
            **values,
        },
    )


def came_back(site: SQLiteSite, line_name: str, code: str, on: datetime | None = None) -> None:
    """The bank returned a line."""
    moment = on or site.now()
    site.update(
        "Direct Debit Batch Invoice", line_name, {"status": "Failed", "result_code": code, "modified": moment}
    )
    site.commit()


def collected(site: SQLiteSite, batch_name: str) -> None:
    """A batch went through at the bank, as far as its lines did not come back."""
    for row in site.get_all(
        "Direct Debit Batch Invoice", ["name"], {"parent": batch_name, "status": "Pending"}
    ):
        site.update("Direct Debit Batch Invoice", row["name"], {"status": "Successful"})
    site.update("Direct Debit Batch", batch_name, {"status": "Processed", "docstatus": 1})
    site.commit()
