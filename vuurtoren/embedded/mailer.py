"""How the embedded site's messages leave: by SMTP where a server is configured, else into an outbox."""

from __future__ import annotations

import base64
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vuurtoren.outward.list_headers import NAMES, encoded, list_headers
from vuurtoren.site.errors import MailNotAccepted
from vuurtoren.site.private_files import private_folder
from vuurtoren.site.values import Mail, MailReceipt, MailState
from vuurtoren.site.words.words import Words, reason

if TYPE_CHECKING:
    from vuurtoren.embedded.store.sqlite_site import SQLiteSite

SMTP_TIME_LIMIT_SECONDS = 10
OUTBOX_SENDER = "monitoring@localhost"
ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]*[A-Za-z0-9]"
)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

Configuration = Callable[..., Any]
"""`conf(key, default)` of a site; the keys are those of Frappe's site_config.json."""
OUTBOX_FOLDER = "outbox"


class WireFormat(EmailPolicy):
    """SMTP's line ends, and subjects folded by the header class: the policy's own folding may leave encoded
    words that are empty, which mail programs show as they are. An address among the headers of a list
    stays in one piece, which the policy would encode for being long."""

    def fold(self, name: str, value: Any) -> str:
        text = str(value)
        if name in NAMES:
            return f"{name}: {encoded(name, text)}{self.linesep}"
        if name.lower() != "subject" or text.isascii():
            return str(super().fold(name, value))
        return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name not in NAMES and (name.lower() != "subject" or str(value).isascii()):
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


WIRE_FORMAT = WireFormat(linesep="\r\n")


class Carrier(Protocol):
    """One way for messages to leave; it can say beforehand whether it will take them."""

    def send(self, mail: Mail, sent_at_utc: datetime) -> MailReceipt:
        """Hand one message over; raises MailNotAccepted with the reason. `sent_at_utc` is naive."""

    def state(self) -> MailState: ...


class Mailer:
    """The postman of an embedded site; a change of its configuration holds from the next message on."""

    def __init__(self, site: SQLiteSite) -> None:
        self.site = site

    def send(self, mail: Mail) -> MailReceipt:
        return self._carrier().send(replace(mail, headers=list_headers(self.site)), self.site.now_utc())

    def state(self) -> MailState:
        return self._carrier().state()

    def _carrier(self) -> Carrier:
        return carrier_for(self.site.conf, self.site.folder / OUTBOX_FOLDER)


def carrier_for(conf: Configuration, outbox: Path) -> Carrier:
    """The way that the configuration asks for: SMTP when it names a `mail_server`, else the outbox."""
    if _on(conf("mute_emails", 0)):
        return Hindered(muted_because=Words("mute_emails is set in the site configuration"))
    if not conf("mail_server", ""):
        return Outbox(outbox)
    try:
        return SmtpServer.configured(conf)
    except ValueError as problem:
        return Hindered(no_account_because=reason(problem))


@dataclass(frozen=True)
class Hindered:
    """Takes no message over, and says why; a wrong configuration never falls back to another way silently."""

    no_account_because: str = ""
    muted_because: str = ""

    def send(self, mail: Mail, sent_at_utc: datetime) -> MailReceipt:
        raise MailNotAccepted(self.muted_because or self.no_account_because)

    def state(self) -> MailState:
        return MailState("", self.no_account_because, self.muted_because, "")


@dataclass(frozen=True)
class Outbox:
    """Writes each message as one `.eml` file (RFC 5322) that any mail program opens."""

    folder: Path

    def send(self, mail: Mail, sent_at_utc: datetime) -> MailReceipt:
        message = compose(mail, OUTBOX_SENDER, sent_at_utc)
        unique = message["Message-ID"].split("@")[0].strip("<").rsplit(".", 1)[-1]
        target = self.folder / f"{sent_at_utc:%Y%m%d-%H%M%S}-{unique}.eml"
        for stored in self.folder.glob(f"*-{unique}.eml"):
            return MailReceipt("outbox", str(stored))  # whoever stored it died before it could say so
        try:
            self._write(target, message.as_bytes())
        except OSError as problem:
            raise MailNotAccepted(
                Words("the outbox {0} cannot be written: {1}", self.folder, problem.strerror)
            ) from problem
        return MailReceipt("outbox", str(target))

    def _write(self, target: Path, content: bytes) -> None:
        private_folder(self.folder)
        unfinished = target.with_suffix(".part")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        unfinished.replace(target)

    def state(self) -> MailState:
        return MailState(Words("outbox folder {0}", self.folder), "", "", "")


