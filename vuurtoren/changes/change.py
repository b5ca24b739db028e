"""One thing that changed on the site: what, from what to what, by whom and when; never a value of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from vuurtoren.privacy.text import clean, one_line
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural

DOCTYPE = "Site Change"
Action = Literal["Added", "Changed", "Removed"]
APP, PATCHES, CONFIGURATION, RULE = "App", "Patches", "Site configuration", "Alert Rule"
"""The kinds that are no DocType of Frappe; every other kind is the DocType of the document that changed."""
LONGEST_DETAIL = 500


@dataclass(frozen=True)
class Change:
    """`subject` is what changed, by its name; `about` is the DocType or the function that it acts on.

    `detail` says from what to what ("0.9.1 → 0.9.2") or which fields, `amount` how many patches. `at` is when
    it was at the latest; where it was seen by comparing, it was after `not_before` (both site time).
    """

    kind: str
    action: Action
    subject: str
    at: datetime
    about: str = ""
    app: str = ""
    detail: str = ""
    changed_by: str = ""
    amount: int = 0
    not_before: datetime | None = None

    @property
    def key(self) -> str:
        """The same for the same change, however often it is read: what it acts on goes with the document."""
        told = "\x1f".join((self.kind, self.action, self.subject, self.at.isoformat()))
        return hashlib.sha256(told.encode()).hexdigest()[:40]

    @property
    def began(self) -> datetime:
        """When it was at the earliest."""
        return self.not_before or self.at

    def as_row(self) -> Row:
        return {
            "change_key": self.key,
            "kind": one_line(self.kind, SHORT_TEXT_LENGTH),
            "change": self.action,
            "subject": one_line(self.subject, SHORT_TEXT_LENGTH),
            "about": one_line(self.about, SHORT_TEXT_LENGTH),
            "app": one_line(self.app, SHORT_TEXT_LENGTH),
            "detail": clean(self.detail)[:LONGEST_DETAIL],
            "changed_by": one_line(self.changed_by, SHORT_TEXT_LENGTH),
            "amount": self.amount,
            "changed_at": self.at,
            "not_before": self.not_before,
        }


def said(site: Site, change: Change) -> str:
    """What changed, in a few words: "verenigingen 0.9.1 → 0.9.2", "2 patches of verenigingen"."""
    _ = site.translate
    if change.kind == PATCHES:
        return plural(_, change.amount, "1 patch of {1}", "{0} patches of {1}").format(
            change.amount, change.subject
        )
    if change.kind == APP and change.action == "Changed":
        return f"{change.subject} {change.detail}"
    texts: dict[Action, str] = {
        "Added": _("{0} “{1}” added"),
        "Changed": _("{0} “{1}” changed"),
        "Removed": _("{0} “{1}” removed"),
    }
    text = texts[change.action].format(_(change.kind), change.subject)
    return f"{text} ({one_line(change.detail, SHORT_TEXT_LENGTH)})" if change.detail else text


def said_together(site: Site, changes: Sequence[Change]) -> str:
    """The same of changes that were one step: "verenigingen 0.9.1 → 0.9.2 and 2 patches"."""
    _ = site.translate
    first, others = changes[0], changes[1:]
    patches = sum(each.amount for each in others if each.kind == PATCHES)
    if first.kind != APP or not patches:
        return said(site, first)
    text = plural(_, patches, "{0} and 1 patch", "{0} and {1} patches")
    return text.format(said(site, first), patches)
