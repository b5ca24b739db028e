"""The front door of the alerting: what the deployment checklist calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.statistics import PERFORMANCE_TYPES, alert_statistics
from vuurtoren.composition import current_site
from vuurtoren.failures import error_boundary, report
from vuurtoren.notifications import delivery, messages, trial
from vuurtoren.notifications.messages import Notification
from vuurtoren.notifications.trial import Trial
from vuurtoren.reports import daily_report, daily_report_message
from vuurtoren.rounds import checks
from vuurtoren.rules.rule import Interval, Rule
from vuurtoren.rules.thresholds import BadThreshold, parse
from vuurtoren.settings import settings
from vuurtoren.signals.rules import CHECKLIST_KEYS, of_type
from vuurtoren.site.protocol import Site


class AlertManager:
    """Checks a site and tells people; without a site it is the current one.

    `alert_thresholds` holds the five thresholds of the deployment checklist as they are merged from the
    shipped defaults, the site configuration and Monitoring Settings. Assigning to it changes this instance.
    """

    def __init__(self, site: Site | None = None) -> None:
        self.site = site or current_site()
        merged = settings.read(self.site).thresholds.values
        self.alert_thresholds: dict[str, Any] = {key: _plain(merged[key]) for key in CHECKLIST_KEYS}

    def check_error_rate_alert(self) -> None:
        """Judge the error rates now, and tell what changed. Raises nothing."""
        self._check("HIGH_ERROR_RATE")

    def check_critical_errors(self) -> None:
        """Judge floods of errors and new kinds of error now. Raises nothing."""
        self._check("CRITICAL_ERRORS", "NEW_ERROR_KIND")

    def check_sepa_compliance_alert(self) -> None:
        """Judge the failures of SEPA operations now. Raises nothing."""
        self._check("SEPA_COMPLIANCE")

    def check_performance_alerts(self) -> None:
        """Judge speed, queues and the machine now. Raises nothing."""
        self._check(*PERFORMANCE_TYPES)

    def check_business_process_alerts(self) -> None:
        """Judge member churn and dues schedules now. Raises nothing."""
        self._check("HIGH_MEMBER_CHURN", "STUCK_DUES_SCHEDULES")

    def check_data_quality_alerts(self) -> None:
        """Judge members without a customer and payments without a reference now. Raises nothing."""
        self._check("DATA_QUALITY_ISSUE", "ORPHANED_PAYMENTS")

    def run(self, job: Interval) -> str:
        """One run of the tick, hourly or daily job; what went wrong, or an empty text. Raises nothing."""
        return checks.run_job(self.site, job)

    def send_alert(
        self, alert_type: str, severity: str, message: str, details: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Store an event and mail it now; its row, or None when it could not be stored. Raises nothing.

        Commits, so that the alert survives whatever the caller does next; inside a transaction that must not
        be committed yet use `vuurtoren.alerts.events.record_event`, which the next tick tells.
        An unknown severity is told as HIGH. The same event within an hour is counted, not told again.
        """
        name = ""
        with error_boundary(self.site, "send_alert", undo=True):
            chosen = settings.read(self.site)
            name = record_event(self.site, chosen, alert_type, severity, message, details)
            self.site.commit()
        with error_boundary(self.site, "telling an event", undo=True):
            if name:
                delivery.deliver(self.site, settings.read(self.site), only=name)
        row = self.site.get(alerts.DOCTYPE, name) if name else None
        return row | intents.columns(self.site, [name])[name] if row else None

    def test_alert_system(self) -> dict[str, Any]:
        """Send a test alert and say what really happened to it: {status, message, alert_name}."""
        tried = Trial(False, "", "")
        with error_boundary(self.site, "test alert", undo=True) as caught:
            tried = trial.send_test_alert(self.site, settings.read(self.site))
        status = "success" if tried.handed_over else "error"
        return {
            "status": status,
            "message": caught.reason or tried.message,
            "alert_name": tried.alert_name or None,
        }

    def generate_daily_report(self) -> dict[str, Any]:
        """What happened in the last 24 hours; nothing is sent (the daily job does that)."""
        return daily_report.daily_report(self.site, settings.read(self.site))

    def format_daily_report(self, stats: Mapping[str, Any]) -> str:
        """The daily report as HTML; of `stats` everything may be missing."""
        return daily_report_message.compose(self.site, stats).html

    def format_alert_email(
        self, alert_type: str, severity: str, message: str, details: Mapping[str, Any] | None = None
    ) -> str:
        """The message about an alert as HTML, without storing or sending anything."""
        now = self.site.now()
        row = _unsaved_row(alert_type, severity, message, details, now)
        return messages.about_one(self.site, Notification(row, "opened")).html

    def get_alert_statistics(self) -> dict[str, Any]:
        """{total_alerts_24h, critical_alerts_24h, error_rate_1h, performance_alerts_24h}, and reasons."""
        return alert_statistics(self.site)

    def _check(self, *alert_types: str) -> None:
        rules = of_type(*alert_types)
        with error_boundary(self.site, "check of " + ", ".join(alert_types), undo=True):
            checks.check_now(self.site, rules, self._own_thresholds(rules))

    def _own_thresholds(self, rules: tuple[Rule, ...]) -> dict[str, float]:
        """What somebody assigned on this instance; text that is no threshold is named and left out."""
        own: dict[str, float] = {}
        for rule in rules:
            if rule.key not in self.alert_thresholds:
                continue
            try:
                own[rule.key] = parse(self.alert_thresholds[rule.key])
            except BadThreshold as refused:
                report(self.site, f"alert_thresholds of a console, {rule.key}", str(refused))
        return own


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _unsaved_row(
    alert_type: str, severity: str, message: str, details: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    return {
        "name": "",
        "alert_type": alert_type,
        "severity": severity,
        "kind": "Event",
        "message": message,
        "details": alerts.details_text(dict(details or {})),
        "first_seen": now,
        "count": 1,
        "rule": "",
        "runbook": "",
    }
