"""One small rule and the metrics that it is judged on."""

from __future__ import annotations

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.metric import Metric
from vuurtoren.rules.rule import Rule

RULE = Rule(
    key="errors",
    title="Errors",
    alert_type="HIGH_ERROR_RATE",
    severity="HIGH",
    metric="errors.last_hour",
    operator=">",
    threshold=10,
    unit="errors",
    summary="{value} in the last hour, more than {threshold}",
    runbook="Look.\nThen act.",
    unknown_for_seconds=600,
    links=("Error Log",),
)


def metric(site: SQLiteSite, key: str, value: object, queue: str = "") -> Metric:
    labels = (("queue", queue),) if queue else ()
    if isinstance(value, str):
        return Metric(key, None, "", "test", site.now(), value, labels)
    return Metric(key, value, "", "test", site.now(), labels=labels)  # type: ignore[arg-type]