@dataclass(frozen=True)
class SmtpServer:
    """Sends through an SMTP server and waits at most `SMTP_TIME_LIMIT_SECONDS` for each of its answers."""

    host: str
    port: int
    encryption: str
    """ "ssl" from the first byte, "starttls" before logging in, or "none"."""
    sender: str
    login: str = ""
    password: str = ""

    @classmethod
    def configured(cls, conf: Configuration) -> SmtpServer:
        """The server that Frappe's own site_config keys describe; raises ValueError on an impossible port."""
        encryption = "ssl" if _on(conf("use_ssl", 0)) else "starttls" if _on(conf("use_tls", 0)) else "none"
        usual_port = {"ssl": 465, "starttls": 587, "none": 25}[encryption]
        login = str(conf("mail_login", "") or "")
        return cls(
            host=str(conf("mail_server")),
            port=_port(conf("mail_port", 0) or usual_port),
            encryption=encryption,
            sender=_sender(conf("auto_email_id", "") or login),
            login=login,
            password=str(conf("mail_password", "") or ""),
        )

    def send(self, mail: Mail, sent_at_utc: datetime) -> MailReceipt:
        message = compose(mail, self.sender, sent_at_utc)
        try:
            refused = self._hand_over(message, mail.recipients)
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise MailNotAccepted(
                Words("{0} did not take the message: {1}", self.server, _said(problem))
            ) from problem
        # The others have it: sending it again would tell them twice.
        but = f", but not for {', '.join(sorted(refused))}" if refused else ""
        return MailReceipt("smtp", f"{message['Message-ID']}{but}")

    def _hand_over(self, message: EmailMessage, recipients: tuple[str, ...]) -> dict[str, tuple[int, bytes]]:
        with self._connection() as smtp:
            if self.encryption == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            if self.login and self.password:
                _log_in(smtp, self.login, self.password)
            to = [address(recipient).addr_spec for recipient in recipients]
            return smtp.send_message(message, address(self.sender).addr_spec, to)

    def _connection(self) -> smtplib.SMTP:
        if self.encryption == "ssl":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SMTP_TIME_LIMIT_SECONDS, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=SMTP_TIME_LIMIT_SECONDS)

    def state(self) -> MailState:
        return MailState(Words("{0} through {1}", self.sender, self.server), "", "", "")

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port}"


def _log_in(smtp: smtplib.SMTP, login: str, password: str) -> None:
    """Log in with any characters: the library's own way knows ASCII only (RFC 4616 says UTF-8)."""
    if f"{login}{password}".isascii():
        smtp.login(login, password)
        return
    smtp.ehlo_or_helo_if_needed()
    token = base64.b64encode(f"\0{login}\0{password}".encode()).decode()
    code, said = smtp.docmd("AUTH", f"PLAIN {token}")
    if code not in (235, 503):
        raise smtplib.SMTPAuthenticationError(code, said)


def compose(mail: Mail, sender: str, sent_at_utc: datetime) -> EmailMessage:
    """The message as it goes over the wire: text and HTML, a date and an id of its own.

    Line breaks and other control characters in the subject become spaces. Raises MailNotAccepted for
    anything that is no mail address.
    """
    message = EmailMessage(WIRE_FORMAT)
    message["From"] = address(sender)
    message["To"] = [address(recipient) for recipient in mail.recipients]
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(sent_at_utc.replace(tzinfo=timezone.utc))
    message["Message-ID"] = make_msgid(domain=address(sender).domain)
    if mail.thread:
        root = f"<{mail.thread}@{address(sender).domain}>"
        if mail.opens_thread:
            message.replace_header("Message-ID", root)
        else:
            message["In-Reply-To"] = message["References"] = root
    for name, value in mail.headers:
        message[name] = value
    message.set_content(_encodable(mail.text))
    message.add_alternative(_encodable(mail.html), subtype="html")
    return message


def address(text: str) -> Address:
    """`someone@host` or `Name <someone@host>`; raises MailNotAccepted."""
    name, specification = parseaddr(text)
    if CONTROL_CHARACTERS.search(text) or not ADDRESS.fullmatch(specification):
        raise MailNotAccepted(Words("{0} is no mail address", repr(text[:100])))
    return Address(display_name=name, addr_spec=specification)


def _one_line(text: str) -> str:
    return CONTROL_CHARACTERS.sub(" ", _encodable(text)).strip()


def _encodable(text: str) -> str:
    """Halves of surrogate pairs, as in names of damaged files, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _sender(value: Any) -> str:
    try:
        address(str(value))
    except MailNotAccepted as problem:
        raise ValueError(Words("auto_email_id in the site configuration: {0}", problem)) from None
    return str(value)


def _on(value: Any) -> bool:
    return str(value).strip().lower() in ("1", "true", "yes")


def _port(value: Any) -> int:
    try:
        port = int(value)
    except (TypeError, ValueError):
        raise ValueError(
            Words("mail_port in the site configuration is {0}, expected a number", repr(value))
        ) from None
    if not 0 < port < 65536:
        raise ValueError(Words("mail_port in the site configuration is {0}, expected 1 to 65535", port))
    return port


def _said(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        answer: bytes | str = problem.smtp_error
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return f"{problem.smtp_code} {text}"
    return str(problem) or type(problem).__name__
