"""Seals committed events into the tree in bounded batches; safe to run twice at once and to kill anywhere."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vuurtoren.audit.adoption.adopted import refuse_before_adoption
from vuurtoren.audit.details.details_box import Opener, State
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.checkpoint import Checkpoint
from vuurtoren.audit.seals.head import Head, read_head
from vuurtoren.audit.seals.keys import AuditKeys, ensure_keys, load_details_keys
from vuurtoren.audit.seals.merkle import Frontier
from vuurtoren.audit.seals.row_check import details_fit, mac_fits
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG, numbered_name
from vuurtoren.site.errors import AlreadyExists, Busy
from vuurtoren.site.protocol import Filters, Site
from vuurtoren.site.values import Row

BATCH_ROWS = 1000
SMALLEST_BATCH_ROWS = 250
BATCH_MS = 200
LONGEST_TRANSACTION = timedelta(hours=24)
"""How long after its creation an event may be committed and still be sealed at once; a sweep finds others."""
HEARTBEAT = timedelta(hours=1)

NOT_AS_WRITTEN = "changed before it was sealed"
NO_RECORD = "has no canonical form, so it was changed before it was sealed"


@dataclass
class Sealing:
    """What one run did. `flagged` are ids of events that did not carry the site's authentication code.

    `overtaken`: another sealer was faster; what it left is sealed by the next run.
    """

    sealed: int = 0
    checkpoints: int = 0
    flagged: list[str] = field(default_factory=list)
    overtaken: bool = False


@dataclass(frozen=True)
class _Leaf:
    event: str
    leaf: bytes
    flag: str


def seal(site: Site, *, sweep: bool = False) -> Sealing:
    """Seal every committed event that is not sealed yet, and sign a checkpoint at least every hour.

    Begins each batch with a rollback, so that it sees what others committed, and commits it: call it when
    nothing of your own is uncommitted. `sweep` also looks for events that were committed more than a day
    after their creation. Raises HeadNotTrusted, KeysMissing, NotTakenOver.
    """
    refuse_before_adoption(site)
    keys, done, rows_at_once = ensure_keys(site), Sealing(), BATCH_ROWS
    reached: datetime | None = None
    while True:
        site.rollback()
        started = time.monotonic()
        try:
            rows = _seal_batch(site, keys, _since(site, keys, sweep, reached), rows_at_once, done)
        except (AlreadyExists, Busy):
            site.rollback()
            done.overtaken = True
            return done
        if len(rows) < rows_at_once:
            return done
        reached = datetime.fromisoformat(rows[-1]["creation"])
        if (time.monotonic() - started) * 1000 > BATCH_MS:
            rows_at_once = max(SMALLEST_BATCH_ROWS, rows_at_once // 2)


def _since(site: Site, keys: AuditKeys, sweep: bool, reached: datetime | None) -> tuple[Head, Filters]:
    """The head, and which events to look at; after the first batch of a run, those from where it ended.

    The order of creation is not that of commits, so looking only past the newest sealed one would lose some.
    """
    head = read_head(site, keys)
    filters: dict[str, object] = {"event_id": ("is", "set")}
    if reached:
        filters["creation"] = (">=", reached)
    elif head.sealed_to and not sweep:
        filters["creation"] = (">=", head.sealed_to - LONGEST_TRANSACTION)
    return head, filters


def _seal_batch(
    site: Site, keys: AuditKeys, since: tuple[Head, Filters], limit: int, done: Sealing
) -> list[Row]:
    head, filters = since
    rows = _unsealed(site, filters, limit)
    if not rows and not _heartbeat_is_due(site, head):
        return []
    # a second row of an event would be refused and stop all others; the verification tells of it
    opener = Opener(load_details_keys(site), keys.mac)
    leaves = [_leaf(row, keys, opener) for row in {row["event_id"]: row for row in reversed(rows)}.values()][
        ::-1
    ]
    frontier = Frontier(head.frontier.size, head.frontier.nodes)
    _append(site, frontier, leaves)
    site.insert(CHECKPOINT, _checkpoint_row(site, keys, head, frontier, rows))
    site.commit()
    done.sealed += len(leaves)
    done.checkpoints += 1
    done.flagged += [leaf.event for leaf in leaves if leaf.flag]
    return rows


def _unsealed(site: Site, filters: Filters, limit: int) -> list[Row]:
    """The oldest events without a leaf. Their names come first: whole rows are too wide to be sorted."""
    order = "creation, name"
    found = site.get_unmatched(
        LOG, ["name"], "event_id", (LEAF, "event"), filters, order_by=order, limit=limit
    )
    names = {"name": ("in", [row["name"] for row in found])}
    return site.scan(LOG, [*canonical.ROW_FIELDS, "creation"], names, order_by=order) if found else []


def _heartbeat_is_due(site: Site, head: Head) -> bool:
    """Whether an empty checkpoint is needed, also after the clock went back and when the key is new."""
    if head.signed is None or head.signed.checkpoint.time_utc == "":
        return True
    age = site.now_utc() - canonical.utc_time(head.signed.checkpoint.time_utc)
    return not timedelta(0) <= age < HEARTBEAT


def _leaf(row: Row, keys: AuditKeys, opener: Opener) -> _Leaf:
    """Every event is sealed, whatever happened to it before: one that was left out would be forgotten."""
    try:
        record = canonical.record(row)
    except canonical.NotCanonical:
        return _Leaf(row["event_id"], hashlib.sha256(b"\x00" + canonical.LEAF_CONTEXT).digest(), NO_RECORD)
    opened = opener.open(row)
    # a box without its key is shown by its code to be the one that was written
    whole = opened.state is State.LOCKED or details_fit(row, opened)
    fits = mac_fits(row, record, keys.mac) and whole
    return _Leaf(row["event_id"], canonical.leaf_hash(record), "" if fits else NOT_AS_WRITTEN)


def _append(site: Site, frontier: Frontier, leaves: list[_Leaf]) -> None:
    """The position is the primary key: of two sealers at once, one is refused with all that it did."""
    rows = []
    for leaf in leaves:
        rows.append(
            {
                "name": numbered_name(frontier.size),
                "position": frontier.size,
                "event": leaf.event,
                "leaf": leaf.leaf.hex(),
                "flag": leaf.flag,
            }
        )
        frontier.append(leaf.leaf)
    site.insert_many(LEAF, rows)


def _checkpoint_row(site: Site, keys: AuditKeys, head: Head, frontier: Frontier, rows: list[Row]) -> Row:
    old, new = head.signed_by or keys.signer, keys.signer
    handed_over = old.public != new.public
    checkpoint = Checkpoint(
        keys.origin,
        frontier.size,
        frontier.root(),
        head.digest,
        canonical.utc_text(site.now_utc()),
        new.public if handed_over else None,
    )
    created = [datetime.fromisoformat(row["creation"]) for row in rows]
    happened = sorted(row["event_time_utc"] for row in rows if isinstance(row["event_time_utc"], str))
    return {
        "name": numbered_name(head.sequence + 1),
        "sequence": head.sequence + 1,
        "tree_size": checkpoint.tree_size,
        "root": checkpoint.root.hex(),
        "time_utc": checkpoint.time_utc,
        "previous": checkpoint.previous,
        "key_id": new.public.key_id,
        "note": checkpoint.sign(*((old, new) if handed_over else (new,))).text,
        "frontier": " ".join(node.hex() for node in frontier.nodes),
        "sealed_from": min(created, default=None),
        "sealed_to": max([*created, *filter(None, [head.sealed_to])], default=None),
        "first_event_utc": happened[0] if happened else None,
        "last_event_utc": happened[-1] if happened else None,
    }
