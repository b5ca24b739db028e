"""Who sees the details of a sensitive audit entry, and that every look is an entry itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verenigingen.audit.recording import COMPLIANT, record
from verenigingen.audit.seals.tables import LOG
from verenigingen.audit.seals.verification import MAINTENANCE
from verenigingen.site.protocol import Site

ROLE = "Kascommissie"
"""The audit committee: reads and verifies. The Administrator is told apart by name, not by a role."""
ACTION = "sensitive_details_viewed"


@dataclass(frozen=True)
class Shown:
    """What the current user sees; without the salt nobody can guess hidden details by their commitment."""

    details: str | None
    salt: str | None
    logged: bool = False


def shown_details(site: Site, entry: Mapping[str, Any]) -> Shown:
    """The details for the current user: all of them, or a sentence in their place.

    A look at sensitive details is written into the trail, in the caller's transaction.
    """
    details, salt = entry.get("details"), entry.get("details_salt")
    if not entry.get("sensitive_data"):
        return Shown(details, salt)
    if not site.has_role(ROLE):
        return Shown(hidden_details(site), None)
    record(site, MAINTENANCE, LOG, str(entry.get("name") or ""), ACTION, COMPLIANT, {"by_role": ROLE})
    return Shown(details, salt, logged=True)


def hidden_details(site: Site) -> str:
    """What stands in the place of sensitive details."""
    hidden = site.translate("Sensitive: shown to the Administrator and to the role {0} only.")
    return json.dumps({"hidden": hidden.format(ROLE)}, ensure_ascii=False)


def may(right: str | None) -> bool:
    """Whether anybody at all has this right on the trail; which roles may read, the DocType says."""
    return right in (None, "read", "select", "report", "export")
