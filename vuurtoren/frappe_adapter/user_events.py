"""What this app does when a user gets another name."""

from __future__ import annotations

from typing import Any

from vuurtoren.audit.recording.user_renames import note_rename
from vuurtoren.failures import error_boundary
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.errors import TransactionLost


def user_renamed(_document: Any, _event: str | None, before: str, after: str, _merge: bool = False) -> None:
    """Frappe writes the new name into the entries of the trail; that it was so, is an entry itself."""
    site = FrappeSite()
    with error_boundary(site, "the audit entry about a renamed user", let_through=(TransactionLost,)):
        note_rename(site, before, after)
