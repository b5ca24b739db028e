"""Run by the upgrade lane inside a bench: fills a site of an older release, and says what became of it.

cd sites; ../env/bin/python …/check_upgrade.py SITE fill | keep FILE | compare FILE | goes_on FILE

`fill` runs under the older code and uses what it has; the others ask the database, and today's code.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import frappe
from told_again import kind_of, subject_of, told_again

RECIPIENT = "beheer@vereniging.example"
OWN = (
    "Alert Delivery",
    "Alert Rule",
    "Alert Rule Change",
    "Alert Rule State",
    "Alert Silence",
    "Alert Step",
    "Error Kind",
    "Metric Series",
    "Monitoring Rule Setting",
    "Monitoring Run",
    "SEPA Audit Anchor",
    "SEPA Audit Checkpoint",
    "SEPA Audit Leaf",
    "SEPA Audit Log",
    "System Alert",
)
"""Every DocType of the older release whose rows a migration has no reason to touch."""
TOLD = ("Email Queue", "Notification Log")
LEAST = {
    "SEPA Audit Log": 12,
    "System Alert": 3,
    "Metric Series": 1,
    "Alert Step": 4,
    "SEPA Audit Checkpoint": 2,
    "Email Queue": 3,
}
"""Less than this is a filling that proves nothing."""
MOVED_BY_A_MIGRATE = {"modified", "modified_by", "idx", "seal_guard"}
"""The seal guard names what lies in the columns, and the migration encrypts two of them."""
OPEN = ("Active", "Acknowledged")


def fill() -> None:
    """Errors and an event that were told; one alert acknowledged, one resolved, one silenced; a rule of the
    association and a threshold that it chose; a trail, sealed; numbers; the report of the day."""
    from verenigingen.utils import alert_manager
    from verenigingen.www import monitoring_dashboard as page

    _choose()
    for number in range(20):
        frappe.log_error(title=f"upgrade lane {number % 3}", message=f"ValueError: of kind {number % 3}")
    frappe.db.commit()
    _trail()
    alert_type = frappe.get_doc("System Alert", _event("the books do not balance")).alert_type
    assert alert_type == "UPGRADE"
    _event("the printer is on fire")
    for run in (alert_manager.run_tick, alert_manager.run_hourly_checks, alert_manager.run_daily_checks):
        run()
        _run_ended_well()
        _long_ago()
    alert_manager.run_tick()
    _run_ended_well()
    first, second, *more = frappe.get_all("System Alert", {"status": "Active"}, pluck="name", order_by="name")
    page.acknowledge_alert(first, "seen")
    page.resolve_alert(second, "repaired")
    page.silence_alert(more[0], "600", "the printer is on its way")
    frappe.db.commit()
    _trail()


def _choose() -> None:
    settings = frappe.get_doc("Monitoring Settings")
    settings.update(
        {"recipients": RECIPIENT, "mail_enabled": 1, "daily_report": 1, "alert_retention_days": 77}
    )
    for row in settings.rules:
        if row.rule == "error_rate_hourly":
            row.threshold = 7
    settings.save()
    rule = {
        "doctype": "Alert Rule",
        "rule_key": "users_of_the_lane",
        "enabled": 1,
        "title": "Errors of the lane",
        "metric": "errors.last_day",
        "operator": ">",
        "threshold": "5",
        "severity": "LOW",
        "judged": "tick",
        "summary": "{value} in a day",
        "runbook": "Nothing.",
    }
    frappe.get_doc(rule).insert()
    frappe.db.commit()


def _event(message: str) -> str:
    from verenigingen.verenigingen.doctype.system_alert.system_alert import SystemAlert

    name = str(SystemAlert.create_alert("UPGRADE", "HIGH", message, {"place": "lane"}).name)
    frappe.db.commit()
    return name


def _trail() -> None:
    from verenigingen.alerts.sealing import seal_soon
    from verenigingen.utils.security.audit_logging import log_sepa_event

    for number in range(6):
        details = {
            "reference_doctype": "User",
            "reference_name": "Administrator",
            "number": number,
            "iban": "NL91ABNA0417164300",
            "sensitive_data": number % 2,
        }
        assert log_sepa_event(f"lane_{number}", details, ("info", "warning", "error")[number % 3])
        frappe.db.commit()
    seal_soon()
    frappe.db.commit()


def _run_ended_well() -> None:
    frappe.db.rollback()
    for row in frappe.get_all("Monitoring Run", ["job", "status", "error"]):
        assert row.status == "Succeeded", row


def _long_ago() -> None:
    """As if every run had begun an hour earlier: the next one is another."""
    columns = [
        name for name in frappe.db.get_table_columns("Monitoring Run") if name.startswith("started_at")
    ]
    for name in columns:
        frappe.db.sql(f"UPDATE `tabMonitoring Run` SET `{name}` = `{name}` - INTERVAL 1 HOUR")
    frappe.db.commit()


def kept() -> dict[str, dict[str, dict[str, str]]]:
    """Every row as text, by DocType and name."""
    return {doctype: _rows(doctype) for doctype in (*OWN, *TOLD)} | {"Singles": _singles()}


RULE_SETTING = "Monitoring Rule Setting"
NEW_IN_A_NEW_LINE = {"name", "creation", "owner", "title"}
"""What a line is called is said by the rule in force."""


def _rows(doctype: str) -> dict[str, dict[str, str]]:
    rows = frappe.db.sql(f"SELECT * FROM `tab{doctype}`", as_dict=True)
    if (
        doctype == RULE_SETTING
    ):  # a migration that brings rules writes the table anew: a line is known by its rule
        rows = [
            {key: row[key] for key in row.keys() - NEW_IN_A_NEW_LINE} | {"name": row["rule"]} for row in rows
        ]
    return {str(row["name"]): {key: _text(value) for key, value in row.items()} for row in rows}


def _singles() -> dict[str, dict[str, str]]:
    rows = frappe.db.sql("SELECT field, value FROM tabSingles WHERE doctype = 'Monitoring Settings'")
    return {str(field): {"value": _text(value)} for field, value in rows if field not in MOVED_BY_A_MIGRATE}


def _in_tables() -> dict[str, dict[str, str]]:
    """What the older release kept in texts, as today's tables say it."""
    from vuurtoren.composition import current_site
    from vuurtoren.settings import settings, tables

    said = tables.texts(current_site().get_single(settings.DOCTYPE))
    return {field: {"value": _text(value)} for field, value in said.items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def compare(before: dict[str, dict[str, dict[str, str]]]) -> list[str]:
    """What a migration lost or changed of what lay there, a line each."""
    now, wrong = kept(), []
    now["SEPA Audit Log"] = _opened(now["SEPA Audit Log"])
    now["Singles"] |= _in_tables()
    for doctype, rows in before.items():
        for name, row in rows.items():
            found = now[doctype].get(name)
            if found is None:
                wrong.append(f"{doctype} {name} is lost")
                continue
            for key in row.keys() - MOVED_BY_A_MIGRATE:
                if key not in found:
                    wrong.append(f"{doctype} {name} has no {key} any more")
                elif found[key] != row[key]:
                    wrong.append(f"{doctype} {name} {key}: {row[key]!r} has become {found[key]!r}")
    return wrong


def _opened(rows: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Entries with their details and random numbers in clear, which the older release kept so."""
    from vuurtoren.audit.details import details_box
    from vuurtoren.composition import current_site

    empty: dict[str, Any] = {"details": None, "details_salt": None}
    stored = [row | {key: row[key] or None for key in empty} for row in rows.values()]
    opened = details_box.opened(current_site(), stored)
    return {row["name"]: {key: _text(value) for key, value in row.items()} for row in opened}


def goes_on(before: dict[str, dict[str, dict[str, str]]]) -> list[str]:
    """What is wrong after each job of today's code has run once, a line each."""
    from verenigingen import monitoring_jobs
    from vuurtoren.audit.verification.verification import verify
    from vuurtoren.composition import current_site

    for run in (
        monitoring_jobs.run_tick,
        monitoring_jobs.run_hourly_checks,
        monitoring_jobs.run_daily_checks,
    ):
        _long_ago()
        run()
    frappe.db.rollback()
    wrong = [
        f"the job {row.job} {row.status}: {row.error}"
        for row in frappe.get_all("Monitoring Run", ["job", "status", "error"])
        if row.status in ("Failed", "Running")
    ]
    now = kept()
    wrong += [
        f"SEPA Audit Log {name} is lost"
        for name in before["SEPA Audit Log"].keys() - now["SEPA Audit Log"].keys()
    ]
    wrong += _told_twice(before, now)
    wrong += _open_twice(before, now)
    found = verify(current_site())
    wrong += [f"the trail: {each}" for each in found.findings if each.tampering]
    if found.leaves_checked < len(before["SEPA Audit Leaf"]):
        wrong.append(
            f"the trail: only {found.leaves_checked} of {len(before['SEPA Audit Leaf'])} leaves were verified"
        )
    return wrong


def _told_twice(before: Any, now: Any) -> list[str]:
    """Messages that tell again what was told; the new ones are named as well, for whoever reads the log."""
    wrong = []
    for doctype in TOLD:
        for name in sorted(now[doctype].keys() - before[doctype].keys()):
            print(f"new in {doctype}: {subject_of(now[doctype][name])!r}")
        found = told_again(before[doctype], now[doctype], before["System Alert"])
        wrong += [f"{doctype} {each}" for each in found]
    return wrong


def _open_twice(before: Any, now: Any) -> list[str]:
    """Alerts of before that are not what they were, and conditions that are open in two alerts."""
    wrong = []
    open_now = [row["fingerprint"] for row in now["System Alert"].values() if row["status"] in OPEN]
    wrong += [f"{each} is open twice" for each in set(open_now) if open_now.count(each) > 1]
    for name, row in before["System Alert"].items():
        status = now["System Alert"].get(name, {}).get("status", "lost")
        if status != row["status"]:
            wrong.append(f"System Alert {name} ({row['message']}) was {row['status']} and is {status}")
    return wrong


def main(site: str, what: str, *arguments: str) -> int:
    frappe.init(site=site)
    frappe.connect()
    frappe.set_user("Administrator")
    if what == "fill":
        fill()
        return 0
    file = Path(arguments[0])
    if what == "keep":
        rows = kept()
        file.write_text(json.dumps(rows))
        print({doctype: len(each) for doctype, each in rows.items()})
        few = any(len(rows[doctype]) < least for doctype, least in LEAST.items())
        reported = "REPORT" in map(kind_of, rows["Email Queue"].values())
        return int(few or not reported)
    wrong = {"compare": compare, "goes_on": goes_on}[what](json.loads(file.read_text()))
    print("\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
