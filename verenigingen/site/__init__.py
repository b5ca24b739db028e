"""Forwarded for one release: jobs queued before the update, cached hooks and other apps name it here."""

from vuurtoren.composition import current_site, use_site

__all__ = ["current_site", "use_site"]
