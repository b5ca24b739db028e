"""Asking for DocTypes that a site may or may not have."""

from __future__ import annotations

from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site


def needed(site: Site, doctype: str, *fieldnames: str) -> None:
    """Raises Unavailable, worded for people, where the DocType or one of the fields is missing."""
    if not site.has_doctype(doctype):
        raise Unavailable(f"{doctype} is not installed on this site")
    for fieldname in fieldnames:
        if not site.has_field(doctype, fieldname):
            raise Unavailable(f"{doctype} has no field {fieldname} on this site")
