"""The daily report: what fired, what is open, unknown and untold; once a day, by one worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.alerts import alerts, stored_state
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.intents.retelling import RETOLD, retold
from vuurtoren.alerts.intents.row import PENDING
from vuurtoren.compliance import open_work
from vuurtoren.failures import OWN_TITLE
from vuurtoren.health import runs
from vuurtoren.host_records import records
from vuurtoren.host_records.names import INVOICE, MEMBER
from vuurtoren.notifications.recipients import recipients
from vuurtoren.notifications.undelivered import undelivered
from vuurtoren.reports import daily_report_message, reporting
from vuurtoren.rules.rule import rank
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import said

JOB = "daily report"
DAY = timedelta(days=1)
COUNTED = {
    "errors_24h": "Error Log",
    "members_created": MEMBER,
    "invoices_generated": INVOICE,
}


def daily_report(site: Site, settings: Settings) -> dict[str, Any]:
    """The last 24 hours as a dict: lists of opened, open, unknown and untold, and counts.

    A count that cannot be had is None, and `reasons` says why.
    """
    since = site.now() - DAY
    ignored = [said(each, site.translate) for each in settings.problems]
    report: dict[str, Any] = {
        "generated_at": site.now(),
        "since": since,
        "undelivered": undelivered(site, since),
        "opened": _alerts(site, {"timestamp": (">=", since)}),
        "open": _alerts(site, {"status": ("in", alerts.OPEN_STATUSES)}),
        "resolved": site.count(alerts.DOCTYPE, {"resolved_at": (">=", since)}),
        "unknown": _unknown(site),
        "untold": _untold(site, since),
        "sepa": open_work.open_lines(site, open_work.URGENT),
        "problems": [
            *ignored,
            *_failed_runs(site),
            *_nobody(site, settings),
        ],
        "reasons": {},
    }
    for key, record in COUNTED.items():
        report[key] = _created_since(site, record, since)
        if report[key] is None:
            report["reasons"][key] = site.translate("{0} is not installed here").format(record)
    report["own_failures_24h"] = _own_failures(site, since)
    return report


def send_daily_report(site: Site, settings: Settings, *, only_if_failed: bool = False) -> str:
    """Mail today's report once, by one worker; why it was not sent, or empty. See `reporting.send`."""
    if not settings.daily_report:
        return site.translate("The daily report is switched off in Monitoring Settings.")
    if only_if_failed and not reporting.failed(site, JOB):
        return ""
    return reporting.send(
        site, settings, JOB, "day", lambda: daily_report_message.compose(site, daily_report(site, settings))
    )


def _alerts(site: Site, filters: Mapping[str, Any]) -> list[Row]:
    fields = ["name", "alert_type", "severity", "status", "message", "timestamp", "first_seen"]
    fields += ["resolved_at", "count", *RETOLD]
    rows = [
        retold(site, row) for row in site.get_all(alerts.DOCTYPE, fields, filters, order_by="timestamp desc")
    ]
    return sorted(rows, key=lambda row: -rank(str(row["severity"])))


def _unknown(site: Site) -> list[Row]:
    return stored_state.unknown(site)


def _untold(site: Site, since: datetime) -> list[Row]:
    """Alerts of the last day of which no message left, or not yet, although one was wanted."""
    waiting = {str(row["alert"]) for row in intents.pending(site)}
    lately = site.get_all(alerts.DOCTYPE, ["name"], {"timestamp": (">=", since)})
    names = waiting | {str(row["name"]) for row in lately}
    found = alerts.rows_of(site, names, ["name", "severity", "message", "timestamp", *RETOLD])
    told = intents.columns(site, names)
    rows = [retold(site, row) | told[name] for name, row in found.items()]
    rows.sort(key=lambda row: (row["opened_mail"] in PENDING, str(row["timestamp"])), reverse=True)
    return [row for row in rows if _is_untold(row, since)]


def _is_untold(row: Row, since: datetime) -> bool:
    if row["opened_mail"] in PENDING:
        return True
    given_up = row["opened_mail"] == "Not wanted" and row["opened_mail_note"] and row["timestamp"] >= since
    return bool(given_up) and row["resolved_mail"] != "Handed over"


def _failed_runs(site: Site) -> list[str]:
    rows = site.get_all(runs.DOCTYPE, ["job", "error"], {"status": "Failed"}, order_by="job")
    text = site.translate("The last run of “{0}” failed: {1}")
    return [text.format(row["job"], row["error"]) for row in rows if row["job"] != JOB]


def _nobody(site: Site, settings: Settings) -> list[str]:
    problem = recipients(site, settings).problem
    return [problem] if problem else []


def _created_since(site: Site, record: str, since: datetime) -> int | None:
    host = records.at_best(site)
    if not host.has_doctype(record):
        return None
    window: dict[str, Any] = {"creation": (">=", since), "modified": (">=", since)}
    if record == "Error Log":
        window["method"] = ("!=", OWN_TITLE)
    return host.count(record, window)


def _own_failures(site: Site, since: datetime) -> int | None:
    if not site.has_doctype("Error Log"):
        return None
    window = {"method": OWN_TITLE, "creation": (">=", since), "modified": (">=", since)}
    return site.count("Error Log", window)
