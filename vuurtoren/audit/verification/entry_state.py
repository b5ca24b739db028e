"""What one entry's form and list say of its proof: where it is sealed, and whether it is as it was sealed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from vuurtoren.audit.adoption.adopted import is_adopted
from vuurtoren.audit.seals.canonical import utc_time
from vuurtoren.audit.seals.findings import NOT_CHECKABLE, RENAMED
from vuurtoren.audit.seals.keys import KeysMissing, load_mac_keys
from vuurtoren.audit.seals.row_check import READ_FIELDS, Judge
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification import daily_verification
from vuurtoren.audit.verification.verification import LEAF_FIELDS
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words, said

MOST_AT_ONCE = 500


@dataclass(frozen=True)
class EntryState:
    """`position` counts from 0 and is None before the seal; `verified` is None where it is not known."""

    position: int | None
    verified: bool | None
    why: str

    def text(self, site: Site) -> str:
        """For people: yes, no or unknown, and why."""
        said = {True: "Yes: {0}", False: "No: {0}", None: "Unknown: {0}"}[self.verified]
        return site.translate(said).format(self.why)


def states(site: Site, names: Sequence[str]) -> dict[str, EntryState]:
    """The state of each of these entries that exists, at most 500 of them.

    True needs both: the row makes the very leaf that was sealed, and the last verification of the trail,
    which covers that leaf, found nothing.
    """
    rows = site.get_all(LOG, READ_FIELDS, {"name": ("in", list(names)[:MOST_AT_ONCE])})
    events = [row["event_id"] for row in rows]
    leaves = {leaf["event"]: leaf for leaf in site.get_all(LEAF, LEAF_FIELDS, {"event": ("in", events)})}
    try:
        keys = load_mac_keys(site)
    except KeysMissing as missing:
        return {
            row["name"]: EntryState(_position(leaves.get(row["event_id"])), None, str(missing))
            for row in rows
        }
    last = daily_verification.last(site)
    sealed_at = _times(site, min((leaf["position"] for leaf in leaves.values()), default=0))
    found = ((row, leaves.get(row["event_id"])) for row in rows)
    judge = Judge(site, keys)
    return {row["name"]: _state(judge, row, leaf, last, sealed_at) for row, leaf in found}


def _times(site: Site, position: int) -> Callable[[int], datetime | None]:
    """When leaves from this position on were sealed, by the checkpoints as they are stored: the verification
    looks at their signatures."""
    later = {"tree_size": (">", position)}
    rows = site.get_all(CHECKPOINT, ["tree_size", "time_utc"], later, order_by="tree_size, sequence")
    sizes = [row["tree_size"] for row in rows]

    def sealed_at(at: int) -> datetime | None:
        first = bisect_right(sizes, at)
        try:
            return utc_time(rows[first]["time_utc"])
        except (IndexError, TypeError, ValueError):
            return None

    return sealed_at


def _state(
    judge: Judge,
    row: Row,
    leaf: Row | None,
    last: daily_verification.Verified | None,
    sealed_at: Callable[[int], datetime | None],
) -> EntryState:
    site, position = judge.site, _position(leaf)
    judged = judge.of(row, leaf, None if position is None else sealed_at(position))
    told = [
        (kind, said(Words("{0}: {1}", Words(kind), explanation), site.translate))
        for kind, explanation in judged.wrong
    ]
    wrong = [text for kind, text in told if kind not in (RENAMED, NOT_CHECKABLE)]
    if wrong:
        return EntryState(position, False, "; ".join(wrong))
    if judged.locked or any(kind == NOT_CHECKABLE for kind, _ in told):
        key = site.translate("its details need the key {0}, which this site does not have")
        unknown = [key.format(judged.locked)] if judged.locked else []
        unknown += [text for kind, text in told if kind == NOT_CHECKABLE]
        return EntryState(position, None, "; ".join(unknown))
    if position is None:
        return EntryState(None, None, site.translate("it is not sealed yet"))
    if judged.erased:
        erased = site.translate("its details are gone; the verification says whether that was allowed")
        return EntryState(position, None, erased)
    if last is None or last.tree_size <= position:
        unseen = site.translate("it fits its seal, and no verification of the trail has covered it yet")
        return EntryState(position, None, unseen)
    if not last.held:
        broken = site.translate("it fits its seal, but the verification of the trail said: {0}")
        return EntryState(position, None, broken.format(said(last.answer, site.translate)))
    held = site.translate("as it was sealed; the trail was verified at {0}")
    if is_adopted(row):
        held = site.translate(
            "as it was found when the trail took it over, and not changed since; verified at {0}"
        )
    renamed = [text for _, text in told]
    return EntryState(position, True, "; ".join([held.format(moment(last.at, site.translate)), *renamed]))


def _position(leaf: Row | None) -> int | None:
    return int(leaf["position"]) if leaf else None
