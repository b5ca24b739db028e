"""Sites for the measurements: one with the host app's DocTypes, one with recorded platform facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import verenigingen.demo
from verenigingen.alerts import own_errors
from verenigingen.metrics.collector import collect
from verenigingen.metrics.snapshot import Snapshot
from verenigingen.site.sqlite_site import SQLiteSite

HOST_DOCTYPES = Path(verenigingen.demo.__file__).with_name("host_doctypes.json")


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error boundary raises what it caught, unless a test is about the boundary."""
    monkeypatch.setattr(own_errors, "LOUD", True)


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
