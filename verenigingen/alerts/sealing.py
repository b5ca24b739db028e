"""Seals the audit trail, with each run and soon after a commit; a change before the seal is an alert."""

from __future__ import annotations

from datetime import timedelta

from verenigingen.alerts import settings as settings_module
from verenigingen.alerts.events import record_event
from verenigingen.alerts.own_errors import boundary
from verenigingen.alerts.settings import Settings
from verenigingen.alerts.shipped.audit import TYPE as AUDIT_TRAIL
from verenigingen.audit.anchors import handing_out
from verenigingen.audit.seals.sealer import Sealing, seal
from verenigingen.audit.seals.tables import CHECKPOINT, LEAF, LOG
from verenigingen.site import current_site
from verenigingen.site.protocol import Site

JUST_NOW = timedelta(minutes=5)
"""What is older and has no seal is left to the next run of the monitor."""
MOST_NAMED = 20


def seal_and_tell(site: Site, settings: Settings, *, sweep: bool = False) -> Sealing:
    """Seal what is committed; an event that was changed before is a critical alert. Commits."""
    done = seal(site, sweep=sweep)
    if done.flagged:
        text = site.translate("Audit events were changed before they were sealed")
        record_event(site, settings, AUDIT_TRAIL, "CRITICAL", text, {"events": done.flagged[:MOST_NAMED]})
        site.commit()
    return done


def seal_soon() -> None:
    """Seal the events that were just committed, and hand a checkpoint out that counts a Bank Submission.

    A bench enqueues it after the commit of each transaction with an audit event (`Guard.then`).
    """
    site = current_site()
    with boundary(site, "sealing after a commit", undo=True):
        if site.has_doctype(CHECKPOINT):
            seal_and_tell(site, settings_module.read(site))
            handing_out.hand_out_after_submission(site)
            site.commit()


def seal_if_waiting(site: Site) -> bool:
    """Seal when an event of the last minutes has no seal yet, whichever process wrote it; whether it did."""
    recent = {"creation": (">=", site.now() - JUST_NOW)}
    waiting = site.get_unmatched(LOG, ["name"], "event_id", (LEAF, "event"), recent, limit=1)
    site.rollback()
    if waiting:
        seal_soon()
    return bool(waiting)
