"""Asking for DocTypes that a site may or may not have."""

from __future__ import annotations

from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site


def needed(site: Site, doctype: str, *fieldnames: str) -> None:
    """Raises Unavailable, worded for people, where the DocType or one of the fields is missing."""
    if not site.has_doctype(doctype):
        raise Unavailable("{0} is not installed on this site", doctype)
    for fieldname in fieldnames:
        if not site.has_field(doctype, fieldname):
            raise Unavailable("{0} has no field {1} on this site", doctype, fieldname)
