"""The guard of the audit trail is seen, and where it went missing that is told before it is put back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.alerts.events import record_event
from vuurtoren.audit.recording.recording import FAILED, record
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.audit.seals.tables import ALERT_TYPE, CHECKPOINT, LOG
from vuurtoren.audit.verification import daily_verification
from vuurtoren.failures import error_boundary
from vuurtoren.health import runs
from vuurtoren.settings import settings
from vuurtoren.site.errors import AlreadyExists, SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object, moment

JOB = "audit guard"
"""Its row in Monitoring Run, beside the jobs; `cursor` holds which guard was seen whole, and when."""
SEEN_EVERY = timedelta(minutes=15)


@dataclass(frozen=True)
class Seen:
    """The guard that this site had, and when it was last there; UTC."""

    version: str
    at_utc: datetime


def restore(site: Site) -> None:
    """Have the database refuse changes of the trail. Where it did and no longer does, that is an entry and a
    critical alert first, and what was written since is verified afterwards. Commits; a site comes up without.
    """
    seen, missing = _seen(site), _missing(site)
    # an update of the app asks for another guard: the one before was not taken away
    gone = seen if missing and seen and seen.version == GUARD.version else None
    if gone:
        with error_boundary(site, "telling that the guard of the audit trail was missing", undo=True):
            _tell(site, missing, gone)
    append_only_guard.install(site)
    if gone:
        with error_boundary(site, "verifying what was written without a guard", undo=True):
            daily_verification.verify_since(site, gone.at_utc)
    look(site)


def look(site: Site) -> None:
    """Note that the guard is there, a few times an hour; commits."""
    seen = _seen(site)
    fresh = seen and seen.version == GUARD.version and abs(site.now_utc() - seen.at_utc) < SEEN_EVERY
    if not site.has_doctype(runs.DOCTYPE) or not site.has_doctype(LOG) or fresh or _missing(site):
        return
    values = {"cursor": json.dumps({"version": GUARD.version, "at_utc": site.now_utc().isoformat()})}
    if not site.update(runs.DOCTYPE, JOB, values):
        try:
            site.insert(runs.DOCTYPE, {"job": JOB, "version": 0, **values})
        except AlreadyExists:
            pass  # another worker was first
    site.commit()


def _tell(site: Site, missing: str, seen: Seen) -> None:
    since = site.from_utc(seen.at_utc)
    details = {"missing": missing, "last_seen": f"{since:%Y-%m-%d %H:%M:%S}"}
    record(site, MAINTENANCE, CHECKPOINT, "", "guard_missing", FAILED, details)
    site.commit()
    text = site.translate("The database did not refuse changes of the audit trail: {0}. It last did at {1}.")
    message = text.format(missing, details["last_seen"])
    record_event(site, settings.read(site), ALERT_TYPE, "CRITICAL", message, details)
    site.commit()


def _seen(site: Site) -> Seen | None:
    row = site.get(runs.DOCTYPE, JOB) if site.has_doctype(runs.DOCTYPE) else None
    try:
        stored = json_object(row["cursor"]) if row and row["cursor"] else {}
        return Seen(str(stored["version"]), moment(stored["at_utc"]))
    except (NotReadable, KeyError):
        return None


def _missing(site: Site) -> str:
    try:
        return append_only_guard.missing(site) if site.has_doctype(LOG) else ""
    except SiteError:
        return ""  # a database that cannot say it is no sign of somebody's hand
