"""Checks the checklist's names beside another app, on two sites that alternate in one process.

    cd BENCH/sites && ../env/bin/python CHECKOUT/scripts/check_checklist_names.py SITE_WITH SITE_WITHOUT

Both are copies that are thrown away: alerts are stored on them. SITE_WITH has this app installed,
SITE_WITHOUT only the other one; the names answer by the switch, or by the lines in the other app. The exit
code is 1 when
something does not hold.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import frappe

from vuurtoren import carrier
from vuurtoren.names import ours, state
from vuurtoren.names.checklist import ANSWERED, CLASSES, PACKAGE

FAILED: list[str] = []
HTTP = f"{PACKAGE}.www.monitoring_dashboard.get_system_metrics"


def say(holds: bool, what: str) -> None:
    print("ok  " if holds else "NOT ", what)
    if not holds:
        FAILED.append(what)


@contextmanager
def site(name: str) -> Iterator[None]:
    frappe.init(name)
    frappe.connect()
    frappe.set_user("Administrator")
    try:
        yield
        frappe.db.rollback()
    finally:
        frappe.destroy()


def outcome(work: Any) -> Any:
    """What it gives, or the class of what it raises."""
    try:
        return work()
    except Exception as raised:
        return type(raised)


def every_name(expected: str) -> None:
    for module, names in ANSWERED.items():
        theirs = importlib.import_module(f"{PACKAGE}.{module}")
        mine = importlib.import_module(ours.module_of_ours(module))
        missing = [name for name in names if not hasattr(theirs, name) or not hasattr(mine, name)]
        say(not missing, f"{module}: both apps have all {len(names)} names {missing or ''}")
        for name in names:
            answers = hasattr(getattr(theirs, name), "answers_with") or hasattr(
                type(getattr(theirs, name)), "answers_with"
            )
            say(answers, f"{module}.{name} answers ({expected})")


def classes(with_us: bool) -> None:
    for module in ("utils.alert_manager", "utils.resource_monitor", "utils.analytics_engine"):
        (name,) = (name for name in ANSWERED[module] if name in CLASSES)
        known = getattr(importlib.import_module(f"{PACKAGE}.{module}"), name)
        made = known()
        where = type(made).__module__
        expected = "vuurtoren." if with_us else f"{PACKAGE}."
        say(where.startswith(expected), f"{name}() is of {where}")
        say(isinstance(made, known), f"isinstance of {name}")

        class Made(known):  # type: ignore[misc, valid-type]
            pass

        say(type(Made()) is Made and isinstance(Made(), known), f"a class made of {name} stays its own")


def functions(with_us: bool) -> None:
    from verenigingen.utils import alert_manager
    from verenigingen.www import monitoring_dashboard

    metrics = outcome(monitoring_dashboard.get_system_metrics)
    say(
        ("members" in metrics and "error" not in metrics) == with_us,
        f"get_system_metrics: {str(metrics)[:90]}",
    )
    raised = outcome(lambda: alert_manager.AlertManager().send_alert("TEST", "LOW", "made up", {}))
    if with_us:
        say(isinstance(raised, dict) and raised["alert_type"] == "TEST", f"send_alert gives {raised!r:.60}")
    else:
        say(raised is frappe.CharacterLengthExceededError, f"send_alert raises as ever: {raised!r:.60}")
    with patch("verenigingen.utils.alert_manager.AlertManager") as replaced:
        say(alert_manager.AlertManager() is replaced.return_value, "a patched name is the patch")


def http(with_us: bool) -> None:
    hooks = frappe.get_hooks("override_whitelisted_methods", {})
    overridden = (hooks.get(HTTP) or [HTTP])[-1]
    say(overridden.startswith(f"{carrier.app_name()}.") == with_us, f"HTTP answers with {overridden}")
    function = frappe.get_attr(HTTP)
    say(function in frappe.whitelisted, "the name itself is whitelisted as before")
    say(bool(frappe.allowed_http_methods_for_whitelisted_func[function]), "with the HTTP methods as before")


def main(with_us: str, without_us: str) -> int:
    say(not carrier.app_name() == PACKAGE, f"the product is carried by {carrier.app_name()}")
    for turn, (name, mine) in enumerate([(with_us, True), (without_us, False)] * 2):
        print(f"-- {name}")
        with site(name):
            if turn < 2:
                every_name("ours" if mine else "theirs")
            classes(mine)
            functions(mine)
            http(mine)
    print(f"by the switch: {state.of_this_process()}")
    say(not state.failures(), "nothing failed")
    print(f"{len(FAILED)} do not hold" if FAILED else "all hold")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
