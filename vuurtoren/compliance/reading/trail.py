"""What the audit trail says about itself and lacks, as the rules know it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.audit.adoption.adoption import trail_began
from vuurtoren.audit.anchors import checkpoint_publishing
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import LONGEST_TRANSACTION
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF
from vuurtoren.audit.verification import daily_verification
from vuurtoren.compliance.periods import add_months
from vuurtoren.compliance.reading.values import day, pages
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import Retention, TrailCoverage, TrailHealth
from vuurtoren.compliance.rules.trail import LOG
from vuurtoren.host_records.names import BATCH, BATCH_LINE, MANDATE
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

MAY_STILL_COME = timedelta(minutes=10)
STEPS = {MANDATE: "the mandate's creation", BATCH: "the batch's generation"}


def coverage(world: World) -> tuple[list[TrailCoverage], int]:
    """Mandates and batches since the trail began that no entry names, and how many others there are."""
    site, silent, others = world.site, [], 0
    began = _began(world)
    if began is None:
        return [], 0
    for record, step in STEPS.items():
        if not world.host.has_doctype(record):
            continue
        doctype = world.host.doctype(record)
        window: dict[str, Any] = {"creation": [(">=", began), ("<", site.now() - MAY_STILL_COME)]}
        for rows in pages(world.host, record, ("creation",), window):
            named = named_in_trail(world, doctype, [str(row["name"]) for row in rows])
            others += len(named)
            silent += [_silent(record, step, row) for row in rows if row["name"] not in named]
    return silent, others


def _silent(record: str, step: str, row: Row) -> TrailCoverage:
    name = str(row["name"])
    return TrailCoverage(record, name, step, day(row["creation"]), 0, batch=name if record == BATCH else "")


def named_in_trail(world: World, doctype: str, names: Sequence[str]) -> set[str]:
    """Those of these documents that some entry is about."""
    told = {"reference_doctype": doctype, "reference_name": ("in", tuple(names))}
    return {str(name) for name in world.site.tally(LOG, "reference_name", told)} if names else set()


def _began(world: World) -> datetime | None:
    """The first entry, or the adoption of older ones; before it nothing was recorded."""
    if not world.site.has_doctype(LOG):
        return None
    first = world.site.get_all(LOG, ["timestamp"], order_by="timestamp", limit=1)
    if not first:
        return None
    earliest: datetime = first[0]["timestamp"]
    return max(earliest, trail_began(world.site) or earliest)


def retention(world: World) -> Retention:
    """What the last verification said of missing entries, and mandates that collections name in vain."""
    known = daily_verification.last(world.site)
    missing = None if known is None or known.held is None else int(not known.held)
    return Retention(missing, _mandates_missing(world))


def _mandates_missing(world: World) -> int | None:
    host = world.host
    if not host.has_field(BATCH_LINE, "mandate_reference") or not host.has_field(MANDATE, "mandate_id"):
        return None
    recent = {"creation": (">=", add_months(world.today, -14)), "mandate_reference": ("is", "set")}
    wanted = set(host.tally(BATCH_LINE, "mandate_reference", recent))
    for rows in pages(host, MANDATE, ("mandate_id",)):
        wanted -= {row["mandate_id"] for row in rows} | {row["name"] for row in rows}
    return len(wanted)


def health(world: World) -> TrailHealth:
    """Whether the trail is refused, sealed, verified and handed out now."""
    site = world.site
    if not site.has_doctype(LOG):
        return TrailHealth()
    known = daily_verification.last(site)
    kept = site.has_doctype(CHECKPOINT)
    begun_at = _begun_at(site)
    return TrailHealth(
        seal_lag_seconds=_seal_lag(world),
        guard_missing=append_only_guard.missing(site),
        verified_at=known.at if known else None,
        verified_ok=known.held if known else None,
        # a checkpoint that was never handed out counts from the first event on
        anchor_at=(checkpoint_publishing.last_outside(site) if kept else None) or begun_at,
        anchors_expected=kept and begun_at is not None,
        now=site.now(),
    )


def _begun_at(site: Site) -> datetime | None:
    """When the first event was, or the trail took over those from before; None while it is empty."""
    rows = site.get_all(LOG, ["timestamp"], order_by="timestamp", limit=1)
    return max(rows[0]["timestamp"], trail_began(site) or rows[0]["timestamp"]) if rows else None


def _seal_lag(world: World) -> float | None:
    site = world.site
    if not site.has_doctype(LEAF):
        return None
    recent = {"creation": (">=", site.now() - LONGEST_TRANSACTION)}
    rows = site.get_unmatched(
        LOG, ["creation"], "event_id", (LEAF, "event"), recent, order_by="creation", limit=1
    )
    return max(0.0, (site.now() - rows[0]["creation"]).total_seconds()) if rows else 0.0
