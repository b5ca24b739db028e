"""One small rule and the metrics that it is judged on."""

from __future__ import annotations

from verenigingen.tests.contracts.telling_contract import RULE
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.metric import Metric

__all__ = ["RULE", "metric"]


def metric(site: SQLiteSite, key: str, value: object, queue: str = "") -> Metric:
    labels = (("queue", queue),) if queue else ()
    if isinstance(value, str):
        return Metric(key, None, "", "test", site.now(), value, labels)
    return Metric(key, value, "", "test", site.now(), labels=labels)  # type: ignore[arg-type]
