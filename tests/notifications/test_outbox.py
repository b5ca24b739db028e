from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock, RememberingPostman
from tests.notifications.telling import told
from verenigingen.tests.support.patience import results
from vuurtoren.alerts import alerts
from vuurtoren.alerts.events import record_event
from vuurtoren.alerts.intents import intents
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications import outbox
from vuurtoren.notifications.channels import registry
from vuurtoren.notifications.channels.channel import Notice, Receipt, SendRefused
from vuurtoren.notifications.delivery import Delivered, deliver
from vuurtoren.reports import daily_report, daily_report_message
from vuurtoren.rounds import retention
from vuurtoren.settings import settings
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import MailNotAccepted
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Mail, MailReceipt, MailState, Proof, Row

REFUSED = "smtp.example:25 did not take the message: timed out"


class Pigeon:
    """A channel of another app, which a test can make fail."""

    name = "pigeon"

    def __init__(self) -> None:
        self.sent: list[Notice] = []
        self.fails = ""
        self.proof = "came back"
        self.later = Proof("waiting", "still in the air")

    def hindrance(self, site: Site, settings: Settings) -> str:
        return ""

    def audience(self, site: Site, settings: Settings) -> str:
        return "the loft"

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        if self.fails:
            raise SendRefused(self.fails)
        self.sent.append(notice)
        return Receipt(notice.delivery, self.proof)

    def prove(self, site: Site, reference: str) -> Proof:
        return self.later


PIGEON = Pigeon()


@pytest.fixture
def pigeon(site: SQLiteSite) -> Pigeon:
    PIGEON.__init__()  # type: ignore[misc]
    site._config[registry.HOOK] = ["tests.notifications.test_outbox.PIGEON"]
    return PIGEON


def choose(site: SQLiteSite, **values: object) -> None:
    site.set_single("Monitoring Settings", values)
    site.commit()


def tell(site: SQLiteSite) -> Delivered:
    return deliver(site, settings.read(site))


def deliveries(site: SQLiteSite, *fields: str) -> list[tuple[object, ...]]:
    rows = site.get_all(outbox.DOCTYPE, list(fields), order_by="creation, channel, event")
    return [tuple(row.values()) for row in rows]


def bells(site: SQLiteSite) -> list[Row]:
    return site.get_all("Notification Log", ["for_user", "subject", "email_content", "document_name"])


def events(site: SQLiteSite, count: int, severity: str = "LOW") -> None:
    for number in range(count):
        record_event(site, settings.read(site), "TEST", severity, f"{severity} thing {number}")
    site.commit()


