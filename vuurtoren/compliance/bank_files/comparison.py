"""A file of direct debits held against the batch that it was made from: line by line, and as a whole."""

from __future__ import annotations

from typing import Any

from vuurtoren.compliance.bank_files.pain008 import euros
from vuurtoren.compliance.bank_files.problems import Problem, Problems
from vuurtoren.compliance.identifiers import compact, invoices_in
from vuurtoren.compliance.records import BankFile, Batch, Collection, Creditor, FileTransaction, PaymentBlock
from vuurtoren.site.quantities import Day


def compare(file: BankFile, batch: Batch, creditor: Creditor) -> tuple[Problem, ...]:
    """Everything in which the file says something else than the batch, the mandates and the settings do.

    What is not known on one side, or masked, is not compared.
    """
    problems = Problems()
    matched: set[int] = set()
    lines = _Lines(batch.collections)
    for number, (block, transaction) in enumerate(file.lines, 1):
        place = place_of(number, transaction)
        found = lines.of(transaction)
        if found is None:
            problems.add(
                "not_in_batch", "C08", "a collection is in the file and not in the batch", place=place
            )
        elif id(found) in matched:
            problems.add("twice_in_file", "C04", "a line of the batch is in the file twice", place=place)
        else:
            matched.add(id(found))
            _compare_line(problems, place, block, transaction, found)
    for row in batch.collections:
        if id(row) not in matched:
            place = row.invoice or row.name
            problems.add("not_in_file", "C08", "a line of the batch is not in the file", place=place)
    _compare_whole(problems, file, batch, creditor)
    return problems.all()


def place_of(number: int, transaction: FileTransaction) -> str:
    """How people find a collection in the file: which one it is, and its end-to-end id."""
    return f"{number}, {transaction.end_to_end_id or '–'}"


class _Lines:
    """Finds the line of a batch that a collection in a file is: by its id, its invoice, or its mandate."""

    def __init__(self, collections: tuple[Collection, ...]) -> None:
        self.by_id = {row.end_to_end_id: row for row in collections if row.end_to_end_id}
        self.by_invoice = {row.invoice: row for row in collections if row.invoice}
        mandates: dict[str, list[Collection]] = {}
        for row in collections:
            mandates.setdefault(row.mandate_reference, []).append(row)
        self.by_mandate = {reference: rows[0] for reference, rows in mandates.items() if len(rows) == 1}

    def of(self, transaction: FileTransaction) -> Collection | None:
        end_to_end_id = transaction.end_to_end_id
        known = self.by_id.get(end_to_end_id) or named(end_to_end_id, self.by_invoice)
        if known is None and not self.by_id and not named_at_all(end_to_end_id, self.by_invoice):
            known = self.by_mandate.get(transaction.mandate_id)
        return known


def named(end_to_end_id: str, by_invoice: dict[str, Collection]) -> Collection | None:
    """The line whose invoice the id is, or ends with behind a word such as “E2E-”."""
    for invoice in invoices_in(end_to_end_id):
        if invoice in by_invoice:
            return by_invoice[invoice]
    return None


def named_at_all(end_to_end_id: str, by_invoice: dict[str, Collection]) -> bool:
    """Whether ids look as if they named invoices: one that names none of ours is then a foreign one."""
    beginnings = {invoice[:4] for invoice in by_invoice}
    return any(invoice[:4] in beginnings for invoice in invoices_in(end_to_end_id))


def _compare_line(
    problems: Problems, place: str, block: PaymentBlock, transaction: FileTransaction, row: Collection
) -> None:
    def fault(kind: str, rule: str, text: str, *values: Any) -> None:
        problems.add(kind, rule, text, *values, place=place)

    if None not in (transaction.cents, row.cents) and transaction.cents != row.cents:
        fault("amount_differs", "C03", "the amount in the file is not that of the batch")
    if row.mandate_reference and transaction.mandate_id != row.mandate_reference:
        fault("mandate_differs", "C01", "the mandate in the file is not that of the batch")
    if row.iban and "*" not in row.iban and compact(transaction.iban) != compact(row.iban):
        fault("iban_differs", "C02", "the account in the file is not that of the batch")
    mandate = row.mandate
    if mandate is not None:
        known = mandate.iban if "*" not in mandate.iban else ""
        if known and compact(transaction.iban) != compact(known) and not transaction.amended:
            fault("iban_of_mandate_differs", "C02", "the account in the file is not that of the mandate")
        if mandate.signed_on and transaction.signed_on and transaction.signed_on != mandate.signed_on:
            fault("signature_differs", "C01", "the day of signature in the file is not that of the mandate")
    if row.due_on and block.due_on and block.due_on != row.due_on:
        fault(
            "due_date_differs", "C06", "the file collects on {0}, the batch on {1}",
            Day(block.due_on), Day(row.due_on),
        )  # fmt: skip
    sequence_type = transaction.sequence_type or block.sequence_type
    if row.sequence_type and sequence_type and sequence_type != row.sequence_type:
        fault("sequence_differs", "C05", "the file says {0}, the batch {1}", sequence_type, row.sequence_type)


def _compare_whole(problems: Problems, file: BankFile, batch: Batch, creditor: Creditor) -> None:
    amounts = [transaction.cents for _, transaction in file.lines]
    if batch.total_cents is not None and None not in amounts:
        total = sum(each or 0 for each in amounts)
        if total != batch.total_cents:
            problems.add(
                "total_differs", "C08", "the file collects EUR {0}, the batch EUR {1}",
                euros(total), euros(batch.total_cents),
            )  # fmt: skip
    if batch.entry_count is not None and batch.entry_count != len(amounts):
        problems.add(
            "count_differs", "C08", "the number of collections in the file is {0}, in the batch {1}",
            len(amounts), batch.entry_count,
        )  # fmt: skip
    for block in file.blocks:
        known = compact(creditor.creditor_id or "")
        if known and any(compact(each) != known for each in block.creditor_ids):
            problems.add("creditor_differs", "C08", "the creditor id in the file is not that of the settings")
        if creditor.iban and compact(block.creditor_iban) != compact(creditor.iban):
            problems.add(
                "creditor_account_differs", "C08",
                "the file pays to another account than that of the settings",
            )  # fmt: skip
