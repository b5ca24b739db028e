"""Who sees the details of a sensitive audit entry, and that every look is an entry itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vuurtoren.audit.adoption.adopted import WITH_IBAN
from vuurtoren.audit.details.details_box import FIELDS, Opened, Opener, State
from vuurtoren.audit.recording.recording import COMPLIANT, record
from vuurtoren.audit.seals.removals import MAINTENANCE
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.privacy.iban import mask_ibans
from vuurtoren.site.protocol import Site

ROLE = "Kascommissie"
"""The audit committee: reads and verifies. The Administrator is told apart by name, not by a role."""
ROLE_OF_HOST = "Verenigingen Kascommissie"
"""The same committee as the association's own app may have named it: both roles are one."""
ROLE_KEY = "audit_committee_role"
"""Configuration key: another name of that role."""
ACTION = "sensitive_details_viewed"
EXPORTED = "details_exported"
"""The actions of the entries that say who has opened details."""


@dataclass(frozen=True)
class Shown:
    """What the current user sees; without the salt nobody can guess hidden details by their commitment."""

    details: str | None
    salt: str | None
    logged: bool = False


def shown_details(site: Site, entry: Mapping[str, Any]) -> Shown:
    """The details for the current user: all of them, or a sentence in their place.

    This opens them: the table, and with it every other way to it, holds a box. IBANs that another app left
    in clear are masked for everybody. A look at sensitive details is written into the trail, in the caller's
    transaction.
    """
    in_clear = entry.get("rule_id") == WITH_IBAN
    sensitive = bool(entry.get("sensitive_data")) or in_clear
    if sensitive and not site.has_role(*committee_roles(site)):
        return Shown(hidden_details(site), None)
    opened = Opener.of(site).open({name: entry.get(name) for name in FIELDS})
    if not sensitive:
        return Shown(readable(site, opened), opened.salt)
    note_opening(site, LOG, str(entry.get("name") or ""), ACTION, {"by_role": ROLE})
    shown = readable(site, opened)
    return Shown(mask_ibans(shown) if in_clear and shown else shown, opened.salt, logged=True)


def committee_roles(site: Site) -> tuple[str, str]:
    """Our role of the audit committee, and that of the association's app; whoever holds either is of it."""
    return ROLE, str(site.conf(ROLE_KEY) or ROLE_OF_HOST)


def note_opening(site: Site, doctype: str, name: str, action: str, details: Mapping[str, Any]) -> None:
    """Write into the trail that the current user has opened details, in the caller's transaction."""
    record(site, MAINTENANCE, doctype, name, action, COMPLIANT, details)


def readable(site: Site, opened: Opened) -> str | None:
    """What was opened, or a sentence that says why it could not be."""
    if opened.state is State.LOCKED:
        why = site.translate("These details need the key {0}, which this site does not have.")
        return json.dumps({"locked": why.format(opened.key_id)}, ensure_ascii=False)
    if opened.state is State.BROKEN:
        why = site.translate("These details were changed: they can no longer be opened.")
        return json.dumps({"damaged": why}, ensure_ascii=False)
    return opened.details


def hidden_details(site: Site) -> str:
    """What stands in the place of sensitive details."""
    hidden = site.translate("Sensitive: shown to the Administrator and to the role {0} only.")
    return json.dumps({"hidden": hidden.format(ROLE)}, ensure_ascii=False)


def may(right: str | None) -> bool:
    """Whether anybody at all has this right on the trail; which roles may read, the DocType says."""
    return right in (None, "read", "select", "report", "export")
