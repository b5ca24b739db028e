from __future__ import annotations

from dataclasses import replace

import pytest

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.notifications.telling import die_with_a_claim, told
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import Delivered, deliver
from vuurtoren.settings import settings
from vuurtoren.site.values import Row

REFUSED = "smtp.example:25 did not take the message: timed out"


def tell(site: SQLiteSite) -> Delivered:
    return deliver(site, settings.read(site))


def messages(site: SQLiteSite) -> list[tuple[str, str]]:
    return [(row["opened_mail"] or "", row["resolved_mail"] or "") for row in told(site)]


def only(site: SQLiteSite) -> Row:
    (row,) = told(site, "count")
    return row


def events(site: SQLiteSite, count: int, severity: str = "LOW") -> None:
    for number in range(count):
        record_event(site, settings.read(site), "TEST", severity, f"{severity} thing {number}")
    site.commit()


def test_one_mail_when_it_opens_and_one_when_it_is_resolved(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    for value in (12, 13, 14, 3, 3):
        judge(value)
        tell(site)
        clock.move(minutes=4)
    assert [mail.subject.split(": ")[1] for mail in postman.sent] == [
        "12 errors in the last hour, more than 10",
        "Resolved after 12 min",
    ]
    assert messages(site) == [("Handed over", "Handed over")]


def test_a_standing_condition_is_told_once_in_a_day(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    for _ in range(24 * 15):
        judge(12)
        tell(site)
        clock.move(minutes=4)
    assert len(postman.sent) == 1
    assert only(site)["count"] == 24 * 15


def test_the_alert_says_who_took_the_message(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    judge(12)
    assert tell(site) == Delivered(handed_over=1)
    row = only(site)
    assert (row["opened_mail_note"], row["opened_mail_at"]) == ("outbox: message-1", site.now())
    (mail,) = postman.sent
    assert mail.recipients == ("beheer@vereniging.example",)
    assert (mail.reference_doctype, mail.reference_name) == ("System Alert", row["name"])


def test_a_refusal_is_written_down_and_tried_again(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    postman.refuses_because = REFUSED
    judge(12)
    assert tell(site) == Delivered(not_sent=1, because=REFUSED)
    assert (only(site)["opened_mail"], only(site)["opened_mail_note"]) == ("Not sent", REFUSED)
    postman.refuses_because = ""
    assert tell(site).handed_over == 1


def test_after_one_refusal_the_others_are_not_tried(site: SQLiteSite, postman: RememberingPostman) -> None:
    tried: list[str] = []

    def refuse(mail: object) -> object:
        tried.append("tried")
        return RememberingPostman.send(postman, mail)  # type: ignore[arg-type]

    postman.refuses_because = REFUSED
    postman.send = refuse  # type: ignore[method-assign,assignment]
    events(site, 4)
    assert tell(site) == Delivered(not_sent=4, because=REFUSED)
    assert tried == ["tried"]


def test_without_anybody_to_tell_it_says_so_on_the_alert(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    site._config.pop("alert_recipients")
    judge(12)
    assert "Nobody is told" in tell(site).because
    assert "Nobody is told" in only(site)["opened_mail_note"]
    site.set_conf("alert_recipients", "jan@vereniging.example")
    assert tell(site).handed_over == 1
    assert postman.sent[0].recipients == ("jan@vereniging.example",)


def test_five_are_told_one_by_one_and_six_in_one_summary(
    site: SQLiteSite, postman: RememberingPostman
) -> None:
    events(site, 5)
    assert tell(site).handed_over == 5
    assert len(postman.sent) == 5
    events(site, 5, "MEDIUM")
    events(site, 1, "CRITICAL")
    assert tell(site).handed_over == 6
    assert postman.sent[5].subject == "[CRITICAL] vereniging.example: 6 alerts opened, 0 resolved"
    assert set(messages(site)) == {("Handed over", "")}


def test_the_most_severe_is_told_first(site: SQLiteSite, postman: RememberingPostman) -> None:
    for severity in ("LOW", "CRITICAL", "MEDIUM", "HIGH"):
        events(site, 1, severity)
    tell(site)
    assert [mail.subject.split("]")[0][1:] for mail in postman.sent] == ["CRITICAL", "HIGH", "MEDIUM", "LOW"]


def test_a_worker_that_died_after_its_claim_is_succeeded_after_a_quarter_of_an_hour(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    die_with_a_claim(site)
    clock.move(minutes=14)
    assert tell(site) == Delivered()
    clock.move(minutes=1)
    assert tell(site).handed_over == 1


def test_a_claim_from_before_the_clock_went_back_is_taken_over(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    die_with_a_claim(site)
    clock.move(hours=-2)
    assert tell(site).handed_over == 1


def test_an_alert_that_ended_before_it_was_told_is_told_once_with_both(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    postman.refuses_because = REFUSED
    judge(12)
    tell(site)
    clock.move(minutes=4)
    judge(3)
    postman.refuses_because = ""
    tell(site)
    (mail,) = postman.sent
    assert mail.subject.endswith("Resolved after 4 min: Errors")
    assert "This was not told when it began: smtp.example:25 did not take the message" in mail.text
    assert messages(site) == [("Not wanted", "Handed over")]


def test_what_ended_untold_more_than_a_day_ago_is_left_to_the_report(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    postman.refuses_because = REFUSED
    judge(12)
    tell(site)
    clock.move(minutes=4)
    judge(3)
    postman.refuses_because = ""
    clock.move(hours=25)
    tell(site)
    assert postman.sent == []
    assert messages(site) == [("Not wanted", "Not wanted")]
    assert "daily report" in only(site)["opened_mail_note"]


def test_a_closing_message_waits_for_the_opening_one(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    judge(12)
    die_with_a_claim(site)
    clock.move(minutes=4)
    judge(3)
    tell(site)
    assert postman.sent == []


def test_with_messages_switched_off_nothing_is_sent_then_or_later(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    site.set_single("Monitoring Settings", {"mail_enabled": 0})
    judge(12)
    tell(site)
    site.set_single("Monitoring Settings", {"mail_enabled": 1})
    tell(site)
    assert postman.sent == []
    assert messages(site) == [("Not wanted", "")]
    assert "switched off" in only(site)["opened_mail_note"]


def test_what_was_due_when_messages_were_switched_off_is_no_longer_wanted(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    judge(12)
    site.set_single("Monitoring Settings", {"mail_enabled": 0})
    tell(site)
    assert messages(site) == [("Not wanted", "")]


def test_an_alert_resolved_by_a_person_is_told_too(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    judge(12)
    tell(site)
    alerts.resolve(site, only(site)["name"], "mended", user="jan@vereniging.example")
    tell(site)
    assert "mended" in postman.sent[1].text


def test_an_event_has_no_closing_message(site: SQLiteSite, postman: RememberingPostman) -> None:
    events(site, 1)
    tell(site)
    alerts.resolve(site, only(site)["name"])
    tell(site)
    assert len(postman.sent) == 1


def test_a_carrier_that_breaks_is_reported_and_leaves_the_message_due(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, quiet: None
) -> None:
    def breaks(mail: object) -> object:
        raise RuntimeError("carrier broke")

    postman.send = breaks  # type: ignore[method-assign,assignment]
    judge(12)
    assert tell(site).because == "RuntimeError: carrier broke"
    assert only(site)["opened_mail"] == "Not sent"
    assert site.count("Error Log") == 1


@pytest.mark.parametrize("value", [12, "the log is gone"])
def test_it_can_tell_about_one_alert_only(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, value: object
) -> None:
    events(site, 1)
    (name,) = judge(value, replace(RULE, unknown_for_seconds=0)).opened
    deliver(site, settings.read(site), only=name)
    assert [mail.reference_name for mail in postman.sent] == [name]
