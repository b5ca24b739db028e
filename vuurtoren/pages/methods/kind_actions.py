"""What a visitor may do with a kind of error: say that it is mended, mute it, give it to somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.alerts.people import people
from vuurtoren.error_kinds import decisions
from vuurtoren.error_kinds.kinds import DOCTYPE
from vuurtoren.privacy.text import one_line
from vuurtoren.site.protocol import Site

Answer = dict[str, str]


def resolve(site: Site, kind: str, note: str = "") -> Answer:
    """Say that it is mended; commits. Raises NotPossible with a sentence for people."""
    return _done(site, kind, "Resolved", lambda: decisions.resolve(site, kind, note))


def reopen(site: Site, kind: str, note: str = "") -> Answer:
    """Take back that it is mended; commits. Raises NotPossible with a sentence for people."""
    return _done(site, kind, "Not resolved", lambda: decisions.reopen(site, kind, note))


def mute(site: Site, kind: str, minutes: str, note: str = "") -> Answer:
    """Tell nobody that it is new or back for so many minutes; commits. Raises NotPossible."""
    if not (minutes.isascii() and minutes.isdigit() and 0 < len(minutes) < 8 and int(minutes)):
        raise NotPossible(site.translate("Say for how many minutes."))
    until = site.now() + timedelta(minutes=int(minutes))
    return _done(site, kind, "Muted", lambda: decisions.mute(site, kind, until, note))


def unmute(site: Site, kind: str, note: str = "") -> Answer:
    """Tell of it again; commits. Raises NotPossible with a sentence for people."""
    return _done(site, kind, "Not muted", lambda: decisions.mute(site, kind, None, note))


def assign(site: Site, kind: str, user: str = "") -> Answer:
    """Let a user look after it, or nobody without one; commits. Raises NotPossible."""
    if user and user not in people(site):
        text = site.translate("{0} is no enabled user who may see the monitoring.")
        raise NotPossible(text.format(one_line(user, 60)))
    before = decisions.of_kind(site, kind).owned_by
    return _done(site, kind, "Assigned", lambda: decisions.own(site, kind, user)) | {"before": before}


def asked(site: Site, given: Mapping[str, str]) -> Answer:
    """Carry out what a form names."""
    kind, note = given["kind"], given["note"]
    if given["action"] == "mute_kind":
        return mute(site, kind, given["minutes"], note)
    if given["action"] == "assign_kind":
        return assign(site, kind, given["user"])
    return ACTIONS[given["action"]](site, kind, note)


ACTIONS: dict[str, Callable[[Site, str, str], Answer]] = {
    "resolve_kind": resolve,
    "reopen_kind": reopen,
    "unmute_kind": unmute,
}
NAMES = (*ACTIONS, "mute_kind", "assign_kind")
UNDO = {"resolve_kind": "reopen_kind", "mute_kind": "unmute_kind", "assign_kind": "assign_kind"}
"""The action that takes another one back."""


def _done(site: Site, kind: str, status: str, decide: Callable[[], None]) -> Answer:
    try:
        decide()
    except decisions.Refused as refused:
        raise NotPossible(str(refused)) from None
    site.commit()
    title = str((site.get(DOCTYPE, kind) or {}).get("title") or kind)
    return {"name": kind, "status": status, "message": f"{site.translate(status)}: {title}"}
