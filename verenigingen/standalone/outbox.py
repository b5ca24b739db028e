"""Shows the messages that the embedded site wrote into its outbox folder."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.standalone.mailer import OUTBOX_FOLDER
from verenigingen.standalone.pages import Cell, page

MESSAGE_FILE = re.compile(r"[\w.-]+\.eml", re.ASCII)
MESSAGES_SHOWN = 100
HEADERS_SHOWN = ("From", "To", "Date", "Subject")


def outbox_list(site: SQLiteSite) -> str:
    """The page that lists the latest messages, newest first."""
    files = sorted((site.folder / OUTBOX_FOLDER).glob("*.eml"), reverse=True)
    shown = files[:MESSAGES_SHOWN]
    said = site.translate("{0} of {1} messages in {2}, latest first. No mail server is asked to send them.")
    return page(
        site,
        "list.html",
        site.translate("Outbox"),
        said=said.format(len(shown), len(files), site.folder / OUTBOX_FOLDER),
        columns=["Subject", "To", "Date"],
        rows=[_row(path) for path in shown],
    )


def outbox_message(site: SQLiteSite, name: str) -> str | None:
    """The page of one message, as text; None where there is none of that name."""
    path = site.folder / OUTBOX_FOLDER / name
    if not MESSAGE_FILE.fullmatch(name) or not path.is_file():
        return None
    message = _read(path)
    body = message.get_body(("plain",))
    text = str(body.get_content()) if isinstance(body, EmailMessage) else ""
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


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
