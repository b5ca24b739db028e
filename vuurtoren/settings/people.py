"""Recipients that are users of the site: their addresses are looked up when a message goes, not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vuurtoren.settings.text_forms import PEOPLE_ROWS
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words


def with_addresses(site: Site, values: Mapping[str, Any]) -> tuple[Row, list[str]]:
    """These values with an address in place of each user, and a sentence for each user that has none.

    Whether a user may still be told is asked of the address; see `notifications.recipients`.
    """
    rows = list(values.get(PEOPLE_ROWS) or [])
    users = sorted({str(row.get("user")) for row in rows if row.get("user")})
    if not users or not site.has_doctype("User"):
        return dict(values), []
    addresses = {
        str(row["name"]): str(row["email"] or "")
        for row in site.get_all("User", ["name", "email"], {"name": ("in", users)})
    }
    missing = [user for user in users if not addresses.get(user)]
    resolved = [_resolved(row, addresses) for row in rows if row.get("user") not in missing]
    said: list[str] = [
        Words("{0}: no user {1} with a mail address is on this site", PEOPLE_ROWS, repr(user))
        for user in missing
    ]
    return dict(values) | {PEOPLE_ROWS: resolved}, said


def _resolved(row: Mapping[str, Any], addresses: Mapping[str, str]) -> Row:
    user = row.get("user")
    return {**row, "user": "", "address": addresses[str(user)]} if user else dict(row)
