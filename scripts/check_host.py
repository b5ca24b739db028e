"""Run by the host lane inside a bench: what the host app is, and what the monitor says of it.

cd sites; ../env/bin/python …/check_host.py SITE facts | numbers | trail | tests | tests-of MODULE
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import unittest
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frappe

HOST = "verenigingen"
OWN_MANDATE = "BESIDE-LANE-1"
OWN_IBAN = "NL91ABNA0417164300"
WRITTEN = {
    "mandate_created",
    "mandate_ended",
    "batch_sent_to_bank",
    "batch_cancelled",
    "return_file_completed",
}
LEFT_OUT = {"node_modules", "__pycache__", "public"}
SHARED = ("audit_logging", "alert_manager", "resource_monitor", "analytics_engine", "monitoring_dashboard")
STATUS = {"members.active": "Active", "members.pending": "Pending", "members.terminated": "Terminated"}


def facts() -> dict[str, Any]:
    """What must be the same before and after: importable modules, DocTypes, members, roles, jobs."""
    jobs = frappe.get_all("Scheduled Job Type", {"method": ("like", f"{HOST}.%")}, pluck="method")
    modules = frappe.get_all("Module Def", {"app_name": HOST}, pluck="name")
    return {
        "members": {row[0]: row[1] for row in _members()},
        "mandates": frappe.db.count("SEPA Mandate", {"mandate_id": ("!=", OWN_MANDATE)}),
        "doctypes": sorted(frappe.get_all("DocType", {"module": ("in", modules)}, pluck="name")),
        "modules": sorted(modules),
        "roles": sorted(frappe.get_all("Role", {"name": ("like", "Verenigingen%")}, pluck="name")),
        "jobs": sorted(jobs),
        "importable": sorted(_importable()),
    }


def numbers() -> None:
    """The numbers of the page are those of the rows."""
    from vuurtoren.composition import current_site
    from vuurtoren.signals.measuring import collect

    snapshot = collect(current_site(), fresh=True)
    members = dict(_members())
    wanted = {key: members.get(status, 0) for key, status in STATUS.items()}
    wanted["members.total"] = sum(members.values())
    wanted["mandates.active"] = frappe.db.sql(
        "SELECT COUNT(*) FROM `tabSEPA Mandate` WHERE status = 'Active'"
    )[0][0]
    measured = {key: snapshot.get(key).value for key in wanted}
    print(json.dumps(measured))
    if measured != wanted:
        raise SystemExit(f"The page says {measured}, the rows say {wanted}.")


def trail() -> None:
    """What the host does to a mandate, a batch and a return file is in the trail."""
    about = {"reference_name": ("in", [_mandate(), _batch(), _return_file()])}
    entries = frappe.get_all("SEPA Audit Log", about, ["process_type", "action", "details"])
    print("\n".join(f"{row.process_type}: {row.action}" for row in entries))
    missing = WRITTEN - {row.action for row in entries}
    if missing or any(OWN_IBAN in str(row.details) for row in entries):
        raise SystemExit(f"The trail lacks {sorted(missing)}, or holds an IBAN.")


def _mandate() -> str:
    """A mandate that is created and cancelled."""
    today = frappe.utils.today()
    mandate = frappe.get_doc(
        {
            "doctype": "SEPA Mandate",
            "mandate_id": OWN_MANDATE,
            "member": frappe.get_all("Member", {"status": "Active"}, pluck="name", limit=1)[0],
            "account_holder_name": "A. de Vries",
            "iban": OWN_IBAN,
            "bic": "ABNANL2A",
            "sign_date": today,
            "first_collection_date": today,
            "status": "Active",
            "is_active": 1,
        }
    ).insert()
    frappe.db.commit()
    mandate.reload()
    mandate.update({"status": "Cancelled", "cancelled_date": today, "cancellation_reason": "lane"})
    mandate.save()
    frappe.db.commit()
    return str(mandate.name)


def _batch() -> str:
    """A submitted batch that goes to the bank and is cancelled."""
    name = frappe.get_all("Direct Debit Batch", {"docstatus": 1}, pluck="name", limit=1)[0]
    batch = frappe.get_doc("Direct Debit Batch", name)
    batch.db_set("status", "Submitted")
    frappe.db.commit()
    batch.reload()
    batch.cancel()
    frappe.db.commit()
    return str(name)


def _return_file() -> str:
    log = frappe.get_doc(
        {
            "doctype": "SEPA Return File Log",
            "file_hash": "0" * 64,
            "file_name": "lane.xml",
            "processing_date": frappe.utils.now(),
            "processed_by": "Administrator",
            "status": "Completed",
        }
    ).insert()
    frappe.db.commit()
    return str(log.name)


def tests() -> dict[str, list[str]]:
    """Which of the host's own tests of what both apps have pass on this site."""
    passing: set[str] = set()
    for file, name in _files():
        if file.name.startswith("test_") and any(word in file.read_text("utf-8") for word in SHARED):
            passing.update(_run_alone("tests-of", name).split())
    return {"passing": sorted(passing)}


def _run_alone(*arguments: str) -> str:
    """Some of the host's tests replace modules for good, so each file has a process of its own."""
    command = [sys.executable, __file__, frappe.local.site, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=200).stdout


def tests_of(name: str) -> str:
    """The tests of one module of the host that pass."""
    frappe.flags.in_test = True
    result = _Passing(io.StringIO(), descriptions=False, verbosity=0)
    with _quietly():
        unittest.defaultTestLoader.loadTestsFromName(name).run(result)
    return "\n".join(result.passing)


class _Passing(unittest.TextTestResult):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.passing: list[str] = []

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.passing.append(test.id())


def _members() -> list[tuple[str, int]]:
    return list(frappe.db.sql("SELECT status, COUNT(*) FROM `tabMember` GROUP BY status"))


def _importable() -> Iterator[str]:
    """Modules of the host that can be imported; some exit, or need what is not there."""
    for _, name in _files():
        if "tests" in name.split("."):
            continue
        with _quietly():
            try:
                importlib.import_module(name)
            except BaseException:
                continue
        yield name


def _files() -> Iterator[tuple[Path, str]]:
    """The host's Python files that can be imported, each with its dotted name."""
    folder = Path(importlib.import_module(HOST).__file__).parent
    for file in sorted(folder.rglob("*.py")):
        inside = file.relative_to(folder.parent).with_suffix("").parts
        if not LEFT_OUT & set(inside) and all(part.isidentifier() for part in inside):
            yield file, ".".join(part for part in inside if part != "__init__")


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Some of the host's modules print."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def main(site: str, what: str, *about: str) -> None:
    warnings.simplefilter("ignore")
    frappe.init(site=site)
    frappe.connect()
    frappe.set_user("Administrator")
    if what in ("facts", "tests"):
        print(json.dumps({"facts": facts, "tests": tests}[what](), indent=1))
    elif what == "tests-of":
        print(tests_of(*about))
    else:
        {"numbers": numbers, "trail": trail}[what]()
    sys.stdout.flush()
    frappe.db.rollback()
    os._exit(0)  # what the host's modules have started does not hold this process


if __name__ == "__main__":
    main(*sys.argv[1:])
