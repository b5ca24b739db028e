"""Files by which other installed apps ship a DocType of the name of one of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import frappe

from vuurtoren import carrier


def foreign_files(doctype: str) -> Iterator[Path]:
    """The files of other installed apps that Frappe would read for this DocType, in the order of the apps."""
    part = frappe.scrub(doctype)
    for app in frappe.get_installed_apps():
        if app == carrier.app_name():
            continue
        for module in frappe.get_module_list(app):
            file = Path(frappe.get_app_path(app, frappe.scrub(module), "doctype", part, f"{part}.json"))
            if file.is_file():
                yield file
