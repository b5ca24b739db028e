"""Messages of the embedded site leave by SMTP or into the outbox, and nobody is told otherwise."""

from __future__ import annotations

import base64
import email
import email.policy
import smtplib
import socket
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verenigingen.tests.support.smtp_listener import smtp_listener
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded import mailer
from vuurtoren.embedded.mailer import ADDRESS, Mailer, address, compose
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import deliver
from vuurtoren.outward.list_headers import NAMES, header_lines, list_headers
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import SHIPPED
from vuurtoren.site.errors import MailNotAccepted
from vuurtoren.site.values import Mail

MAIL = Mail(
    recipients=("beheer@vereniging.example", "bestuur@vereniging.example"),
    subject="[HIGH] vereniging.example: Déjà 12 fouten — kijk",
    text="Twaalf fouten in een uur.\n",
    html="<p>Twaalf <b>fouten</b> in een uur.</p>\n",
)


SENDER = "monitor@vereniging.example"


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def through(site: SQLiteSite, port: int, **config: object) -> Mailer:
    usual = {"mail_server": "127.0.0.1", "mail_port": port, "auto_email_id": "monitor@vereniging.example"}
    for key, value in {**usual, **config}.items():
        site.set_conf(key, value)
    return Mailer(site)


def test_it_writes_to_the_outbox_where_no_mail_server_is_configured(site: SQLiteSite) -> None:
    receipt = Mailer(site).send(MAIL)

    assert receipt.channel == "outbox"
    message = read(Path(receipt.reference).read_bytes())
    assert message["Subject"] == MAIL.subject
    assert message["To"] == "beheer@vereniging.example, bestuur@vereniging.example"


def test_it_writes_text_and_html_so_that_every_mail_program_shows_one(site: SQLiteSite) -> None:
    message = read(Path(Mailer(site).send(MAIL).reference).read_bytes())

    assert message.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in message.iter_parts())
    assert text.splitlines() == MAIL.text.splitlines()
    assert html.splitlines() == MAIL.html.splitlines()


def test_it_dates_a_message_by_the_clock_of_the_site(site: SQLiteSite) -> None:
    receipt = Mailer(site).send(MAIL)

    assert Path(receipt.reference).name.startswith("20261104-090000-")
    assert read(Path(receipt.reference).read_bytes())["Date"] == "Wed, 04 Nov 2026 09:00:00 +0000"


def test_it_gives_two_messages_of_one_second_two_files_and_two_ids(site: SQLiteSite) -> None:
    first, second = (Path(Mailer(site).send(MAIL).reference) for _ in range(2))

    assert first != second
    assert read(first.read_bytes())["Message-ID"] != read(second.read_bytes())["Message-ID"]


def test_it_keeps_the_outbox_to_its_owner(site: SQLiteSite) -> None:
    written = Path(Mailer(site).send(MAIL).reference)

    assert written.stat().st_mode & 0o077 == 0
    assert written.parent.stat().st_mode & 0o077 == 0


def test_it_says_so_when_the_outbox_cannot_be_written(site: SQLiteSite) -> None:
    (site.folder / "outbox").write_text("a file where the folder should be")

    with pytest.raises(MailNotAccepted, match="outbox cannot be written"):
        Mailer(site).send(MAIL)


def test_it_hands_over_to_the_configured_smtp_server(site: SQLiteSite) -> None:
    with smtp_listener() as listener:
        receipt = through(site, listener.port).send(MAIL)

    message = read(listener.messages[0])
    assert receipt.channel == "smtp"
    assert receipt.reference == message["Message-ID"]
    assert message["From"] == "monitor@vereniging.example"


def test_it_quotes_the_smtp_server_that_refuses_everybody(site: SQLiteSite) -> None:
    with (
        smtp_listener(refuse_recipients=True) as listener,
        pytest.raises(
            MailNotAccepted, match=f"127.0.0.1:{listener.port} did not take the message: .*nobody of"
        ),
    ):
        through(site, listener.port).send(MAIL)


def test_it_tells_nobody_twice_because_another_was_refused(site: SQLiteSite) -> None:
    recipients = ("beheer@vereniging.example", "nobody@vereniging.example")

    with smtp_listener() as listener:
        receipt = through(site, listener.port).send(replace(MAIL, recipients=recipients))

    assert len(listener.messages) == 1
    assert receipt.reference.endswith(", but not for nobody@vereniging.example")


