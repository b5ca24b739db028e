"""Let calls fail on a real Frappe site and print what its logs then hold, one JSON object a line.

`env/bin/python write_frappe.py SITE`, in the folder `sites` of a bench, on a site that
is thrown away afterwards. What is printed is the Error Log, the log of scheduled jobs and, on Frappe 14, the
Error Snapshots, with nothing of this machine in it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import frappe

HERE = Path(__file__).resolve().parent
BENCH = "/home/frappe/frappe-bench"


def main() -> None:
    site = sys.argv[1]
    apps = Path(tempfile.mkdtemp()) / "apps"
    shutil.copytree(HERE / "association_frappe", apps / "association" / "association_frappe")
    sys.path.insert(0, str(apps / "association"))
    sys.dont_write_bytecode = True
    real_stdout, sys.stdout = sys.stdout, sys.stderr
    frappe.init(site=site)
    frappe.connect()
    _pretend_installed("association_frappe")
    rows = []
    from association_frappe import members

    members.prepare()
    for label, call in members.cases():
        rows += [(label, *found) for found in _logged(label, call)]
    for label, title, call in members.jobs():
        rows += [(label, *found) for found in _job(site, call, title)]
    for label, method, arguments in members.requests():
        rows += [(label, *found) for found in _request(site, method, arguments)]
    for label, method in members.scheduled():
        rows += [(label, *found) for found in _scheduled(method)]
    version = frappe.__version__.partition(".")[0]
    for label, title, text in rows:
        row = {
            "label": f"frappe: {label}",
            "source": f"frappe-{version}",
            "python": sys.version.split()[0],
            "title": neutral(title, apps),
            "text": neutral(text, apps),
        }
        real_stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def _pretend_installed(app):
    installed = frappe.get_installed_apps
    frappe.get_installed_apps = lambda *args, **keywords: [*installed(*args, **keywords), app]


def _logged(label, call):
    """Both ways in which Frappe writes down what was caught."""
    try:
        call()
    except Exception:
        plain = frappe.get_traceback()
        frappe.db.rollback()
        yield _newest(frappe.log_error("Association"))
        yield "Association", plain
    else:
        frappe.db.rollback()
        print("this Frappe allows it:", label)


def _newest(doc):
    return doc.method, doc.error


def _job(site, call, title):
    from frappe.utils.background_jobs import execute_job

    frappe.db.commit()
    before = _names()
    call()
    try:
        execute_job(site, title, None, title, {}, is_async=False)
    except BaseException as error:
        print("job ended:", type(error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    frappe.db.connect()  # an interrupted query leaves a closed connection
    for name in _names() - before:
        yield _newest(frappe.get_doc("Error Log", name))


def _names():
    return set(frappe.get_all("Error Log", pluck="name", limit_page_length=0))


def _request(site, method, arguments):
    from frappe.app import application
    from werkzeug.test import Client, EnvironBuilder

    frappe.db.commit()
    before = _names()
    builder = EnvironBuilder(
        path="/api/method/" + method, method="GET", query_string=arguments, headers={"Host": site}
    )
    answer = Client(application).open(builder)
    print(method, answer.status)
    frappe.init(site=site)
    frappe.connect()
    frappe.set_user("Administrator")
    _collect_snapshots()
    after = _names() - before
    if frappe.db.exists("DocType", "Error Snapshot"):
        for row in frappe.get_all("Error Snapshot", fields=["etype", "evalue", "traceback"]):
            yield f"{row.etype}: {row.evalue}", row.traceback
        frappe.db.delete("Error Snapshot")
    for name in after:
        yield _newest(frappe.get_doc("Error Log", name))
    frappe.db.commit()


def _collect_snapshots():
    try:
        from frappe.utils.error import collect_error_snapshots

        collect_error_snapshots()
    except ImportError:
        from frappe.deferred_insert import save_to_db

        save_to_db()


def _scheduled(method):
    frappe.db.delete("Scheduled Job Type", {"method": method})
    frappe.db.delete("Scheduled Job Log")
    job = frappe.get_doc({"doctype": "Scheduled Job Type", "method": method, "frequency": "Daily"})
    job.create_log = 1
    frappe.flags.in_test = False
    job.insert(ignore_permissions=True, ignore_if_duplicate=True)
    frappe.db.commit()
    job.execute()
    frappe.db.commit()
    for row in frappe.get_all(
        "Scheduled Job Log", {"scheduled_job_type": job.name, "status": "Failed"}, ["details"]
    ):
        if "is not installed" not in row.details:  # the second run, in which nothing pretends
            yield f"Scheduled job {method} failed", row.details
    frappe.db.delete("Scheduled Job Log")


def neutral(text: str, apps: Path) -> str:
    bench = str(Path.cwd().parent)
    for found, shown in (
        (str(apps), "apps"),
        (bench, BENCH),
        (str(Path(os.__file__).parent), f"/usr/lib/python3.{sys.version_info.minor}"),
        (str(HERE), f"{BENCH}/corpus"),
        (frappe.conf.db_name, "_0123456789abcdef"),
        (sys.argv[1], "association.example"),
        (frappe.conf.db_password, "secret"),
    ):
        text = text.replace(found, shown)
    return text


if __name__ == "__main__":
    main()
