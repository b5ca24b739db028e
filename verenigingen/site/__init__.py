"""The door between the monitor and the place that it runs in."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path

from verenigingen.site.errors import NotConnected
from verenigingen.site.protocol import Site

EMBEDDED_FOLDER_VARIABLE = "VERENIGINGEN_DATA"
EMBEDDED_FOLDER = "monitor-data"
_chosen: Site | None = None


def current_site() -> Site:
    """The connected bench site, or the embedded one where Frappe is not installed; never a silent fall-back.

    Raises NotConnected when Frappe is importable but no site is connected.
    """
    if _chosen is not None:
        return _chosen
    if importlib.util.find_spec("frappe") is None:
        return use_site(embedded_site())
    adapter = importlib.import_module("verenigingen.site.frappe_site")
    if not adapter.connected():
        raise NotConnected(
            "Frappe is installed but no site is connected: run inside `bench --site NAME console` or "
            "`bench --site NAME execute`, or name an embedded site with verenigingen.site.use_site(...)"
        )
    site: Site = adapter.FrappeSite()
    return site


def embedded_site() -> Site:
    """The embedded site in the folder named by VERENIGINGEN_DATA, else in ./monitor-data."""
    from verenigingen.site.sqlite_site import SQLiteSite

    return SQLiteSite(Path(os.environ.get(EMBEDDED_FOLDER_VARIABLE, EMBEDDED_FOLDER)))


def use_site(site: Site | None) -> Site:
    """Make this the current site of the process (None: decide anew at the next call)."""
    global _chosen
    _chosen = site
    return site  # type: ignore[return-value]
