"""One message for one incident: what follows from an alert that people are told of is told with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.notifications.telling import told
from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.intents import intents
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import BY_KEY

STUCK, WAITING, FAILED = (BY_KEY[key] for key in ("mail_stuck", "mail_waiting", "mail_failed_daily"))
Judge = Callable[..., None]


@pytest.fixture
def mail(site: SQLiteSite, judge: Evaluate, clock: MovableClock) -> Judge:
    """Judge the rules of mail on how many hang, how long one waits and how many failed; then tell."""

    def at_a_tick(stuck: int, waits: int, failed: int) -> None:
        judge(
            0,
            STUCK,
            WAITING,
            FAILED,
            mail__stuck_sending=stuck,
            mail__oldest_waiting_seconds=waits,
            mail__failed_last_day=failed,
        )
        deliver(site, settings.read(site))
        clock.move(minutes=4)

    return at_a_tick


def subjects(postman: RememberingPostman) -> list[str]:
    return [mail.subject.split(": ", 1)[1] for mail in postman.sent]


def followers(site: SQLiteSite) -> list[tuple[str, str, str]]:
    rows = site.get_all(
        intents.DOCTYPE, ["event", "status", "because", "reason"], {}, order_by="creation, name"
    )
    return [
        (row["event"], row["status"], row["because"])
        for row in rows
        if row["reason"] == "told with its cause"
    ]


def test_what_opens_at_once_is_one_message_that_names_what_follows(
    mail: Judge, site: SQLiteSite, postman: RememberingPostman
) -> None:
    mail(2, 4000, 8)

    assert subjects(postman) == ["2 mails have been in Sending for more than 15 minutes"]
    body = postman.sent[0].text
    assert "Told with it" in body
    assert "The oldest mail has waited for 1 h 6 min" in body
    assert "8 mails failed in the last 24 hours" in body


def test_what_opens_later_is_not_told_and_says_with_what_it_is(
    mail: Judge, site: SQLiteSite, postman: RememberingPostman
) -> None:
    mail(2, 0, 0)
    mail(2, 4000, 0)
    mail(2, 4200, 8)

    assert len(postman.sent) == 1
    assert followers(site) == [
        ("opened", "Due", "told with “Mails stuck while being sent”, which it follows from"),
        ("opened", "Due", "told with “Mails stuck while being sent”, which it follows from"),
    ]


def test_every_alert_is_open_and_judged_as_ever(
    mail: Judge, site: SQLiteSite, postman: RememberingPostman
) -> None:
    mail(2, 4000, 8)
    mail(2, 4000, 0)

    rows = {row["rule"]: row["status"] for row in told(site, "rule")}
    assert rows == {"mail_stuck": "Active", "mail_waiting": "Active", "mail_failed_daily": "Resolved"}


def test_it_is_told_once_its_cause_has_ended(mail: Judge, postman: RememberingPostman) -> None:
    mail(2, 0, 8)
    mail(0, 0, 8)
    mail(0, 0, 8)

    assert "mails have been in Sending" in subjects(postman)[0]
    assert any("8 mails failed" in subject for subject in subjects(postman))
    assert any("Resolved after " in mail_.subject for mail_ in postman.sent)


def test_the_end_of_what_was_told_with_its_cause_is_no_message(
    mail: Judge, site: SQLiteSite, postman: RememberingPostman
) -> None:
    mail(2, 4000, 0)
    mail(2, 0, 0)
    mail(2, 0, 0)
    mail(2, 0, 0)

    assert len(postman.sent) == 1
    assert [row["status"] for row in told(site, "rule") if row["rule"] == "mail_waiting"] == ["Resolved"]
    assert "Not wanted" in {status for _, status, _ in followers(site)}


def test_what_gets_worse_than_its_cause_is_told(mail: Judge, postman: RememberingPostman) -> None:
    mail(2, 4000, 0)
    mail(2, 13 * 3600, 0)

    assert len(postman.sent) == 2
    assert "The oldest mail has waited for 13 h" in postman.sent[1].subject


def test_a_cause_that_is_muted_speaks_for_nothing(
    mail: Judge, site: SQLiteSite, postman: RememberingPostman
) -> None:
    stored_silences.silence(
        site, rule="mail_stuck", reason="known", ends_at=site.now() + timedelta(hours=2), by="Administrator"
    )
    site.commit()
    mail(2, 4000, 0)

    assert len(postman.sent) == 1
    assert "The oldest mail has waited" in postman.sent[0].subject


def test_a_cause_that_no_channel_took_is_tried_again_with_what_follows(
    mail: Judge, postman: RememberingPostman
) -> None:
    postman.refuses_because = "smtp.example:25 did not take the message: timed out"
    mail(2, 4000, 0)
    postman.refuses_because = ""
    mail(2, 4000, 0)

    assert subjects(postman) == ["2 mails have been in Sending for more than 15 minutes"]


def test_two_that_do_not_follow_are_two_messages(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    judge(12)
    judge(0, STUCK, mail__stuck_sending=1)
    deliver(site, settings.read(site))

    assert len(postman.sent) == 2
