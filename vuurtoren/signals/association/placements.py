"""Where the numbers of the association stand on the page."""

from __future__ import annotations

from vuurtoren.signals.placement import Number, Placement, beside, numbers

PAID = beside("{0} of {1}", "payments.successful", "payments.total")


def _placed(order: int, subject: str, needs: str, *placed: Number) -> Placement:
    return Placement("business", placed, order=order, subject=subject, needs=needs)


PLACEMENTS = (
    _placed(
        10,
        "Members",
        "Member",
        *numbers("members.active", "members.pending", "members.new_this_week", "members.terminated_today"),
        *numbers("members.without_customer", "members.total"),
    ),
    _placed(
        20,
        "Applications",
        "Member",
        *numbers("applications.pending_review", "applications.stalled"),
        *numbers("applications.approved_today", "applications.rejected_today"),
    ),
    _placed(
        40,
        "Invoices",
        "Sales Invoice",
        *numbers("invoices.today", "invoices.draft", "invoices.submitted", "invoices.paid"),
    ),
    _placed(41, "Invoices", "Membership Dues Schedule", Number("dues.stuck")),
    _placed(
        50,
        "Payments",
        "Payment Entry",
        Number("payments.today"),
        Number("payments.success_percent", beside=PAID),
        *numbers("payments.failed", "payments.without_reference"),
    ),
    _placed(51, "Payments", "Journal Entry", Number("journal_entries.today")),
    _placed(60, "People", "Volunteer", *numbers("volunteers.active", "volunteers.total")),
)
