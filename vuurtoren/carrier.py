"""Which Frappe app carries the product: the package beside this one that bears the mark."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

MARK = "carrier.txt"


@cache
def app_folder() -> Path:
    """The folder of the app's package, with its hooks, pages and DocTypes."""
    beside = Path(__file__).resolve().parent.parent
    marked = sorted(mark.parent for mark in beside.glob(f"*/{MARK}"))
    if len(marked) != 1:
        found = ", ".join(folder.name for folder in marked) or "no package"
        raise RuntimeError(f"One package in {beside} carries the monitor, by its {MARK}; found {found}.")
    return marked[0]


def app_name() -> str:
    """The app as Frappe knows it: `verenigingen`, or the second name beside a host app of that name."""
    return app_folder().name


def app_version() -> str:
    return str(importlib.import_module(app_name()).__version__)


def module_name() -> str:
    """The module of our DocTypes as Frappe knows it: `Verenigingen`, or `Verenigingen Monitor`."""
    return (app_folder() / "modules.txt").read_text("utf-8").split("\n")[0].strip()


def doctypes() -> Path:
    """The folder with one folder for each DocType of ours."""
    return app_folder() / module_name().lower().replace(" ", "_").replace("-", "_") / "doctype"
