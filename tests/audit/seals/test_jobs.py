"""What runs by itself: sealing, the daily verification, and the checkpoint that leaves the house."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.seals import adversary
from tests.audit.seals.trail import sealed_log, write_events
from tests.conftest import MovableClock, RememberingPostman
from verenigingen.alerts import own_errors
from verenigingen.audit.seals.anchors import RECIPIENTS, hand_out
from verenigingen.audit.seals.jobs import last_verification, seal_events, verify_daily, verify_trail
from verenigingen.audit.seals.tables import ANCHOR, LEAF
from verenigingen.audit.seals.verification import Anchor, verify
from verenigingen.site.sqlite_site import SQLiteSite


@pytest.fixture(autouse=True)
def loud() -> Iterator[None]:
    own_errors.LOUD = True
    yield
    own_errors.LOUD = False


def alerts(site: SQLiteSite) -> list[str]:
    return [row["alert_type"] for row in site.get_all("System Alert", ["alert_type"], order_by="creation")]


def test_every_tick_seals(site: SQLiteSite) -> None:
    write_events(site, 4)
    seal_events()
    assert site.count(LEAF) == 4
    assert alerts(site) == []


def test_an_event_that_was_changed_before_its_seal_is_an_alert(site: SQLiteSite) -> None:
    write_events(site, 4)
    adversary.change_a_number(site, random.Random(2))
    site.commit()
    seal_events()
    assert alerts(site) == ["SEPA_AUDIT_CHANGED_BEFORE_SEAL"]


def test_the_daily_job_verifies_and_remembers_its_answer(site: SQLiteSite) -> None:
    write_events(site, 4)
    verify_trail()
    assert last_verification(site)["exit_code"] == 2
    assert last_verification(site)["answer"].startswith("incomplete: 4 events sealed")
    assert alerts(site) == []


def test_tampering_is_a_critical_alert_that_names_the_row(site: SQLiteSite) -> None:
    sealed_log(site)
    adversary.change_row_and_leaf_alike(site, random.Random(1))
    site.commit()
    verify_trail()
    (alert,) = site.get_all("System Alert", ["alert_type", "severity", "details"])
    assert (alert["alert_type"], alert["severity"]) == ("SEPA_AUDIT_TAMPERED", "CRITICAL")
    assert "row changed" in alert["details"]


def test_the_daily_job_looks_at_everything_once_a_week(site: SQLiteSite, clock: MovableClock) -> None:
    sealed_log(site)
    looked_at = []
    for day in range(9):
        write_events(site, 1, start=1000 + day)
        seal_events()
        result = verify_daily(site)
        assert result is not None
        looked_at.append(result.leaves_checked)
        clock.move(days=1)
    assert looked_at == [21, 1, 1, 1, 1, 1, 1, 28, 1]


def test_after_tampering_everything_is_looked_at_again(site: SQLiteSite, clock: MovableClock) -> None:
    sealed_log(site)
    adversary.change_row_and_leaf_alike(site, random.Random(1))
    site.commit()
    for _ in range(2):
        result = verify_daily(site)
        assert result is not None
        assert (result.exit_code, result.leaves_checked) == (1, 20)
        clock.move(days=1)


# ---- anchors
def test_the_checkpoint_is_mailed_outside_and_verifies(site: SQLiteSite, postman: RememberingPostman) -> None:
    sealed_log(site)
    site.set_conf(RECIPIENTS, ["kascommissie@elders.example", "accountant@kantoor.example"])
    hand_out(site)
    (mail,) = postman.sent
    assert mail.recipients == ("kascommissie@elders.example", "accountant@kantoor.example")
    note = mail.text[mail.text.index("vereniging.example/sepa-audit\n") :]
    assert verify(site, anchors=[Anchor.from_note(note)]).exit_code == 0
    assert verify(site).exit_code == 0


def test_the_checkpoint_is_kept_as_a_file_which_is_not_outside(site: SQLiteSite) -> None:
    sealed_log(site)
    hand_out(site)
    (path,) = (site.folder / "private" / "audit_anchors").iterdir()
    assert isinstance(path, Path)
    assert verify(site, anchors=[Anchor.from_note(path.read_text("utf-8"))]).exit_code == 0
    assert verify(site).exit_code == 2


def test_one_checkpoint_a_day_is_enough(site: SQLiteSite, clock: MovableClock) -> None:
    sealed_log(site)
    hand_out(site)
    assert hand_out(site) == []
    clock.move(hours=20, seconds=1)
    assert hand_out(site)
    assert site.count(ANCHOR) == 2


def test_a_mail_that_nobody_takes_is_said_and_does_not_count(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    sealed_log(site)
    postman.refuses_because = "no mail account"
    site.set_conf(RECIPIENTS, "kascommissie@elders.example")
    assert hand_out(site)[1] == "mail: no mail account"
    assert verify(site).exit_code == 2
