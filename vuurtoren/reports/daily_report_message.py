"""The words of the daily report; when nothing happened it says that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from vuurtoren.alerts.incidents.because import told_with_again
from vuurtoren.notifications import undelivered
from vuurtoren.notifications.messages import subject
from vuurtoren.outward.templating import COLOURS, GOOD, PLAIN, Message
from vuurtoren.privacy.text import one_line
from vuurtoren.reports.report_page import Part, message, open_for, part
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural

FIGURES = {
    "errors_24h": "Errors",
    "members_created": "Members created",
    "invoices_generated": "Invoices made",
    "resolved": "Alerts resolved",
    "own_failures_24h": "Failures of the monitor itself",
}


def compose(site: Site, report: Mapping[str, Any]) -> Message:
    """The report of `reports.daily_report` as a message; keys that a caller leaves out are left out of it."""
    headline = _headline(site, report)
    return message(
        site,
        subject(site, site.translate("REPORT"), headline),
        colour=_colour(report),
        title=site.translate("Daily report"),
        headline=headline,
        facts=_facts(site, report),
        parts=_DailyParts(site, report).all(),
    )


def _headline(site: Site, report: Mapping[str, Any]) -> str:
    opened, still_open = report.get("opened"), report.get("open")
    if opened is None or still_open is None:
        return site.translate("The last 24 hours")
    if opened or still_open:
        text = site.translate("Alerts opened in the last 24 hours: {0}; open now: {1}")
        return text.format(len(opened), len(still_open))
    if report.get("unknown"):
        text = plural(
            site.translate,
            len(report["unknown"]),
            "No alert in the last 24 hours, but one check is unknown",
            "No alert in the last 24 hours, but {0} checks are unknown",
        )
        return text.format(len(report["unknown"]))
    return site.translate("Nothing happened: no alert opened in the last 24 hours and none is open")


def _colour(report: Mapping[str, Any]) -> str:
    still_open = report.get("open")
    if still_open:
        return COLOURS.get(str(still_open[0]["severity"]), COLOURS["HIGH"])
    return GOOD if still_open is not None and not report.get("unknown") else PLAIN


def _facts(site: Site, report: Mapping[str, Any]) -> list[tuple[str, str]]:
    reasons = report.get("reasons") or {}
    return [
        (site.translate(label), _figure(report[key], str(reasons.get(key) or "—")))
        for key, label in FIGURES.items()
        if key in report
    ]


def _figure(value: object, reason: str) -> str:
    if value is None:
        return reason
    return f"{value:,}" if isinstance(value, int) else one_line(value, 100)


@dataclass(frozen=True)
class _DailyParts:
    """The lists of the report, what needs a person first."""

    site: Site
    report: Mapping[str, Any]

    def all(self) -> list[Part]:
        return [
            self._part(
                undelivered.TITLE, "undelivered", partial(undelivered.sentence, say=self.site.translate)
            ),
            self._part("No message left about these", "untold", self._untold),
            self._part("Open now", "open", self._open),
            self._part("Rules of SEPA direct debit", "sepa", str),
            self._part("Opened in the last 24 hours", "opened", self._opened),
            self._part("Checks that could not be made", "unknown", self._unknown),
            self._part("The monitor itself", "problems", str),
        ]

    def _part(self, title: str, key: str, line: Callable[[Any], str]) -> Part:
        return part(self.site, title, self.report.get(key) or [], line)

    def _untold(self, row: Row) -> str:
        note = told_with_again(self.site, str(row["opened_mail_note"] or ""))
        because = note or self.site.translate("it is due at the next delivery")
        return f"{self._when(row)}: {because}"

    def _when(self, row: Row) -> str:
        say = self.site.translate
        return f"{moment(row['timestamp'], say)} {say(row['severity'])} {row['message']}"

    def _open(self, row: Row) -> str:
        return open_for(self.site, row, self.report.get("generated_at") or self.site.now())

    def _opened(self, row: Row) -> str:
        status = self.site.translate(row["status"])
        return f"{self._when(row)} ({status})"

    def _unknown(self, row: Row) -> str:
        named = f"{row['rule']} ({row['labels']})" if row["labels"] else str(row["rule"])
        text = self.site.translate("{0}: unknown since {1}, because {2}")
        return text.format(named, moment(row["answer_since"], self.site.translate), row["reason"])
