"""Forwarded for one release: jobs queued before the update, cached hooks and other apps name it here."""

from vuurtoren.metrics.source import Context, Source

__all__ = ["Context", "Source"]
