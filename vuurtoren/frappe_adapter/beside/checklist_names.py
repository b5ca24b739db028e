"""What the checklist's names have to know of the current site of a bench; asked at each of their calls."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import frappe

KEPT = "monitoring_is_installed"


def is_installed_here(app: str) -> bool:
    """Whether the current site has the app; asked once in a request or job, and never without a site."""
    local = frappe.local
    site = getattr(local, "site", None)
    if not site or getattr(local, "db", None) is None:
        return False
    kept = getattr(local, KEPT, None)
    if kept and kept[0] == site:
        return bool(kept[1])
    found = app in frappe.get_installed_apps()
    if not (local.flags.in_install or local.flags.in_uninstall or local.flags.in_install_db):
        setattr(local, KEPT, (site, found))
    return found


def is_request() -> bool:
    return bool(getattr(frappe.local, "request", None))


def is_whitelisted(function: Callable[..., Any]) -> bool:
    return function in frappe.whitelisted


def whitelist_like(original: Callable[..., Any], function: Callable[..., Any]) -> None:
    """Whatever the original is over HTTP, the function is; Frappe has lists up to 15, and sets from 16 on."""
    for known in (frappe.whitelisted, frappe.guest_methods, frappe.xss_safe_methods):
        if original in known:
            known.append(function) if isinstance(known, list) else known.add(function)
    allowed = frappe.allowed_http_methods_for_whitelisted_func
    if original in allowed:
        allowed[function] = allowed[original]


def places() -> tuple[Path, Path]:
    """The packages of this environment, and the configuration that all sites of the bench share."""
    return Path(sysconfig.get_path("purelib")), Path(frappe.local.sites_path, "common_site_config.json")


def other_site_has(app: str) -> bool:
    """Whether any other site of the bench has the app; one that cannot be asked may have it."""
    here, sites_path = frappe.local.site, frappe.local.sites_path
    others = [site for site in frappe.utils.get_sites(sites_path) if site != here]
    return any(_asked_aside(site, sites_path, app) for site in others)


def _asked_aside(site: str, sites_path: str, app: str) -> bool:
    """In a thread of its own, which has a current site of its own."""
    answers = [True]

    def ask() -> None:
        frappe.init(site, sites_path)
        try:
            frappe.connect()
            answers[0] = app in frappe.get_installed_apps()
        finally:
            frappe.destroy()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    return answers[0]
