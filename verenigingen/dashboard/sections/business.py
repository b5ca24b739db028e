"""The association in numbers: each subject where its DocType exists, and a list of those that do not."""

from __future__ import annotations

from verenigingen.dashboard.facts import Facts
from verenigingen.dashboard.parts import Business, Group

SUBJECTS: tuple[tuple[str, str, str], ...] = (
    ("Members", "Member", "active pending new_this_week terminated_today without_customer total"),
    ("Applications", "Member", "pending_review approved_today rejected_today stalled"),
    ("Dues", "Membership Dues Schedule", "stuck"),
    ("Mandates", "SEPA Mandate", "active failed_today"),
    ("Batches", "Direct Debit Batch", "recent sepa.pending_payments"),
    ("Invoices", "Sales Invoice", "today draft submitted paid"),
    ("Payments", "Payment Entry", "today success_percent failed without_reference"),
    ("Journal entries", "Journal Entry", "today"),
    ("Volunteers", "Volunteer", "active total"),
    ("Users", "User", "active online sessions.count"),
)
"""Title, the DocType that it needs, and its numbers: those of the group that is called as the title is."""


def build(facts: Facts) -> Business:
    _ = facts.site.translate
    groups, absent = [], []
    for title, doctype, names in SUBJECTS:
        if facts.site.has_doctype(doctype):
            prefix = title.lower().replace(" ", "_")
            keys = [name if "." in name else f"{prefix}.{name}" for name in names.split()]
            groups.append(Group(_(title), tuple(facts.reading(key, _note(facts, key)) for key in keys)))
        else:
            absent.append(_(doctype))
    return Business(tuple(groups), tuple(dict.fromkeys(absent)))


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
