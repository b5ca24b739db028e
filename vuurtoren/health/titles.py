"""What people call the runs of the monitor."""

from __future__ import annotations

from vuurtoren.site.words.words import Translate, Words, said

TITLES = {
    "tick": Words("Tick"),
    "hourly": Words("Hourly checks"),
    "daily": Words("Daily checks"),
    "audit tick": Words("Tick of the audit trail alone"),
    "audit hourly": Words("Hourly checks of the audit trail alone"),
    "audit daily": Words("Daily checks of the audit trail alone"),
    "audit anchors": Words("Checkpoints handed out"),
    "audit anchors after a submission": Words("Checkpoint handed out after a submission"),
    "audit details": Words("Older audit details encrypted"),
    "audit guard": Words("Guard of the audit trail seen"),
    "audit verification": Words("Audit trail verified"),
    "backfill": Words("Past counted back"),
    "compliance scan": Words("Records judged by the SEPA rules"),
    "daily report": Words("Daily report"),
    "error_index": Words("Errors counted"),
    "heartbeat": Words("Outgoing heartbeat"),
    "monthly review": Words("Monthly review"),
    "routines": Words("Routines"),
    "site_changes": Words("Changes noted"),
    "weekly digest": Words("Weekly digest"),
}


def title(job: str, translate: Translate) -> str:
    """The name of a run in the reader's language; another app's own where it is none of ours."""
    return said(TITLES.get(job, job), translate)
