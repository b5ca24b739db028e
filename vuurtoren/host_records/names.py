"""The records of an association that the monitor reads, under the names of the host app that it was made for.

These names are the words of this code. How a site calls and keeps each of them is `mapping`; who asks does so
through `records`. A field that is read anywhere stands here, or it cannot be asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vuurtoren.site.schema import CHILD_FIELDS, STANDARD_FIELDS

MEMBER = "Member"
VOLUNTEER = "Volunteer"
MEMBERSHIP = "Membership"
TERMINATION = "Membership Termination Request"
MANDATE = "SEPA Mandate"
MANDATE_USAGE = "SEPA Mandate Usage"
MANDATE_LINK = "Member SEPA Mandate Link"
IBAN_HISTORY = "Member IBAN History"
BATCH = "Direct Debit Batch"
BATCH_LINE = "Direct Debit Batch Invoice"
RETURN_FILE = "SEPA Return File Log"
PAYMENT_RETRY = "SEPA Payment Retry"
DUES_SCHEDULE = "Membership Dues Schedule"
ASSOCIATION = "Verenigingen Settings"
INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"
PAYMENT_REFERENCE = "Payment Entry Reference"
PAYMENT_REQUEST = "Payment Request"
JOURNAL = "Journal Entry"
MODE_OF_PAYMENT = "Mode of Payment"


@dataclass(frozen=True)
class Known:
    """What a record stands for, in a few words, and the fields of it that may be asked for."""

    meaning: str
    fields: tuple[str, ...]


def _known(meaning: str, fields: str) -> Known:
    return Known(meaning, tuple(fields.split()))


RECORDS: Mapping[str, Known] = {
    MEMBER: _known(
        "a member of the association",
        "member_id status application_status application_date review_date member_since birth_date email"
        " customer iban bic bank_account_name iban_history sepa_mandates current_dues_schedule"
        " next_invoice_date current_membership_end",
    ),
    VOLUNTEER: _known("somebody who helps", "member status start_date"),
    MEMBERSHIP: _known(
        "a membership over a period",
        "member membership_type status start_date renewal_date cancellation_date grace_period_status"
        " grace_period_expiry_date",
    ),
    TERMINATION: _known(
        "the request to end a membership",
        "member termination_type request_date status approval_date termination_date execution_date"
        " cancel_sepa_mandates sepa_mandates_cancelled",
    ),
    MANDATE: _known(
        "a debtor's permission to collect",
        "mandate_id member member_name status mandate_type account_holder_name iban bic sign_date"
        " first_collection_date expiry_date is_active cancelled_date cancellation_reason frequency"
        " maximum_amount used_for_memberships usage_history",
    ),
    MANDATE_USAGE: _known(
        "one collection on a mandate, a row of it",
        "usage_date reference_doctype reference_name sequence_type batch_reference amount status"
        " processing_date failure_reason retry_count last_retry_date",
    ),
    MANDATE_LINK: _known("a mandate of a member, a row of it", "sepa_mandate mandate_reference status"),
    IBAN_HISTORY: _known(
        "an account that a member had, a row of it",
        "iban bic bank_account_name from_date to_date is_active change_reason",
    ),
    BATCH: _known(
        "collections that go to the bank in one file",
        "batch_date batch_description batch_type total_amount currency entry_count status validation_status"
        " invoices sepa_file_generated sepa_file sepa_generation_date batch_log",
    ),
    BATCH_LINE: _known(
        "one collection, a row of its batch",
        "invoice membership member member_name amount currency bank_account iban bic mandate_reference"
        " status result_code result_message sequence_type",
    ),
    RETURN_FILE: _known(
        "a file in which the bank sends collections back",
        "file_hash file_name file_size processing_date status processing_result return_count"
        " failed_reversals",
    ),
    PAYMENT_RETRY: _known(
        "a collection that is tried again",
        "invoice membership member original_amount status retry_count next_retry_date last_retry_date"
        " last_failure_reason",
    ),
    DUES_SCHEDULE: _known(
        "when a member is invoiced for what",
        "member membership membership_type status billing_frequency auto_generate next_invoice_date"
        " last_invoice_date end_date invoice_days_before currency",
    ),
    ASSOCIATION: _known(
        "the association itself, its account and its creditor identifier",
        "company company_name company_iban company_account_holder company_bic creditor_id support_email"
        " organization_email_domain member_contact_email contact_email",
    ),
    INVOICE: _known(
        "an invoice of dues or anything else",
        "customer customer_name company posting_date due_date status is_return currency grand_total"
        " outstanding_amount custom_coverage_start_date custom_coverage_end_date",
    ),
    PAYMENT: _known(
        "a payment in the books",
        "payment_type posting_date mode_of_payment party_type party paid_amount received_amount"
        " unallocated_amount reference_no reference_date status",
    ),
    PAYMENT_REFERENCE: _known(
        "what a payment is for, a row of it",
        "reference_doctype reference_name total_amount outstanding_amount allocated_amount",
    ),
    PAYMENT_REQUEST: _known("a request to pay", "status reference_doctype reference_name grand_total"),
    JOURNAL: _known("an entry in the journal", "posting_date"),
    MODE_OF_PAYMENT: _known("a way to pay", "type"),
}

STANDARD = frozenset(STANDARD_FIELDS | CHILD_FIELDS)
"""What every row may have, beside the fields of its record."""
