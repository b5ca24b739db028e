"""What is critical rings the bell at once: a mail that was taken may hang for minutes before it fails."""

from __future__ import annotations

import pytest

from tests.conftest import Evaluate, MovableClock
from tests.notifications.test_outbox import Pigeon, bells, choose, events, pigeon
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings
from vuurtoren.site.values import Proof, QueuesState

__all__ = ["pigeon"]


def tell(site: SQLiteSite) -> None:
    deliver(site, settings.read(site))


@pytest.fixture
def hanging(site: SQLiteSite, pigeon: Pigeon) -> Pigeon:
    """A first channel that takes messages over and proves none."""
    choose(site, channel_order="pigeon\ndesk")
    pigeon.proof, pigeon.later = "", Proof("waiting", "still in the air")
    return pigeon


def test_it_rings_at_once_for_what_is_critical(site: SQLiteSite, hanging: Pigeon) -> None:
    events(site, 1, "CRITICAL")
    tell(site)
    assert len(hanging.sent) == 1
    assert [row["subject"] for row in bells(site)] == [hanging.sent[0].subject]


def test_what_it_rang_for_does_not_ring_again_when_the_mail_is_not_proven(
    site: SQLiteSite, hanging: Pigeon, clock: MovableClock
) -> None:
    events(site, 1, "CRITICAL")
    tell(site)
    rang = len(bells(site))
    clock.move(minutes=6)
    tell(site)
    assert len(bells(site)) == rang


@pytest.mark.parametrize("severity", ["LOW", "MEDIUM", "HIGH"])
def test_anything_else_waits_for_the_proof(
    site: SQLiteSite, hanging: Pigeon, clock: MovableClock, severity: str
) -> None:
    events(site, 1, severity)
    tell(site)
    assert bells(site) == []
    clock.move(minutes=6)
    tell(site)
    assert len(bells(site)) == 1


@pytest.mark.parametrize(
    ("workers", "busy", "rings"),
    [(0, 0, False), (1, 0, True), (1, 1, True), (2, 1, False), (2, 2, True), (3, 2, False)],
)
def test_where_a_server_that_hangs_would_hold_the_last_worker_it_rings_at_once(
    site: SQLiteSite,
    hanging: Pigeon,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    busy: int,
    rings: bool,
) -> None:
    monkeypatch.setattr(site, "queues", lambda: QueuesState((), workers, busy))
    events(site, 1, "HIGH")
    tell(site)
    assert len(bells(site)) == int(rings)
    clock.move(minutes=6)
    tell(site)
    assert len(bells(site)) == 1


def test_the_end_of_it_rings_nothing_at_once(
    site: SQLiteSite, hanging: Pigeon, judge: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "queues", lambda: QueuesState((), 1, 1))
    for value, rung in ((12, 1), (3, 1)):
        judge(value)
        tell(site)
        assert len(bells(site)) == rung


def test_no_bell_rings_that_nobody_ordered(site: SQLiteSite, hanging: Pigeon) -> None:
    choose(site, channel_order="pigeon")
    events(site, 1, "CRITICAL")
    tell(site)
    assert bells(site) == []
