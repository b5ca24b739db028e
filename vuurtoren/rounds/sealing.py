"""Seals the audit trail, with each run and soon after a commit; a change before the seal is an alert."""

from __future__ import annotations

from datetime import timedelta

from vuurtoren.alerts.events import record_event
from vuurtoren.audit.adoption.adopted import waits
from vuurtoren.audit.adoption.adopting import adopt
from vuurtoren.audit.anchors import checkpoint_publishing
from vuurtoren.audit.seals.sealer import Sealing, seal
from vuurtoren.audit.seals.tables import ALERT_TYPE, CHECKPOINT, LEAF, LOG
from vuurtoren.composition import current_site
from vuurtoren.failures import error_boundary
from vuurtoren.settings import settings as settings_module
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site

JUST_NOW = timedelta(minutes=5)
"""What is older and has no seal is left to the next run of the monitor."""
MOST_NAMED = 20
MOST_ADOPTED = 20_000
"""So many entries from before the trail are taken over in one run; the next one goes on."""


def seal_and_tell(site: Site, settings: Settings, *, sweep: bool = False) -> Sealing:
    """Seal what is committed; an event that was changed before is a critical alert. Commits."""
    if waits(site):
        adopt(site, most=MOST_ADOPTED)
        if waits(site):
            return Sealing(overtaken=True)  # another process is at it, or the next run goes on
    done = seal(site, sweep=sweep)
    if done.flagged:
        text = site.translate("Audit events were changed before they were sealed")
        record_event(site, settings, ALERT_TYPE, "CRITICAL", text, {"events": done.flagged[:MOST_NAMED]})
        site.commit()
    return done


def seal_soon() -> None:
    """Seal the events that were just committed, and hand a checkpoint out that counts a Bank Submission.

    A bench enqueues it after the commit of each transaction with an audit event (`Guard.then`).
    """
    site = current_site()
    with error_boundary(site, "sealing after a commit", undo=True):
        if site.has_doctype(CHECKPOINT):
            seal_and_tell(site, settings_module.read(site))
            checkpoint_publishing.hand_out_after_submission(site)
            site.commit()


def seal_if_waiting(site: Site) -> bool:
    """Seal when an event of the last minutes has no seal yet, whichever process wrote it; whether it did."""
    recent = {"creation": (">=", site.now() - JUST_NOW)}
    waiting = site.get_unmatched(LOG, ["name"], "event_id", (LEAF, "event"), recent, limit=1)
    site.rollback()
    if waiting:
        seal_soon()
    return bool(waiting)
