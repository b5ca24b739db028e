"""A site of another association's app, which calls no DocType, field or word as the host app does."""

from __future__ import annotations

import json
from pathlib import Path

from vuurtoren.embedded.store.sqlite_site import SQLiteSite

DOCTYPES = {
    "Club Member": {
        "fields": {"state": "Data", "joined_on": "Date", "debtor": "Data", "applied": "Datetime"},
    },
    "Resignation": {"fields": {"state": "Data", "left_at": "Datetime"}},
    "Debit Permission": {
        "fields": {"holder": "Data", "state": "Data", "account": "Data", "signed": "Date"},
    },
    "Collection Run": {"fields": {"run_date": "Date", "phase": "Data", "amount": "Currency"}},
    "Collection": {
        "fields": {
            "run": "Data",
            "outcome": "Int",
            "bill": "Data",
            "amount": "Currency",
            "permission": "Data",
        },
    },
    "Dues Plan": {"fields": {"running": "Check", "automatic": "Check", "next_bill": "Date"}},
}
MAPPING = {
    "Member": {
        "doctype": "Club Member",
        "fields": {
            "status": "state",
            "member_since": "joined_on",
            "customer": "debtor",
            "application_status": "",
        },
        "values": {"status": {"Active": ["Aktiv", "Ehrenmitglied"], "Terminated": "Ausgetreten"}},
    },
    "Membership Termination Request": {
        "doctype": "Resignation",
        "fields": {"status": "state", "execution_date": "left_at"},
        "values": {"status": {"Executed": "Vollzogen"}},
    },
    "SEPA Mandate": {
        "doctype": "Debit Permission",
        "fields": {"member": "holder", "status": "state", "iban": "account", "sign_date": "signed"},
        "values": {"status": {"Active": "Aktiv", "Cancelled": "Widerrufen"}},
    },
    "Direct Debit Batch": {
        "doctype": "Collection Run",
        "fields": {
            "batch_date": "run_date",
            "status": "phase",
            "total_amount": "amount",
            "invoices": "collections",
        },
        "values": {"status": {"Submitted": "Bei der Bank", "Failed": "Abgelehnt"}},
    },
    "Direct Debit Batch Invoice": {
        "doctype": "Collection",
        "fields": {
            "status": "outcome",
            "parent": "run",
            "invoice": "bill",
            "mandate_reference": "permission",
        },
        "values": {"status": {"Pending": 0, "Successful": 1, "Failed": [2, 3]}},
    },
    "Membership Dues Schedule": {
        "doctype": "Dues Plan",
        "fields": {"status": "running", "auto_generate": "automatic", "next_invoice_date": "next_bill"},
        "values": {"status": {"Active": 1}},
    },
    "Volunteer": "",
}


def other_host(folder: Path, **options) -> SQLiteSite:
    """The site, with its mapping in the configuration file; `options` are those of SQLiteSite."""
    folder.mkdir(exist_ok=True)
    described = folder / "other_host.json"
    described.write_text(json.dumps(DOCTYPES), "utf-8")
    site = SQLiteSite(folder / "site", extra_schema=[described], **options)
    site.set_conf("host_records", MAPPING)
    return site
