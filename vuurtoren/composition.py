"""Which site is the current one; the two platforms are imported by name, when they are asked for."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

from vuurtoren.site.errors import NotConnected
from vuurtoren.site.protocol import Site

EMBEDDED_FOLDER_VARIABLE = "VERENIGINGEN_DATA"
EMBEDDED_FOLDER = "monitor-data"
_chosen: Site | None = None


def current_site() -> Site:
    """The connected bench site, or the embedded one where Frappe is not installed; never a silent fall-back.

    Raises NotConnected when Frappe is importable but no site is connected.
    """
    if _chosen is not None:
        return _chosen
    adapter = frappe_part("site")
    if adapter is None:
        return use_site(embedded_site())
    if not adapter.connected():
        raise NotConnected(
            "Frappe is installed but no site is connected: run inside `bench --site NAME console` or "
            "`bench --site NAME execute`, or name an embedded site with vuurtoren.composition.use_site(...)"
        )
    site: Site = adapter.FrappeSite()
    return site


def frappe_part(name: str) -> Any:
    """This part of the Frappe side, or None where Frappe is not installed."""
    if importlib.util.find_spec("frappe") is None:
        return None
    return importlib.import_module(f"vuurtoren.frappe_adapter.{name}")


def embedded_site() -> Site:
    """The embedded site in the folder named by VERENIGINGEN_DATA, else in ./monitor-data."""
    adapter = importlib.import_module("vuurtoren.embedded.store.sqlite_site")
    site: Site = adapter.SQLiteSite(Path(os.environ.get(EMBEDDED_FOLDER_VARIABLE, EMBEDDED_FOLDER)))
    return site


def use_site(site: Site | None) -> Site:
    """Make this the current site of the process (None: decide anew at the next call)."""
    global _chosen
    _chosen = site
    return site  # type: ignore[return-value]
