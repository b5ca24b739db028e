"""The association in numbers: each subject where its DocType exists, and a list of those that do not."""

from __future__ import annotations

from collections.abc import Iterator

from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import Business, Group, Reading

SUBJECTS: dict[str, tuple[tuple[str, str], ...]] = {
    "Members": (
        ("Member", "members.active members.pending members.new_this_week members.terminated_today"),
        ("Member", "members.without_customer members.total"),
    ),
    "Applications": (
        ("Member", "applications.pending_review applications.stalled"),
        ("Member", "applications.approved_today applications.rejected_today"),
    ),
    "Direct debit": (
        ("SEPA Mandate", "mandates.active mandates.failed_today"),
        ("Direct Debit Batch", "batches.recent sepa.pending_payments"),
    ),
    "Invoices": (
        ("Sales Invoice", "invoices.today invoices.draft invoices.submitted invoices.paid"),
        ("Membership Dues Schedule", "dues.stuck"),
    ),
    "Payments": (
        ("Payment Entry", "payments.today payments.success_percent payments.failed"),
        ("Payment Entry", "payments.without_reference"),
        ("Journal Entry", "journal_entries.today"),
    ),
    "People": (
        ("Volunteer", "volunteers.active volunteers.total"),
        ("User", "users.active users.online sessions.count"),
    ),
}
"""For each subject: the DocType that is needed, and the numbers that it gives."""


def build(facts: Facts) -> Business:
    _ = facts.site.translate
    groups = [Group(_(title), tuple(_readings(facts, needs))) for title, needs in SUBJECTS.items()]
    doctypes = dict.fromkeys(doctype for needs in SUBJECTS.values() for doctype, _keys in needs)
    absent = [_(doctype) for doctype in doctypes if not facts.has(doctype)]
    return Business(tuple(group for group in groups if group.readings), tuple(absent))


def _readings(facts: Facts, needs: tuple[tuple[str, str], ...]) -> Iterator[Reading]:
    for doctype, keys in needs:
        if facts.has(doctype):
            yield from (facts.reading(key, _note(facts, key)) for key in keys.split())


def _note(facts: Facts, key: str) -> str:
    """What a percentage is a percentage of."""
    if key != "payments.success_percent":
        return ""
    good, total = facts.snapshot.get("payments.successful"), facts.snapshot.get("payments.total")
    if not (good.known and total.known):
        return ""
    return facts.site.translate("{0} of {1}").format(
        facts.formats.text(good.value), facts.formats.text(total.value)
    )
