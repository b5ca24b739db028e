"""What the alerting tests share: readings made of real metrics, one small rule, and loud boundaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.alerts.alerting import RULE, metric
from verenigingen.alerts import own_errors, settings
from verenigingen.alerts.evaluation import Evaluated, evaluate
from verenigingen.alerts.rule import Rule
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.snapshot import Snapshot
from verenigingen.site.sqlite_site import SQLiteSite

Readings = Callable[..., Snapshot]
Evaluate = Callable[..., Evaluated]


@pytest.fixture(autouse=True)
def loud() -> Iterator[None]:
    """Boundaries raise what they catch, unless the test asks for `quiet`."""
    own_errors.LOUD = True
    yield
    own_errors.LOUD = False


@pytest.fixture
def quiet(loud: None) -> None:
    """Boundaries go on, as in production."""
    own_errors.LOUD = False


@pytest.fixture
def readings(site: SQLiteSite) -> Readings:
    """A snapshot by metric key; a text is the reason of an unknown, a dict has one value per queue."""

    def make(**values: object) -> Snapshot:
        metrics: list[Metric] = []
        for name, value in values.items():
            key = name.replace("__", ".")
            instances = value.items() if isinstance(value, dict) else [("", value)]
            metrics += [metric(site, key, given, queue) for queue, given in instances]
        return Snapshot(site.now(), site.now_utc(), tuple(metrics))

    return make


@pytest.fixture
def judge(site: SQLiteSite, readings: Readings) -> Evaluate:
    """Judge the small rule (or others) on one reading of errors.last_hour."""

    def once(value: object, *rules: Rule, **more: object) -> Evaluated:
        return evaluate(
            site,
            readings(errors__last_hour=value, **more),
            settings.read(site),
            ("tick", "hourly", "daily"),
            rules=rules or (RULE,),
        )

    return once
