"""The seal follows the commit on the embedded site, and a submission to the bank is handed out soon."""

from __future__ import annotations

import pytest

from tests.audit.test_anchors import OUTSIDE
from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out_after_submission, hand_out_daily
from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF
from vuurtoren.embedded.scheduler import Scheduler
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.checks import run_job
from vuurtoren.rounds.sealing import seal_if_waiting


@pytest.fixture
def told(site: SQLiteSite) -> SQLiteSite:
    site.set_conf("audit_anchor_recipients", [OUTSIDE])
    return site


def event(site: SQLiteSite, process_type: str = "Bank Submission") -> None:
    log_sepa_event(site, process_type, None, "sent", {"compliance_status": "Compliant"})


def test_a_committed_event_is_sealed_at_the_next_look(site: SQLiteSite) -> None:
    event(site)
    site.commit()
    assert seal_if_waiting(site)
    assert site.count(LEAF) == 1


def test_where_nothing_waits_nothing_is_written(site: SQLiteSite) -> None:
    event(site)
    site.commit()
    seal(site)
    before = site.count(CHECKPOINT)
    assert not seal_if_waiting(site)
    assert site.count(CHECKPOINT) == before


def test_the_scheduler_looks_unless_it_is_paused(site: SQLiteSite) -> None:
    event(site)
    site.commit()
    scheduler = Scheduler(site, [], [seal_if_waiting])
    site.set_conf("pause_scheduler", 1)
    scheduler.look(seal_if_waiting)
    assert site.count(LEAF) == 0
    site.set_conf("pause_scheduler", 0)
    scheduler.look(seal_if_waiting)
    assert site.count(LEAF) == 1


def test_a_submission_is_handed_out_once_it_is_sealed(told: SQLiteSite, postman: RememberingPostman) -> None:
    event(told)
    told.commit()
    assert hand_out_after_submission(told) == ""
    assert postman.sent == []
    seal_if_waiting(told)
    assert [mail.recipients for mail in postman.sent] == [(OUTSIDE,)]


def test_another_kind_of_event_is_not_handed_out(told: SQLiteSite, postman: RememberingPostman) -> None:
    event(told, "Reconciliation")
    told.commit()
    seal_if_waiting(told)
    assert postman.sent == []


def test_nothing_is_handed_out_where_nobody_outside_is_named(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    event(site)
    site.commit()
    seal_if_waiting(site)
    assert postman.sent == []


def test_submissions_are_handed_out_at_most_once_an_hour_and_none_is_forgotten(
    told: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    for _ in range(3):
        event(told)
        told.commit()
        seal_if_waiting(told)
        clock.move(minutes=10)
    assert len(postman.sent) == 1
    clock.move(minutes=40)
    run_job(told, "tick")
    assert len(postman.sent) == 2
    clock.move(hours=2)
    assert hand_out_after_submission(told) == ""
    assert len(postman.sent) == 2


def test_a_submission_that_the_daily_checkpoint_holds_is_not_handed_out_again(
    told: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    event(told)
    told.commit()
    seal(told)
    hand_out_daily(told)
    clock.move(hours=2)
    hand_out_after_submission(told)
    assert len(postman.sent) == 1


def test_a_channel_that_refuses_is_tried_again_after_an_hour(
    told: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    postman.refuses_because = "no mail today"
    event(told)
    told.commit()
    seal(told)
    assert "no mail today" in hand_out_after_submission(told)
    postman.refuses_because = ""
    clock.move(minutes=30)
    assert hand_out_after_submission(told) == ""
    assert postman.sent == []
    clock.move(minutes=31)
    hand_out_after_submission(told)
    assert len(postman.sent) == 1
