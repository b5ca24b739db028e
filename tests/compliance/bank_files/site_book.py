"""A made-up case laid into a site of the host app: batch, lines, mandates, invoices, settings, file."""

from __future__ import annotations

from pathlib import Path

from tests.compliance.bank_files.book import CREDITOR, Case
from vuurtoren.audit.recording import document_events
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def lay(site: SQLiteSite, case: Case) -> Path:
    """Everything that is known of a case; where its file lies. It counts as made, and the trail knows."""
    lay_settings(site)
    batch = case.batch
    for number, line in enumerate(batch.collections):
        _lay_line(site, case, number)
        site.insert(
            "Direct Debit Batch Invoice",
            {
                "name": line.name,
                "parent": batch.name,
                "parenttype": "Direct Debit Batch",
                "parentfield": "invoices",
                "idx": number + 1,
                "invoice": line.invoice,
                "member": line.member,
                "amount": (line.cents or 0) / 100,
                "currency": "EUR",
                "iban": line.iban,
                "mandate_reference": line.mandate_reference,
                "status": "Pending",
            },
        )
    path = site.site_path() / batch.file.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(case.file)
    values = {
        "batch_date": batch.due_on,
        "batch_type": batch.batch_type,
        "total_amount": (batch.total_cents or 0) / 100,
        "currency": "EUR",
        "entry_count": batch.entry_count,
        "status": "Generated",
        "sepa_file_generated": 1,
        "sepa_file": batch.file,
    }
    site.insert("Direct Debit Batch", {"name": batch.name, **values})
    document = {"doctype": "Direct Debit Batch", "name": batch.name, **values}
    document_events.batch_changed(site, document, {"status": "Generated", "sepa_file_generated": 0})
    site.commit()
    return path


def lay_settings(site: SQLiteSite) -> None:
    """The association is the creditor of the cases."""
    settings = {"creditor_id": CREDITOR.creditor_id, "company_iban": CREDITOR.iban}
    site.set_single("Verenigingen Settings", settings)


def _lay_line(site: SQLiteSite, case: Case, number: int) -> None:
    line = case.batch.collections[number]
    mandate = line.mandate
    assert mandate
    site.insert(
        "SEPA Mandate",
        {
            "name": mandate.name,
            "mandate_id": mandate.mandate_id,
            "member": mandate.member,
            "status": "Active",
            "is_active": 1,
            "mandate_type": "RCUR",
            "account_holder_name": mandate.account_holder,
            "iban": mandate.iban,
            "sign_date": mandate.signed_on,
        },
    )
    for usage in mandate.usages or ():
        site.insert(
            "SEPA Mandate Usage",
            {
                "parent": mandate.name,
                "parenttype": "SEPA Mandate",
                "parentfield": "usage_history",
                "usage_date": usage.used_on,
                "sequence_type": usage.sequence_type,
                "amount": (usage.cents or 0) / 100,
                "status": "Collected",
            },
        )
    site.insert(
        "Sales Invoice",
        {
            "name": line.invoice,
            "status": "Unpaid",
            "currency": "EUR",
            "grand_total": (line.cents or 0) / 100,
            "outstanding_amount": (line.cents or 0) / 100,
        },
    )