def test_a_delivery_has_its_reason_its_proof_and_when(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    tell(site)
    (row,) = site.get_all(outbox.DOCTYPE, ["name"])
    stored = site.get(outbox.DOCTYPE, row["name"])
    assert stored
    shown = {
        key: stored[key] for key in ("channel", "role", "status", "reason", "attempts", "proof", "topic")
    }
    assert shown == {
        "channel": "email",
        "role": "First",
        "status": "Proven",
        "reason": "first",
        "attempts": 1,
        "proof": "outbox: message-1",
        "topic": "errors",
    }
    assert stored["audience"] == "b***@vereniging.example"
    assert stored["proven_at"] == stored["handed_over_at"] == site.now()


def test_the_end_is_a_delivery_of_its_own_with_its_reason(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    for value in (12, 3):
        judge(value)
        tell(site)
        clock.move(minutes=4)
    told = deliveries(site, "event", "reason", "status")
    assert told == [("opened", "first", "Proven"), ("resolved", "all resolved", "Proven")]


def test_when_mail_is_refused_the_bell_rings_in_the_same_delivery_and_only_once(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    postman.refuses_because = REFUSED
    judge(12)
    for _ in range(5):
        tell(site)
        clock.move(minutes=4)
    (bell,) = bells(site)
    assert bell["for_user"] == "Administrator"
    assert "12 errors in the last hour" in bell["subject"]
    assert deliveries(site, "channel", "role", "status") == [
        ("desk", "Fallback", "Proven"),
        ("email", "First", "Failed"),
    ]


def test_each_attempt_is_counted_and_a_standing_failure_is_written_once(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    postman.refuses_because = REFUSED
    judge(12)
    for _ in range(3):
        tell(site)
        clock.move(minutes=4)
    postman.refuses_because = ""
    tell(site)
    (row,) = site.get_all(outbox.DOCTYPE, ["status", "attempts", "failure"], {"channel": "email"})
    assert (row["status"], row["attempts"]) == ("Proven", 4)
    assert row["failure"] == f"2026-11-04 10:00 {REFUSED}"


def test_of_many_different_failures_the_last_twenty_stay(site: SQLiteSite, judge: Evaluate) -> None:
    judge(12)
    tell(site)
    (name,) = (row["name"] for row in site.get_all(outbox.DOCTYPE, ["name"], {"channel": "email"}))
    for number in range(25):
        outbox.failed(site, [str(name)], f"answered {number}")
    (row,) = site.get_all(outbox.DOCTYPE, ["failure"], {"name": name})
    assert [line.split()[-1] for line in str(row["failure"]).splitlines()] == [str(n) for n in range(5, 25)]


class Failing:
    """Mail servers on a bad day."""

    def __init__(self, how: str) -> None:
        self.how = how

    def send(self, mail: Mail) -> MailReceipt:
        if self.how == "loses":
            return MailReceipt("email queue", "never-there")
        said = {
            "refuses": "mail.example:25 did not take the message: 554 go away",
            "hangs": "mail.example:25 did not take the message: timed out",
            "muted": "mute_emails is set in the site configuration",
            "no account": "no outgoing Email Account",
        }
        raise MailNotAccepted(said[self.how])

    def state(self) -> MailState:
        return MailState("monitor@vereniging.example", "", "", "")


BAD_MAIL = ("refuses", "hangs", "loses", "muted", "no account")


@pytest.mark.parametrize("how", BAD_MAIL)
def test_a_bad_mail_server_rings_the_bell(site: SQLiteSite, judge: Evaluate, how: str) -> None:
    site.postman = Failing(how)
    judge(12)
    tell(site)
    assert len(bells(site)) == 1
    (mail,) = site.get_all(outbox.DOCTYPE, ["status", "failure"], {"channel": "email"})
    assert mail["status"] in ("Failed", "Not proven")
    assert mail["failure"]


@pytest.mark.parametrize("number", range(100))
def test_a_black_hole_for_mail_never_keeps_a_notice_from_people_for_two_ticks(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock, number: int
) -> None:
    site.postman = Failing(BAD_MAIL[number % len(BAD_MAIL)])
    if number % 3 == 0:
        events(site, number % 9)
    judge(11 + number)
    for _ in range(2):
        tell(site)
        clock.move(minutes=4)
    assert any(f"{11 + number} errors" in row["email_content"] for row in bells(site))


def test_what_is_not_proven_in_time_goes_to_the_next_channel(
    site: SQLiteSite, judge: Evaluate, pigeon: Pigeon, clock: MovableClock
) -> None:
    choose(site, channel_order="pigeon\ndesk", proof_minutes=5)
    pigeon.proof = ""
    judge(12)
    tell(site)
    clock.move(minutes=4)
    tell(site)
    assert bells(site) == []
    clock.move(minutes=4)
    tell(site)
    assert len(bells(site)) == 1
    (row,) = site.get_all(outbox.DOCTYPE, ["status", "failure"], {"channel": "pigeon"})
    assert row["status"] == "Not proven"
    assert row["failure"].endswith("not proven within 5 minutes: still in the air")
    clock.move(minutes=60)
    pigeon.later = Proof("proven", "came back after all")
    tell(site)
    assert len(bells(site)) == len(pigeon.sent) == 1
    (row,) = site.get_all(outbox.DOCTYPE, ["status", "proof"], {"channel": "pigeon"})
    assert (row["status"], row["proof"]) == ("Proven", "came back after all")


def test_a_channel_beside_the_first_gets_every_message_and_is_tried_again(
    site: SQLiteSite, judge: Evaluate, pigeon: Pigeon, postman: RememberingPostman, clock: MovableClock
) -> None:
    choose(site, parallel_channels="pigeon")
    pigeon.fails = "rain"
    judge(12)
    tell(site)
    assert deliveries(site, "channel", "status") == [("email", "Proven"), ("pigeon", "Failed")]
    pigeon.fails = ""
    for value in (12, 3):
        clock.move(minutes=4)
        judge(value)
        tell(site)
    assert [notice.event for notice in pigeon.sent] == ["opened", "resolved"]
    assert len(postman.sent) == 2


def test_what_a_parallel_channel_did_not_take_within_a_day_is_given_up(
    site: SQLiteSite, judge: Evaluate, pigeon: Pigeon, clock: MovableClock
) -> None:
    choose(site, parallel_channels="pigeon")
    pigeon.fails = "rain"
    judge(12)
    tell(site)
    clock.move(hours=25)
    tell(site)
    assert ("pigeon", "Given up") in deliveries(site, "channel", "status")


def test_a_storm_is_one_summary_on_every_channel(
    site: SQLiteSite, pigeon: Pigeon, postman: RememberingPostman
) -> None:
    choose(site, parallel_channels="pigeon\ndesk")
    events(site, 200)
    tell(site)
    assert (len(postman.sent), len(pigeon.sent), len(bells(site))) == (1, 1, 1)
    assert len(pigeon.sent[0].facts) == 200
    assert site.count(outbox.DOCTYPE, {"status": "Proven"}) == 600


def test_a_standing_alert_is_told_again_after_the_repeat_interval_and_no_sooner(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    choose(site, repeat_hours=24)
    for _ in range(15 * 49):
        judge(12)
        tell(site)
        clock.move(minutes=4)
    assert len(postman.sent) == 3
    assert [row[0] for row in deliveries(site, "reason")] == ["first", "repeat elapsed", "repeat elapsed"]
    assert [mail.opens_thread for mail in postman.sent] == [True, False, False]
    assert "nobody has acknowledged it" in postman.sent[1].text


def test_an_acknowledged_alert_is_not_told_again(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    choose(site, repeat_hours=1)
    (name,) = judge(12).opened
    tell(site)
    alerts.acknowledge(site, name)
    clock.move(hours=5)
    tell(site)
    assert len(postman.sent) == 1


def test_an_alert_that_gets_worse_is_told_again_once(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    (name,) = judge(12).opened
    tell(site)
    site.update("System Alert", name, {"severity": "CRITICAL"})
    for _ in range(3):
        clock.move(minutes=4)
        tell(site)
    assert [mail.subject.split("]")[0][1:] for mail in postman.sent] == ["HIGH", "CRITICAL"]
    told = [("email", "first"), ("desk", "escalated"), ("email", "escalated")]
    assert deliveries(site, "channel", "reason") == told


def test_a_second_queue_of_a_rule_is_new_in_its_group_and_the_first_end_is_some(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    rule = replace(RULE, metric="queue.depth", summary="{which}: {value}")
    for depths in (
        {"short": 12, "long": 1},
        {"short": 12, "long": 12},
        {"short": 1, "long": 12},
        {"short": 1, "long": 1},
    ):
        judge(0, rule, queue__depth=depths)
        tell(site)
        clock.move(minutes=4)
    assert [row[0] for row in deliveries(site, "reason")] == [
        "first",
        "new in group",
        "some resolved",
        "all resolved",
    ]


def test_quiet_hours_hold_back_and_send_at_their_end(
    site: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    choose(site, quiet_hours="LOW 09:00-11:00\nHIGH 09:00-11:00")
    events(site, 1, "LOW")
    events(site, 1, "CRITICAL")
    tell(site)
    assert [mail.subject.split("]")[0] for mail in postman.sent] == ["[CRITICAL"]
    (note,) = [row["opened_mail_note"] for row in told(site, "severity") if row["severity"] == "LOW"]
    assert note == "held back until 2026-11-04 11:00, quiet hours of LOW"
    clock.move(hours=1)
    tell(site)
    tell(site)
    assert [mail.subject.split("]")[0] for mail in postman.sent] == ["[CRITICAL", "[LOW"]


def test_with_mail_off_and_an_order_given_the_other_channels_go_on(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    choose(site, mail_enabled=0, channel_order="email\ndesk")
    judge(12)
    tell(site)
    assert postman.sent == []
    assert len(bells(site)) == 1


def test_the_bell_rings_for_those_who_may_see_alerts_and_for_nobody_else(
    site: SQLiteSite, judge: Evaluate
) -> None:
    choose(site, channel_order="desk")
    people = {
        "jan@x.example": "System Manager",
        "piet@x.example": "Verenigingen Administrator",
        "joop@x.example": "Guest",
    }
    site.seed("User", [{"name": name, "email": name, "enabled": int(name != "off")} for name in people])
    site.seed(
        "Has Role", [{"parent": name, "parenttype": "User", "role": role} for name, role in people.items()]
    )
    judge(12)
    tell(site)
    assert sorted(bell["for_user"] for bell in bells(site)) == [
        "Administrator",
        "jan@x.example",
        "piet@x.example",
    ]


def test_nothing_of_a_message_becomes_markup_on_the_bell(site: SQLiteSite) -> None:
    choose(site, channel_order="desk")
    record_event(
        site, settings.read(site), "T", "HIGH", '=HYPERLINK("x")<script>alert(1)</script>\nBcc: a@b.example'
    )
    site.commit()
    tell(site)
    (bell,) = bells(site)
    assert "<script" not in bell["subject"] + bell["email_content"]
    assert "\n" not in bell["subject"]
    assert "=HYPERLINK(&quot;x&quot;)&lt;script&gt;" in bell["subject"]


def test_a_channel_of_another_app_that_cannot_be_loaded_stops_nobody(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, quiet: None
) -> None:
    site._config[registry.HOOK] = ["no_such_app.channels.owl"]
    judge(12)
    assert tell(site).handed_over == 1
    assert site.count("Error Log") == 1


def test_an_unknown_channel_in_the_order_is_reported_and_skipped(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    choose(site, channel_order="owl\nemail")
    judge(12)
    assert tell(site).handed_over == 1
    (error,) = site.get_all("Error Log", ["error"])
    assert "no channel has this name: owl" in error["error"]


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_several_deliverers_at_once_tell_what_one_would(
    site: SQLiteSite, postman: RememberingPostman, pigeon: Pigeon, workers: int
) -> None:
    choose(site, parallel_channels="pigeon\ndesk")
    events(site, 4)

    def work() -> None:
        tell(site)
        site.store.close()

    with ThreadPoolExecutor(workers) as pool:
        results([pool.submit(work) for _ in range(workers)])
    tell(site)
    assert (len(postman.sent), len(pigeon.sent), len(bells(site))) == (4, 4, 4)
    assert site.count(outbox.DOCTYPE, {"status": "Proven", "attempts": 1}) == 12


class Killed(BaseException):
    """The worker is gone, whatever it was doing."""


def killed_at(site: SQLiteSite, step: int) -> Callable[[], None]:
    """Have the process die at its n-th commit, before or after it; returns what ends that."""
    commit, done = site.commit, [0]

    def dies() -> None:
        done[0] += 1
        if done[0] * 2 - 1 == step:
            site.store.rollback()
            raise Killed
        commit()
        if done[0] * 2 == step:
            raise Killed

    site.commit = dies  # type: ignore[method-assign]

    def alive() -> None:
        site.commit = commit  # type: ignore[method-assign]

    return alive


@pytest.mark.parametrize("step", range(1, 25))
def test_a_worker_killed_around_any_commit_loses_nothing_and_doubles_nothing(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman, step: int
) -> None:
    """The bell is written with its proof in one transaction, so that it is exact."""
    choose(site, channel_order="desk")
    events(site, 2)
    alive = killed_at(site, step)
    with suppress(Killed):
        tell(site)
    alive()
    for _ in range(3):
        clock.move(minutes=16)
        tell(site)
    assert len(bells(site)) == 2
    assert site.count(outbox.DOCTYPE, {"status": "Proven"}) == 2
    assert site.count(intents.DOCTYPE, {"status": "Handed over"}) == 2


@pytest.mark.parametrize("step", range(1, 25))
def test_a_killed_worker_leaves_no_fallback_behind(
    site: SQLiteSite, clock: MovableClock, postman: RememberingPostman, step: int
) -> None:
    postman.refuses_because = REFUSED
    events(site, 2)
    alive = killed_at(site, step)
    with suppress(Killed):
        tell(site)
    alive()
    for _ in range(3):
        clock.move(minutes=16)
        tell(site)
    assert len(bells(site)) == 2
    postman.refuses_because = ""
    tell(site)
    assert len(postman.sent) == 2


def test_an_eml_that_was_stored_by_a_worker_that_died_is_not_stored_twice(
    tmp_path: Path, clock: MovableClock
) -> None:
    from vuurtoren.embedded.mailer import Outbox

    mail = Mail(("a@b.example",), "s", "t", "<p>t</p>", thread="alert-1a2b", opens_thread=True)
    first = Outbox(tmp_path).send(mail, clock().replace(tzinfo=None))
    clock.move(minutes=16)
    assert Outbox(tmp_path).send(mail, clock().replace(tzinfo=None)) == first
    answer = Outbox(tmp_path).send(replace(mail, opens_thread=False), clock().replace(tzinfo=None))
    assert "In-Reply-To: <alert-1a2b@localhost>" in Path(answer.reference).read_text()
    assert "Message-ID: <alert-1a2b@localhost>" in Path(first.reference).read_text()


def test_settings_refuse_what_cannot_hold() -> None:
    wrong: dict[str, object] = {
        "channel_order": "email\nE Mail!",
        "quiet_hours": "CRITICAL 22:00-07:00\nLOW noon\nLOW 25:00-07:00",
        "webhook_url": "http://example.org/",
        "proof_minutes": -1,
        "mail_enabled": 1,
    }
    with pytest.raises(settings.BadSettings) as refused:
        settings.check(wrong)
    assert len(str(refused.value).splitlines()) == 6


def test_the_facts_of_a_notice_can_be_told_to_machines(
    site: SQLiteSite, judge: Evaluate, pigeon: Pigeon
) -> None:
    choose(site, channel_order="pigeon")
    judge(12)
    tell(site)
    (facts,) = json.loads(json.dumps([dict(each) for each in pigeon.sent[0].facts], default=str))
    assert (facts["rule"], facts["value"], facts["event"]) == ("errors", 12.0, "opened")


def test_the_daily_report_lists_first_what_is_not_proven(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    postman.refuses_because = REFUSED
    judge(12)
    tell(site)
    report = daily_report.daily_report(site, settings.read(site))
    (row,) = report["undelivered"]
    assert (row["channel"], row["status"]) == ("email", "Failed")
    text = daily_report_message.compose(site, report).text
    first, second = "Messages that are not proven to have arrived", "No message left about these"
    assert 0 < text.index(first) < text.index(REFUSED) < text.index(second)


def test_an_alert_that_was_told_before_the_outbox_came_is_ended_once_and_not_told_again(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman, clock: MovableClock
) -> None:
    choose(site, repeat_hours=1)
    judge(12)
    tell(site)
    site.delete(outbox.DOCTYPE, {}, limit=10)
    clock.move(hours=3)
    tell(site)
    judge(3)
    tell(site)
    assert [mail.subject.split(": ")[1][:9] for mail in postman.sent] == ["12 errors", "Resolved "]


def test_old_messages_go_with_their_alerts(site: SQLiteSite, judge: Evaluate, clock: MovableClock) -> None:
    judge(12)
    tell(site)
    judge(3)
    tell(site)
    clock.move(days=366)
    retention.trim(site, settings.read(site))
    assert (site.count(outbox.DOCTYPE), site.count(intents.DOCTYPE), site.count("System Alert")) == (0, 0, 0)


def test_what_was_to_be_told_of_a_standing_alert_stays_as_long_as_the_alert(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(12)
    tell(site)
    clock.move(days=366)
    retention.trim(site, settings.read(site))
    assert site.count(intents.DOCTYPE) == site.count("System Alert") == 1


def test_what_is_to_be_told_of_an_alert_that_is_gone_is_forgotten(
    site: SQLiteSite, judge: Evaluate, postman: RememberingPostman
) -> None:
    judge(12)
    site.delete("System Alert", {}, limit=1)
    tell(site)
    assert (site.count(intents.DOCTYPE), postman.sent) == (0, [])


@pytest.mark.parametrize("step", range(1, 17))
def test_a_worker_killed_between_delivery_and_proof_loses_nothing_and_doubles_nothing(
    site: SQLiteSite, clock: MovableClock, pigeon: Pigeon, step: int
) -> None:
    choose(site, channel_order="pigeon\ndesk", proof_minutes=5)
    pigeon.proof = ""
    events(site, 2)
    tell(site)
    clock.move(minutes=8)
    alive = killed_at(site, step)
    with suppress(Killed):
        tell(site)
    alive()
    for _ in range(3):
        clock.move(minutes=16)
        tell(site)
    assert (len(pigeon.sent), len(bells(site))) == (2, 2)
    states = site.tally(outbox.DOCTYPE, ["channel", "status"])
    assert states == {("desk", "Proven"): 2, ("pigeon", "Not proven"): 2}


def test_what_waits_goes_by_the_channel_that_comes_first_now(
    site: SQLiteSite, judge: Evaluate, pigeon: Pigeon, postman: RememberingPostman
) -> None:
    choose(site, channel_order="email")
    postman.refuses_because = REFUSED
    judge(12)
    tell(site)
    choose(site, channel_order="pigeon")
    postman.refuses_because = ""
    for _ in range(2):
        tell(site)
    assert (len(postman.sent), len(pigeon.sent)) == (0, 1)
    assert [row["opened_mail"] for row in told(site)] == ["Handed over"]
    assert ("email", "Given up") in deliveries(site, "channel", "status")
