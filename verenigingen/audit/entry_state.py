"""What one entry's form and list say of its proof: where it is sealed, and whether it is as it was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verenigingen.audit import daily_verification
from verenigingen.audit.seals.findings import RENAMED
from verenigingen.audit.seals.keys import KeysMissing, load_mac_keys
from verenigingen.audit.seals.row_check import READ_FIELDS, judge
from verenigingen.audit.seals.tables import LEAF, LOG
from verenigingen.audit.seals.verification import LEAF_FIELDS
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

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
    return {row["name"]: _state(site, row, leaves.get(row["event_id"]), keys, last) for row in rows}


def _state(
    site: Site,
    row: Row,
    leaf: Row | None,
    keys: Sequence[bytes],
    last: daily_verification.Verified | None,
) -> EntryState:
    judged, position = judge(site, row, leaf, keys), _position(leaf)
    wrong = [f"{kind}: {explanation}" for kind, explanation in judged.wrong if kind != RENAMED]
    if wrong:
        return EntryState(position, False, "; ".join(wrong))
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
        return EntryState(position, None, broken.format(last.answer))
    held = site.translate("as it was sealed; the trail was verified at {0}")
    return EntryState(position, True, held.format(f"{last.at:%Y-%m-%d %H:%M}"))


def _position(leaf: Row | None) -> int | None:
    return int(leaf["position"]) if leaf else None