def test_it_reports_a_dead_smtp_server(site: SQLiteSite) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(MailNotAccepted, match="refused"):
        through(site, port).send(MAIL)


def test_it_does_not_wait_for_an_smtp_server_that_says_nothing(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "SMTP_TIME_LIMIT_SECONDS", 0.05)

    with smtp_listener(silent=True) as listener, pytest.raises(MailNotAccepted, match="timed out"):
        through(site, listener.port).send(MAIL)


def test_a_server_that_says_nothing_rings_the_bell_in_the_same_tick(
    site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "SMTP_TIME_LIMIT_SECONDS", 0.05)
    for number in range(3):
        record_event(site, settings.read(site), "TEST", "HIGH", f"thing {number}")
    with smtp_listener(silent=True) as listener:
        monkeypatch.setattr(site, "sendmail", through(site, listener.port).send)
        deliver(site, settings.read(site))
    rung = {row["document_name"] for row in site.get_all("Notification Log", ["document_name"])}
    assert len(rung) == 3


def test_it_does_not_log_in_without_encryption_that_was_asked_for(site: SQLiteSite) -> None:
    with smtp_listener() as listener, pytest.raises(MailNotAccepted, match="STARTTLS"):
        through(site, listener.port, use_tls=1, mail_login="monitor", mail_password="secret").send(MAIL)

    assert listener.messages == []


def test_it_sends_nothing_when_mail_is_muted(site: SQLiteSite) -> None:
    site.set_conf("mute_emails", 1)

    with pytest.raises(MailNotAccepted, match="mute_emails"):
        Mailer(site).send(MAIL)
    assert Mailer(site).state().muted_because


@pytest.mark.parametrize("port", ["five", 0.5, -1, 70000])
def test_it_names_a_mail_port_that_is_none(site: SQLiteSite, port: object) -> None:
    site.set_conf("mail_server", "mail.vereniging.example")
    site.set_conf("mail_port", port)

    assert "mail_port" in Mailer(site).state().no_account_because
    with pytest.raises(MailNotAccepted, match="mail_port"):
        Mailer(site).send(MAIL)


def test_it_says_beforehand_which_way_messages_will_leave(site: SQLiteSite) -> None:
    assert "outbox" in Mailer(site).state().account
    site.set_conf("mail_server", "mail.vereniging.example")
    site.set_conf("use_ssl", 1)
    site.set_conf("auto_email_id", "monitor@vereniging.example")
    assert Mailer(site).state().account.endswith("mail.vereniging.example:465")


@given(st.text(max_size=300))
def test_it_lets_no_text_start_a_header_of_its_own(text: str) -> None:
    mail = Mail(("beheer@vereniging.example",), text + "\r\nBcc: thief@evil.example", text, text)

    message = read(compose(mail, "monitor@vereniging.example", datetime(2026, 11, 4, 9)).as_bytes())

    assert message["Bcc"] is None
    assert message["Message-ID"].endswith("@vereniging.example>")


@given(st.text(max_size=60))
def test_it_takes_or_refuses_any_text_as_an_address(text: str) -> None:
    try:
        taken = address(text)
    except MailNotAccepted as refused:
        assert "is no mail address" in str(refused)
    else:
        assert ADDRESS.fullmatch(taken.addr_spec)


@pytest.mark.parametrize(
    "text", ["", "beheer", "a@b@c", "x@y\r\nBcc: thief@evil.example", "<script>", "@host"]
)
def test_it_refuses_what_is_no_address(site: SQLiteSite, text: str) -> None:
    with pytest.raises(MailNotAccepted, match="is no mail address"):
        Mailer(site).send(Mail((text,), "subject", "text", "html"))


def test_it_wants_a_sender_that_is_an_address(site: SQLiteSite) -> None:
    site.set_conf("mail_server", "mail.vereniging.example")
    site.set_conf("auto_email_id", "the monitor")

    assert "auto_email_id" in Mailer(site).state().no_account_because


