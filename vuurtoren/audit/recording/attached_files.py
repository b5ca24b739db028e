"""Files that are attached to documents of this site, by the address that the document has of them."""

from __future__ import annotations

from pathlib import Path

from vuurtoren.site.protocol import Site

FOLDERS = ("files/", "private/files/")


def attached_file(site: Site, url: object) -> Path | None:
    """Where an attached file lies; None for an address that is none of this site's files."""
    relative = str(url or "").lstrip("/")
    if not relative.startswith(FOLDERS) or ".." in relative:
        return None
    return site.site_path() / (relative if relative.startswith("private/") else f"public/{relative}")
