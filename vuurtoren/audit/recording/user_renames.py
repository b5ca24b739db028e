"""A user gets another name: Frappe writes it into every row, so the trail says once that it was so."""

from __future__ import annotations

from vuurtoren.audit.recording.recording import COMPLIANT, record
from vuurtoren.audit.seals.keys import ensure_keys
from vuurtoren.audit.seals.rows import short_text
from vuurtoren.audit.seals.user_names import RENAMES, rename_details
from vuurtoren.site.protocol import Site


def note_rename(
    site: Site, before: str, after: str, compliance_status: str = COMPLIANT, *, event_id: str = ""
) -> str | None:
    """Write the entry, in the transaction of the rename; of the old name it holds digests only."""
    details = rename_details(short_text(before), short_text(after), ensure_keys(site).mac)
    kind, action = RENAMES["process_type"], RENAMES["action"]
    return record(site, kind, "User", after, action, compliance_status, details, event_id=event_id)
