"""A real embedded site in a temporary folder, with a clock that tests move and a postman that remembers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import vuurtoren.embedded.demo
from tests.alerts.alerting import RULE, metric
from verenigingen.tests.support.patience import LONGEST_SECONDS, TEST_SECONDS, within
from vuurtoren import failures
from vuurtoren.alerts.evaluation import Evaluated, evaluate
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.composition import use_site
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings as monitoring_settings
from vuurtoren.signals.measuring import collect
from vuurtoren.site.errors import MailNotAccepted
from vuurtoren.site.values import Mail, MailReceipt, MailState

# a build server throws no dice: what random examples find is found, and mended, at a desk
settings.register_profile("no-timing", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("no-timing")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """No test lasts for ever, whatever it waits for."""
    limit = LONGEST_SECONDS if item.get_closest_marker("slow") else TEST_SECONDS
    with within(limit, item.nodeid):
        yield


Readings = Callable[..., Snapshot]
Evaluate = Callable[..., Evaluated]
HOST_DOCTYPES = Path(vuurtoren.embedded.demo.__file__).with_name("host_doctypes.json")


class MovableClock:
    """Stands still until a test moves it; starts on Wednesday 4 November 2026, 10:00 in Amsterdam."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 4, 9, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **timedelta_parts: float) -> None:
        self.moment += timedelta(**timedelta_parts)


class RememberingPostman:
    """Takes every message over and keeps it, or refuses with the reason it was given."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.refuses_because = ""

    def send(self, mail: Mail) -> MailReceipt:
        if self.refuses_because:
            raise MailNotAccepted(self.refuses_because)
        self.sent.append(mail)
        return MailReceipt("outbox", f"message-{len(self.sent)}")

    def state(self) -> MailState:
        return MailState("monitor@vereniging.example", self.refuses_because, "", "")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def postman() -> RememberingPostman:
    return RememberingPostman()


@pytest.fixture
def site(tmp_path: Path, clock: MovableClock, postman: RememberingPostman) -> Iterator[SQLiteSite]:
    made = SQLiteSite(
        tmp_path / "site",
        clock=clock,
        name="vereniging.example",
        config={"time_zone": "Europe/Amsterdam", "alert_recipients": ["beheer@vereniging.example"]},
        postman=postman,
    )
    append_only_guard.install(made)
    use_site(made)
    yield made
    use_site(None)
    made.store.close()


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error boundary raises what it caught, unless the test asks for `quiet`."""
    monkeypatch.setattr(failures, "LOUD", True)


@pytest.fixture
def quiet(loud: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boundaries go on, as in production."""
    monkeypatch.setattr(failures, "LOUD", False)


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
            monitoring_settings.read(site),
            ("tick", "hourly", "daily"),
            rules=rules or (RULE,),
        )

    return once


@pytest.fixture
def association(tmp_path: Path, clock: Any, postman: Any) -> Iterator[SQLiteSite]:
    """A site on which the host app is installed."""
    made = SQLiteSite(
        tmp_path / "association",
        clock=clock,
        name="vereniging.example",
        config={"time_zone": "Europe/Amsterdam"},
        extra_schema=[HOST_DOCTYPES],
        postman=postman,
    )
    yield made
    made.store.close()


@pytest.fixture
def measured() -> Callable[..., Snapshot]:
    """Measure anew, whatever was kept."""

    def measure(site: SQLiteSite, *only: str) -> Snapshot:
        return collect(site, only or None, fresh=True)

    return measure


@pytest.fixture
def site_that_says(tmp_path: Path, clock: Any) -> Iterator[Callable[..., SQLiteSite]]:
    """Makes a site whose platform facts are recorded: `site_that_says(queues=QueuesState(…))`.

    A fact that is an exception is raised.
    """
    made: list[SQLiteSite] = []

    def say(**facts: Any) -> SQLiteSite:
        recorded = type("RecordedSite", (SQLiteSite,), {name: _answer(fact) for name, fact in facts.items()})
        folder = tmp_path / f"recorded{len(made)}"
        site = recorded(folder, clock=clock, config={"time_zone": "Europe/Amsterdam"})
        made.append(site)
        return site

    yield say
    for site in made:
        site.store.close()


def _answer(fact: Any) -> Callable[..., Any]:
    def answer(_site: SQLiteSite, *_given: Any) -> Any:
        if isinstance(fact, Exception):
            raise fact
        return fact

    return answer
