"""Since when the association's own account is another one: a scan remembers it, without the account."""

from __future__ import annotations

from datetime import date
from typing import Any

from vuurtoren.audit.recording.document_values import fingerprint
from vuurtoren.compliance.reading.values import day, text
from vuurtoren.site.protocol import Site

KEY, SINCE = "own_account", "own_account_since"
NOBODYS = "WHICH KEY"
"""Its fingerprint tells of which key the others are; after a new key they are learnt anew."""


def changed_on(site: Site, remembered: dict[str, Any], iban: str) -> date | None:
    """The day on which another account than before was first seen; None while it is the first one."""
    known, now = remembered.get(KEY), _mark(site, iban)
    if now and isinstance(known, list) and len(known) == len(now) and known[1] == now[1] and known != now:
        return site.now().date()
    return day(text(remembered.get(SINCE)))


def remember(site: Site, remembered: dict[str, Any], iban: str) -> dict[str, Any]:
    """What the next scan is told; an account that is not known now leaves what was known before."""
    since = changed_on(site, remembered, iban)
    mark = _mark(site, iban) or remembered.get(KEY)
    return {KEY: mark, SINCE: since.isoformat() if since else None} if mark else {}


def _mark(site: Site, iban: str) -> list[str] | None:
    told = [fingerprint(site, iban), fingerprint(site, NOBODYS)]
    return [each for each in told if each] if all(told) else None
