"""What the audit trail says about itself and lacks, as the rules know it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.audit.adoption.adoption import trail_began
from vuurtoren.audit.anchors import checkpoint_publishing
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import LEAF_MISSING, ROW_MISSING
from vuurtoren.audit.seals.sealer import LONGEST_TRANSACTION
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF
from vuurtoren.audit.verification import daily_verification
from vuurtoren.compliance.periods import add_months
from vuurtoren.compliance.reading.values import among, day, pages
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import Retention, TrailCoverage, TrailHealth
from vuurtoren.compliance.rules.collections import AT_THE_BANK
from vuurtoren.compliance.rules.trail import LOG
from vuurtoren.host_records.names import BATCH, BATCH_LINE, MANDATE, MEMBER, TERMINATION
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words

MAY_STILL_COME = timedelta(minutes=10)
MOST_ABOUT_NOTHING = 1_000
STEPS = {MANDATE: Words("the creation"), BATCH: Words("the generation")}
SENT, CANCELLED = Words("the way to the bank"), Words("the cancellation")
DELETED = ("mandate_deleted",)
DELETED_DOCUMENT = "Deleted Document"
MISSING = tuple(f"{kind}:" for kind in (ROW_MISSING, LEAF_MISSING))
LEFT = ("Terminated", "Expired", "Deceased", "Banned", "Rejected")


def coverage(world: World) -> tuple[list[TrailCoverage], int]:
    """Steps since the trail began that no entry tells of, entries about what is not there, and how many
    documents are told of."""
    site, silent, others = world.site, [], 0
    began = _began(world)
    if began is None:
        return [], 0
    for record, step in STEPS.items():
        if not world.host.has_doctype(record):
            continue
        doctype = world.host.doctype(record)
        window: dict[str, Any] = {"creation": [(">=", began), ("<", site.now() - MAY_STILL_COME)]}
        for rows in pages(world.host, record, ("creation", "status"), window):
            named = named_in_trail(world, doctype, [str(row["name"]) for row in rows])
            others += len(named)
            silent += [_silent(record, step, row) for row in rows if row["name"] not in named]
            if record == BATCH:
                silent += _not_told(world, BATCH, rows, SENT, {"action": "batch_sent_to_bank"}, AT_THE_BANK)
        silent += _about_nothing(world, record)
    for rows in _cancelled_since(world, began):
        ended = {"process_type": "Mandate Cancellation"}
        silent += _not_told(world, MANDATE, rows, CANCELLED, ended, ("Cancelled",))
    return silent, others


def _not_told(
    world: World, record: str, rows: Sequence[Row], step: str, told: dict[str, Any], states: Sequence[str]
) -> list[TrailCoverage]:
    """Documents in one of these states of which no such entry is told."""
    wanted = [row for row in rows if row.get("status") in states]
    named = named_in_trail(world, world.host.doctype(record), [str(row["name"]) for row in wanted], **told)
    return [_silent(record, step, row) for row in wanted if row["name"] not in named]


def _cancelled_since(world: World, began: datetime) -> Iterator[list[Row]]:
    """Mandates that were cancelled on a day after the trail began, and not just now."""
    host = world.host
    if host.has_field(MANDATE, "cancelled_date") and host.has_field(MANDATE, "status"):
        asked: dict[str, Any] = {"status": "Cancelled", "cancelled_date": (">", began.date())}
        asked["modified"] = ("<", world.site.now() - MAY_STILL_COME)
        yield from pages(host, MANDATE, ("creation", "status"), asked)


def _about_nothing(world: World, record: str) -> list[TrailCoverage]:
    """Documents that entries are about, which are neither there nor known to have been deleted.

    What failed may never have been there; what was found of a document is not about its being there.
    """
    site, doctype = world.site, world.host.doctype(record)
    asked = {
        "reference_doctype": doctype,
        "reference_name": ("is", "set"),
        "compliance_status": ("!=", "Failed"),
        "process_type": ("!=", "Compliance Check"),
    }
    rows = site.get_unmatched(
        LOG, ["reference_name"], "reference_name", (doctype, "name"), asked, limit=MOST_ABOUT_NOTHING
    )
    names = sorted({str(row["reference_name"]) for row in rows})
    gone = named_in_trail(world, doctype, names, action=("in", DELETED))
    if site.has_field(DELETED_DOCUMENT, "deleted_name"):
        deleted: dict[str, Any] = {"deleted_doctype": doctype, "deleted_name": ("in", tuple(names))}
        gone |= set(site.tally(DELETED_DOCUMENT, "deleted_name", deleted)) if names else set()
    return [TrailCoverage(record, name, "", None, 1, exists=False) for name in names if name not in gone]


def _silent(record: str, step: str, row: Row) -> TrailCoverage:
    name = str(row["name"])
    return TrailCoverage(record, name, step, day(row["creation"]), 0, batch=name if record == BATCH else "")


def named_in_trail(world: World, doctype: str, names: Sequence[str], **entry: Any) -> set[str]:
    """Those of these documents that some entry is about, or one like this."""
    told = {"reference_doctype": doctype, "reference_name": ("in", tuple(names)), **entry}
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
    """What the last verification missed, mandates that collections name in vain, members kept too long."""
    known = daily_verification.last(world.site)
    missing = None
    if known is not None and known.held is not None:
        missing = sum(finding.startswith(MISSING) for finding in known.findings)
    return Retention(missing, _mandates_missing(world), _members_past_retention(world))


def _members_past_retention(world: World) -> int | None:
    """Members who left longer ago than they may be kept; None where it is not kept when somebody left."""
    host, years = world.host, world.circumstances.agreements.former_members_years
    if not host.has_doctype(MEMBER) or not host.has_field(TERMINATION, "execution_date"):
        return None
    until = datetime.combine(add_months(world.today, -12 * years), datetime.min.time())
    executed = {"status": "Executed", "execution_date": ("<", until)}
    found = 0
    for rows in pages(host, TERMINATION, ("member",), executed):
        names = sorted({str(row["member"]) for row in rows if row["member"]})
        found += sum(row.get("status") in LEFT for row in among(host, MEMBER, ("status",), "name", names))
    return found


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
