"""Forwarded for one release: jobs queued before the update, cached hooks and other apps name it here."""

from vuurtoren.frappe_adapter.jobs import run

__all__ = ["run"]
