"""What a Site may raise; each message names the cause and, where there is one, the fix."""

from __future__ import annotations

from typing import Any

from vuurtoren.site.words.words import Translate, Words


class SiteError(Exception):
    """Something that the site was asked for is wrong or cannot be had."""


class NotConnected(SiteError):
    """Frappe is importable but no site is connected."""


class UnknownDocType(SiteError):
    """The DocType does not exist on this site."""


class UnknownField(SiteError):
    """The DocType has no such field, or the table has no such column."""


class BadFilter(SiteError):
    """The filter is outside the closed filter language (see `filters`)."""


class AlreadyExists(SiteError):
    """A row with this name, or with this value in a unique field, is already there."""


class InvalidValue(SiteError):
    """The value does not fit its field: too long, not one of the options, not a number, missing."""

    http_status_code = 417


class ReadOnly(SiteError):
    """The database accepts no writes."""


class Busy(SiteError):
    """Somebody else holds the database; the same call may succeed later."""


class TransactionLost(Busy):
    """The database has rolled the whole transaction back (a deadlock, or a row that somebody else changed
    meanwhile); the operation must be repeated."""


class StatementRefused(SiteError):
    """A database that is made to be dropped does not take a statement of a dump."""


class NoRoom(SiteError):
    """The disk of the database is full."""


class NotThrowAway(SiteError):
    """A database that nobody made to be dropped: nothing is written into it and nothing dropped."""


class MailNotAccepted(SiteError):
    """Nobody took the message over; the text says why (no account, muted, no valid recipient, SMTP)."""


class Unavailable(SiteError):
    """A fact cannot be measured here and now; the text, with its values, is the reason that people read."""

    def __init__(self, text: str = "", *values: Any) -> None:
        self.words = text if isinstance(text, Words) else Words(text, *values)
        super().__init__(self.words)

    def said(self, translate: Translate) -> str:
        """The reason in the reader's language."""
        return self.words.said(translate)
