"""Members, applications, dues and payments: judged only where the host app's DocTypes exist."""

from __future__ import annotations

from vuurtoren.rules.rule import HOUR, Rule

RULES = (
    Rule(
        key="member_churn_daily",
        title="Memberships ended today",
        alert_type="HIGH_MEMBER_CHURN",
        severity="MEDIUM",
        metric="members.terminated_today",
        operator=">",
        threshold=10,
        unit="members",
        interval="hourly",
        event=True,
        requires=("Member",),
        unknown_for_seconds=6 * HOUR,
        summary="{value} left today (limit {threshold})",
        links=("Membership Termination Request", "Member"),
        runbook="""Open the executed terminations of today: one reason, one chapter, one person?
A bulk run (non-payment, clean-up) is expected: acknowledge this alert with that note.
If nobody meant it, stop the job that does it and restore the members' status.""",
    ),
    Rule(
        key="dues_schedules_stuck",
        title="Dues schedules that made no invoice",
        alert_type="STUCK_DUES_SCHEDULES",
        severity="HIGH",
        metric="dues.stuck",
        operator=">",
        threshold=0,
        unit="schedules",
        interval="hourly",
        for_seconds=HOUR,
        requires=("Membership Dues Schedule",),
        unknown_for_seconds=6 * HOUR,
        summary="{value} are past their invoice date without an invoice",
        links=("Membership Dues Schedule",),
        because_of=(
            "scheduler_off",
            "scheduler_dormant",
            "scheduler_silent",
            "no_workers",
        ),
        runbook="""Open the schedules that are named below: is the member's customer, item or tax complete?
Look in the Scheduled Job Log whether the job that makes the invoices ran and failed.
Once the cause is mended the next run makes the invoices; check the first one.""",
    ),
    Rule(
        key="members_without_customer",
        title="Members without a customer",
        alert_type="DATA_QUALITY_ISSUE",
        severity="LOW",
        metric="members.without_customer",
        operator=">",
        threshold=0,
        unit="members",
        interval="daily",
        requires=("Member",),
        unknown_for_seconds=48 * HOUR,
        summary="{value} have no customer, so they can get no invoice",
        links=("Member",),
        runbook="""Open the members that are named below and create or link the customer.
If many appeared at once, an import or an application form left it out.""",
    ),
    Rule(
        key="payments_without_reference",
        title="Payments without a reference",
        alert_type="ORPHANED_PAYMENTS",
        severity="MEDIUM",
        metric="payments.without_reference",
        operator=">",
        threshold=0,
        unit="payments",
        interval="daily",
        requires=("Payment Entry",),
        unknown_for_seconds=48 * HOUR,
        summary="{value} without an invoice and without a reference",
        links=("Payment Entry",),
        runbook="""Open the payments that are named below and reconcile them with an invoice.
Compare with the bank statement: a reference may have been lost in an import.
Cash payments are left out of this number.""",
    ),
    Rule(
        key="applications_stalled",
        title="Applications that nobody looks at",
        alert_type="DATA_QUALITY_ISSUE",
        severity="LOW",
        metric="applications.stalled",
        operator=">",
        threshold=5,
        unit="applications",
        interval="daily",
        requires=("Member",),
        unknown_for_seconds=None,
        summary="{value} for membership wait too long for a review (limit {threshold})",
        links=("Member",),
        runbook="""Open the members with application status Pending and review the oldest ones.
Ask who should review: the person may have left or may not get the notification.""",
    ),
)
