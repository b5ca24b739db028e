"""Shows the messages that the embedded site wrote into its outbox folder."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

from vuurtoren.embedded.mailer import OUTBOX_FOLDER
from vuurtoren.embedded.server.pages import Cell, page
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.words.plurals import plural

MESSAGE_FILE = re.compile(r"[\w.-]+\.eml", re.ASCII)
MESSAGES_SHOWN = 100
HEADERS_SHOWN = ("From", "To", "Date", "Subject")


def outbox_list(site: SQLiteSite) -> str:
    """The page that lists the latest messages, newest first."""
    found = (site.folder / OUTBOX_FOLDER).glob("*.eml")
    files = sorted((path for path in found if path.is_file()), reverse=True)
    shown = files[:MESSAGES_SHOWN]
    said = plural(
        site.translate,
        len(files),
        "{0} of {1} message in {2}. No mail server is asked to send it.",
        "{0} of {1} messages in {2}, latest first. No mail server is asked to send them.",
    )
    return page(
        site,
        "list.html",
        site.translate("Outbox"),
        filtered=[],
        all_href="",
        older="",
        csv_href="",
        said=said.format(len(shown), len(files), site.folder / OUTBOX_FOLDER),
        columns=[Cell(each) for each in ("Subject", "To", "Date")],
        rows=[_row(path) for path in shown],
    )


def outbox_message(site: SQLiteSite, name: str) -> str | None:
    """The page of one message, as text; None where there is none of that name."""
    path = site.folder / OUTBOX_FOLDER / name
    if not MESSAGE_FILE.fullmatch(name) or not path.is_file():
        return None
    message = _read(path)
    body = message.get_body(("plain",))
    text = _text(body) if isinstance(body, EmailMessage) else ""
    fields = [(header, str(message[header])) for header in HEADERS_SHOWN]
    return page(
        site,
        "document.html",
        str(message["Subject"]),
        doctype="Outbox",
        list_href="/outbox",
        fields=[*fields, ("Message", text)],
        tables=[],
    )


def _row(path: Path) -> list[Cell]:
    message = _read(path)
    return [
        Cell(str(message["Subject"]), f"/outbox/{path.name}"),
        *(Cell(str(message[h])) for h in ("To", "Date")),
    ]


def _text(body: EmailMessage) -> str:
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):  # a charset that nobody knows
        return bytes(body.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
