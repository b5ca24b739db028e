"""The front door of the measurements: everything that is measured, as plain dictionaries."""

from dataclasses import dataclass
from typing import Any

from vuurtoren.alerts.judging import judge, summary
from vuurtoren.composition import current_site
from vuurtoren.engines import groups
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.rules.rule import Rule, rank
from vuurtoren.settings import settings
from vuurtoren.signals.measuring import collect
from vuurtoren.signals.rules import of_type
from vuurtoren.site.protocol import Site

RESOURCE_RULES = of_type(
    "HIGH_CPU",
    "HIGH_MEMORY",
    "HIGH_DISK",
    "HIGH_DB_CONNECTIONS",
    "HIGH_JOB_QUEUE",
    "HIGH_ERROR_RATE",
    "SCHEDULER_ISSUES",
)
THRESHOLDS = {
    "memory_percent": "memory",
    "cpu_percent": "cpu",
    "disk_percent": "disk",
    "active_connections": "database_connections",
    "queue_length": "queue_depth",
    "error_rate_threshold": "error_rate_hourly",
}
"""Public name of a threshold to the rule that it belongs to."""

SYSTEM = ("host",)
DATABASE = ("database", "errors", "requests")
APPLICATION = ("people", "queues", "jobs", "cache", "scheduler")
BUSINESS = ("business",)


@dataclass(frozen=True)
class _Breach:
    rule: Rule
    metric: Metric
    threshold: float
    message: str

    def as_alert(self) -> dict[str, Any]:
        return {
            "type": self.rule.alert_type,
            "severity": self.rule.severity,
            "message": self.message,
            "details": {
                "metric": self.metric.key,
                "labels": dict(self.metric.labels),
                "value": self.metric.value,
                "threshold": self.threshold,
                "unit": self.rule.unit,
                "measured_at": self.metric.measured_at.isoformat(" ", "seconds"),
                "evidence": [dict(row) for row in self.metric.evidence],
            },
        }

    def as_recommendation(self, site: Site) -> dict[str, Any]:
        return {
            "category": self.metric.source,
            "priority": self.rule.severity,
            "title": site.translate(self.rule.title),
            "description": self.message,
            "action": site.translate(self.rule.runbook),
        }


class ResourceMonitor:
    """Measures the site and the machine that this process runs on; nothing is written and nothing waits.

    `thresholds` holds the values in force, which Monitoring Settings and the site configuration decide;
    assigning to it changes this instance. `active_connections` is a percentage of what the server allows.
    """

    def __init__(self, site: Site | None = None) -> None:
        self.site = site or current_site()
        self._settings = settings.read(self.site)
        in_force = self._settings.thresholds.values
        self.thresholds = {name: in_force[rule] for name, rule in THRESHOLDS.items() if rule in in_force}

    def collect_system_metrics(self) -> dict[str, Any]:
        """Everything: timestamp (site time), system, database, application, business.

        A value that could not be measured is None, and its group's `unknown` says why.
        """
        return self._as_dictionaries(collect(self.site))

    def get_system_resource_metrics(self) -> dict[str, Any]:
        return groups.system(collect(self.site, SYSTEM))

    def get_database_metrics(self) -> dict[str, Any]:
        return groups.database(collect(self.site, DATABASE))

    def get_application_metrics(self) -> dict[str, Any]:
        return groups.application(collect(self.site, APPLICATION))

    def get_business_metrics(self) -> dict[str, Any]:
        return groups.business(collect(self.site, BUSINESS))

    def check_resource_thresholds(self) -> list[dict[str, Any]]:
        """Every resource beyond its threshold now, the most severe first: type, severity, message, details.

        The same rules are judged on schedule, with patience, and open alerts there; here nothing is stored.
        """
        return [breach.as_alert() for breach in self._breaches(collect(self.site))]

    def generate_performance_report(self) -> dict[str, Any]:
        """The metrics, what is beyond its threshold, and for each of those what to do about it."""
        snapshot = collect(self.site)
        breaches = self._breaches(snapshot)
        severities = [breach.rule.severity for breach in breaches]
        return {
            "timestamp": _text(snapshot),
            "summary": {
                "overall_health": self._health(snapshot, breaches),
                "active_alerts": len(breaches),
                "critical_alerts": severities.count("CRITICAL"),
                "high_alerts": severities.count("HIGH"),
            },
            "metrics": self._as_dictionaries(snapshot),
            "alerts": [breach.as_alert() for breach in breaches],
            "recommendations": [breach.as_recommendation(self.site) for breach in breaches],
        }

    def get_system_health(self) -> dict[str, Any]:
        """The state in one word with what it rests on."""
        snapshot = collect(self.site)
        breaches = self._breaches(snapshot)
        return {
            "status": self._health(snapshot, breaches),
            "metrics": self._as_dictionaries(snapshot),
            "alerts": [breach.as_alert() for breach in breaches],
            "timestamp": _text(snapshot),
        }

    def _as_dictionaries(self, snapshot: Snapshot) -> dict[str, Any]:
        return {
            "timestamp": _text(snapshot),
            "system": groups.system(snapshot),
            "database": groups.database(snapshot),
            "application": groups.application(snapshot),
            "business": groups.business(snapshot),
        }

    def _breaches(self, snapshot: Snapshot) -> list[_Breach]:
        chosen = {rule: self.thresholds[name] for name, rule in THRESHOLDS.items() if name in self.thresholds}
        thresholds = {**self._settings.thresholds.values, **chosen}
        found = []
        for rule in RESOURCE_RULES:
            if rule.key in self._settings.switched_off:
                continue
            threshold = thresholds.get(rule.key, rule.threshold)
            for metric in snapshot.all(rule.metric):
                judgement = judge(rule, metric, threshold)
                if judgement.answer == "breached":
                    message = summary(rule, judgement, self.site.translate)
                    found.append(_Breach(rule, metric, threshold, message))
        return sorted(found, key=lambda breach: -rank(breach.rule.severity))

    def _health(self, snapshot: Snapshot, breaches: list[_Breach]) -> str:
        """ "critical", "degraded", "healthy", or "unknown" where no resource could be judged at all."""
        if breaches:
            return "critical" if breaches[0].rule.severity == "CRITICAL" else "degraded"
        known = any(metric.known for rule in RESOURCE_RULES for metric in snapshot.all(rule.metric))
        return "healthy" if known else "unknown"


def _text(snapshot: Snapshot) -> str:
    return snapshot.taken_at.isoformat(" ", "seconds")
