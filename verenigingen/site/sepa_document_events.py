"""Forwarded for one release: jobs queued before the update, cached hooks and other apps name it here."""

from vuurtoren.frappe_adapter.sepa_document_events import cancelled, changed, created, deleted, submitted

__all__ = ["cancelled", "changed", "created", "deleted", "submitted"]
