"""What people decided about a kind of error: who looks after it, whether it is muted, that it is mended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vuurtoren.error_kinds.kinds import DOCTYPE as KIND
from vuurtoren.privacy.text import clean, one_line, storable
from vuurtoren.site.errors import AlreadyExists
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.values import Row

DOCTYPE = "Error Kind Decision"
MOST_DECIDED = 1000
LONGEST_NOTE = 500
_FIELDS = ("name", "owned_by", "muted_until", "resolved_at", "resolved_by", "note")


class Refused(ValueError):
    """That cannot be decided; the message says why."""


@dataclass(frozen=True)
class Decision:
    """What holds for one kind of error; a kind that nobody decided about has none of it."""

    owned_by: str = ""
    muted_until: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    note: str = ""

    def muted(self, now: datetime) -> bool:
        return self.muted_until is not None and now < self.muted_until

    def back(self, last_seen: datetime | None) -> bool:
        """Whether it was seen again after somebody had said that it is mended."""
        return bool(self.resolved_at and last_seen and last_seen > self.resolved_at)

    def resolved(self, last_seen: datetime | None) -> bool:
        return self.resolved_at is not None and not self.back(last_seen)


def of_kind(site: Site, kind: str) -> Decision:
    """What was decided about this kind."""
    return of_kinds(site, [kind]).get(kind, Decision())


def of_kinds(site: Site, kinds: Collection[str] | None = None) -> dict[str, Decision]:
    """By fingerprint, what was decided about these kinds or about all; empty where nothing can be stored."""
    if not site.has_doctype(DOCTYPE) or (kinds is not None and not kinds):
        return {}
    about = {} if kinds is None else {"name": ("in", sorted(kinds))}
    rows = site.get_all(DOCTYPE, _FIELDS, about, order_by="modified desc", limit=MOST_DECIDED)
    return {str(row["name"]): _read(row) for row in rows}


def resolve(site: Site, kind: str, note: str = "") -> None:
    """Say that it is mended: what is seen later is back again, and told once. Raises Refused."""
    _decide(site, kind, {"resolved_at": site.now(), "resolved_by": site.user(), "note": _said(site, note)})


def reopen(site: Site, kind: str, note: str = "") -> None:
    """Take back that it is mended. Raises Refused."""
    if of_kind(site, kind).resolved_at is None:
        raise Refused(site.translate("Nobody has said that this error is mended."))
    _decide(site, kind, {"resolved_at": None, "resolved_by": None, "note": _said(site, note)})


def mute(site: Site, kind: str, until: datetime | None, note: str = "") -> None:
    """Tell nobody that it is new or back until then; None to tell again. Raises Refused."""
    if until is not None and until <= site.now():
        raise Refused(site.translate("That moment is over already."))
    _decide(site, kind, {"muted_until": until, "note": _said(site, note)})


def own(site: Site, kind: str, user: str) -> None:
    """Let this user look after it, or nobody. Raises Refused."""
    _decide(site, kind, {"owned_by": user or None})


def _decide(site: Site, kind: str, values: dict[str, Any]) -> None:
    if not site.has_doctype(DOCTYPE):
        text = site.translate("{0} is not installed on this site: run bench migrate")
        raise Refused(text.format(site.translate(DOCTYPE)))
    if not storable(kind) or len(kind) > SHORT_TEXT_LENGTH or site.get(KIND, kind) is None:
        raise Refused(site.translate("No error is known as {0}.").format(one_line(kind, 60)))
    if site.get(DOCTYPE, kind) is None:
        try:
            site.insert(DOCTYPE, {"fingerprint": kind, **values})
        except AlreadyExists:
            site.update(DOCTYPE, kind, values)
    else:
        site.update(DOCTYPE, kind, values)


def _said(site: Site, note: str) -> str:
    if len(note) > LONGEST_NOTE or not storable(note):
        text = site.translate("Longest note: {0}, of characters that can be printed.")
        raise Refused(text.format(LONGEST_NOTE))
    return clean(note)


def _read(row: Row) -> Decision:
    moments = (
        row[name] if isinstance(row[name], datetime) else None for name in ("muted_until", "resolved_at")
    )
    texts = {name: str(row[name] or "") for name in ("owned_by", "resolved_by", "note")}
    muted_until, resolved_at = moments
    return Decision(muted_until=muted_until, resolved_at=resolved_at, **texts)
