"""Entries as another app wrote them into the table that the trail now uses: no column of ours is filled."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

IBAN = "NL91ABNA0417164300"
NUMBERS = dict.fromkeys(("docstatus", "idx", "sensitive_data", "schema_version", "amount_cents"), 0)
STATUSES = ("Compliant", "Exception", "Failed", "Pending Review")


def write_found(site: SQLiteSite, number: int, **columns: Any) -> str:
    """One entry by plain SQL, past all of our code; its event id, which is its name too."""
    moment = site.now() - timedelta(days=40) + timedelta(minutes=number)
    event = f"audit_{1764000000000 + number}_{10000 + number}"
    row: dict[str, Any] = {
        "name": event,
        "event_id": event,
        "creation": moment.isoformat(" ", "microseconds"),
        "modified": moment.isoformat(" ", "microseconds"),
        "owner": "Administrator",
        "modified_by": "Administrator",
        "timestamp": moment.isoformat(" ", "microseconds"),
        "process_type": "Batch Generation",
        "action": "sepa_batch_validated",
        "compliance_status": STATUSES[number % 4],
        "user": "penning@club.example",
        "details": json.dumps({"batch_name": f"BATCH-{number}", "total_amount": 12.5}),
    } | columns
    insert(site, row)
    site.commit()
    return str(row["event_id"])


def insert(site: SQLiteSite, row: dict[str, Any]) -> None:
    """These columns, and none of ours."""
    row = NUMBERS | row
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join("?" * len(row))
    site.store.write(f'INSERT INTO "tab{GUARD.doctype}" ({names}) VALUES ({places})', tuple(row.values()))