def test_it_sends_text_that_no_encoding_can_hold(site: SQLiteSite) -> None:
    broken = Mail(("beheer@vereniging.example",), "file \udce9", "file \udce9 \x00", "<p>\udce9</p>")

    assert "file ?" in read(Path(Mailer(site).send(broken).reference).read_bytes())["Subject"]


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.key)
@pytest.mark.parametrize("said", ["Cannot measure “{}” since 10:00", "{} — opgelost", "“{}”: molens …"])
def test_no_subject_of_a_rule_holds_an_empty_encoded_word(rule: Rule, said: str) -> None:
    for name in ("vereniging.example", "éénnieuwevereniging.example", "a" * 40):
        subject = f"[{name}] HIGH: {said.format(rule.title)}"
        raw = compose(
            replace(MAIL, subject=subject), "m@vereniging.example", datetime(2026, 11, 4)
        ).as_bytes()
        assert b"?q??=" not in raw and b"?b??=" not in raw
        assert read(raw)["Subject"] == subject


def test_a_subject_hides_no_line_in_an_encoded_word() -> None:
    hidden = "alert =?utf-8?b?b2sNCkJjYzogdGhpZWZAZWxzZXdoZXJlLmV4YW1wbGU=?="
    raw = compose(replace(MAIL, subject=hidden), SENDER, datetime(2026, 11, 4)).as_bytes()
    message = read(raw)
    assert message["Bcc"] is None
    assert message["Subject"] == "alert ok Bcc: thief@elsewhere.example"


class TakesPlain:
    """The part of an SMTP connection that logs in; keeps what it was told."""

    def __init__(self, code: int = 235) -> None:
        self.code, self.told = code, ("", "")

    def ehlo_or_helo_if_needed(self) -> None: ...

    def docmd(self, command: str, rest: str) -> tuple[int, bytes]:
        self.told = (command, rest)
        return self.code, b"said"


def test_a_password_may_have_any_characters() -> None:
    smtp = TakesPlain()
    mailer._log_in(smtp, "beheer@café.example", "gehéim€ 密码")  # type: ignore[arg-type]
    command, rest = smtp.told
    mechanism, token = rest.split(" ")
    assert (command, mechanism) == ("AUTH", "PLAIN")
    assert base64.b64decode(token).decode() == "\0beheer@café.example\0gehéim€ 密码"


def test_a_password_that_the_server_refuses_is_no_log_in() -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        mailer._log_in(TakesPlain(535), "é", "x")  # type: ignore[arg-type]


def test_it_says_that_it_is_of_a_list_that_nobody_answers(site: SQLiteSite) -> None:
    site.set_conf("host_name", "https://vereniging.example/" + "a" * 120)
    raw = Path(Mailer(site).send(MAIL).reference).read_bytes()
    message = read(raw)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == '"Monitoring of vereniging.example" <monitoring.vereniging.example>'
    assert message["List-Post"] == "NO"
    assert message["List-Archive"] == f"<{site.url('monitoring_dashboard/alerts')}>"
    assert message["List-Unsubscribe"] is None
    assert b"\r\nList-Archive: <https://vereniging.example/" + b"a" * 120 in raw


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("box", '"Monitoring of box" <monitoring.box.localhost>'),
        ("a b\r\nBcc: x@y.z", '"Monitoring of a b Bcc: x@y.z" <monitoring.a-b-Bcc-x-y.z>'),
        ('v"e.nl', '"Monitoring of v\\"e.nl" <monitoring.v-e.nl>'),
        ("vérité.nl", '"Monitoring of v?rit?.nl" <monitoring.v-rit.nl>'),
        ("...", '"Monitoring of ..." <monitoring.site.localhost>'),
    ],
)
def test_a_list_has_an_id_whatever_the_site_is_called(site: SQLiteSite, name: str, found: str) -> None:
    site.name = name
    lines = header_lines(list_headers(site)).splitlines()
    assert [line.partition(": ")[0] for line in lines] == list(NAMES)
    assert lines[1] == f"List-Id: {found}"


def test_what_answers_a_message_says_which(site: SQLiteSite) -> None:
    opening, answer = (
        read(
            Path(
                Mailer(site).send(replace(MAIL, thread="alert-1", opens_thread=opens)).reference
            ).read_bytes()
        )
        for opens in (True, False)
    )
    assert answer["References"] == answer["In-Reply-To"] == opening["Message-ID"] == "<alert-1@localhost>"
    assert opening["References"] is None
