"""The audit trail's own health: refused, sealed, verified, handed out; silence about it is not green."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from vuurtoren.audit.adoption.adoption import trail_began
from vuurtoren.audit.anchors import checkpoint_publishing
from vuurtoren.audit.recording import spool
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import LONGEST_TRANSACTION
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.search import summary
from vuurtoren.audit.verification import daily_verification
from vuurtoren.health import runs
from vuurtoren.host_records.names import BATCH, MANDATE
from vuurtoren.host_records.records import HostRecords
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.site.errors import Unavailable

GUARD_KEEP_SECONDS = 900
COVERAGE_KEEP_SECONDS = 3600
MOST_COUNTED = 1000
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MAY_STILL_COME = timedelta(minutes=10)
"""How long an entry may wait in the spool before its absence is one."""
WATCHED = (MANDATE, BATCH)
MOST_NAMED = 20
NOTHING_YET = "the trail holds no event yet"
GUARD_PROMISES = {
    "audit.guard_intact": Promise(
        "yes/no",
        "Database refuses changes",
        "Whether the database itself refuses changes of the audit trail.",
    ),
}
PROMISES = {
    "audit.seal_lag_seconds": Promise(
        "s", "Longest wait for a seal", "How long the oldest entry without a seal has waited for it."
    ),
    "audit.unsealed": Promise(
        "events", "Entries not yet sealed", "Entries of the last day that no seal protects yet."
    ),
    "audit.spool_waiting": Promise(
        "events",
        "Entries waiting in the spool",
        "Entries that the database did not take and that wait beside it.",
    ),
    "audit.last_anchor_age_hours": Promise(
        "h",
        "Without a checkpoint outside",
        "How long nobody outside was handed a checkpoint; where nobody ever was, since the first entry.",
    ),
    "audit.last_verification_age_hours": Promise(
        "h", "Since the last verification", "How long ago the whole trail was last verified."
    ),
    "audit.verification_ok": Promise(
        "yes/no", "Trail as it was sealed", "Whether the last verification found the trail as it was sealed."
    ),
}
SILENCE_PROMISES = {
    "audit.documents_without_entry": Promise(
        "documents",
        "SEPA documents that no entry names",
        "Mandates and batches of the last day that no audit entry names.",
    ),
}
COVERAGE_PROMISES = {
    "audit.mandates_covered_percent": Promise(
        "%",
        "Mandates with an audited creation",
        "How many of the mandates since the trail began have an entry of their making.",
    ),
}


def measure_guard(context: Context) -> Iterable[Metric]:
    """Whether the database itself refuses changes; what is missing is the evidence."""
    needed(context.site, LOG)
    missing = append_only_guard.missing(context.site)
    evidence = [{"missing": missing}] if missing else []
    yield context.known("audit.guard_intact", not missing, evidence=evidence, doctype=LOG)


def measure_audit(context: Context) -> Iterable[Metric]:
    yield from context.part(_seals, "audit.seal_lag_seconds", "audit.unsealed")
    yield from context.part(_spool, "audit.spool_waiting")
    yield from context.part(_anchors, "audit.last_anchor_age_hours")
    yield from context.part(_verification, "audit.last_verification_age_hours", "audit.verification_ok")


def _seals(context: Context) -> Iterable[Metric]:
    """Events without a leaf; an older transaction than a day is found by the daily sweep."""
    needed(context.site, LOG)
    needed(context.site, LEAF)
    recent = {"creation": (">=", context.now - LONGEST_TRANSACTION)}
    rows = context.site.get_unmatched(
        LOG, ["creation"], "event_id", (LEAF, "event"), recent, order_by="creation", limit=MOST_COUNTED
    )
    oldest: datetime = rows[0]["creation"] if rows else context.now
    capped = [{"at least": MOST_COUNTED}] if len(rows) == MOST_COUNTED else []
    yield context.known("audit.unsealed", len(rows), evidence=capped, doctype=LOG)
    lag_seconds = max(0.0, (context.now - oldest).total_seconds())
    yield context.known("audit.seal_lag_seconds", round(lag_seconds), doctype=LOG)


def _spool(context: Context) -> Iterable[Metric]:
    yield context.known("audit.spool_waiting", len(spool.waiting(context.site)))


def _anchors(context: Context) -> Iterable[Metric]:
    """Hours since somebody outside was given a checkpoint; never given counts from the first event on."""
    needed(context.site, CHECKPOINT)
    since, evidence = checkpoint_publishing.last_outside(context.site), []
    if since is None:
        since = _first_event(context)
        evidence = [{"handed out": "never to anybody outside; counted from the first event"}]
    key = "audit.last_anchor_age_hours"
    yield context.known(key, _hours(context, since), evidence=evidence, doctype=CHECKPOINT)


def _verification(context: Context) -> Iterable[Metric]:
    needed(context.site, CHECKPOINT)
    needed(context.site, runs.DOCTYPE)
    last = daily_verification.last(context.site)
    if last is None:
        _first_event(context)
        raise Unavailable("the trail has not been verified yet")
    yield context.known("audit.last_verification_age_hours", _hours(context, last.at), doctype=CHECKPOINT)
    evidence = [{"answer": last.answer}, *({"found": each} for each in last.findings)]
    if last.held is None:
        raise Unavailable(last.answer)
    yield context.known("audit.verification_ok", last.held, evidence=evidence, doctype=CHECKPOINT)


def measure_silence(context: Context) -> Iterable[Metric]:
    """Mandates and batches of the last day that no entry names, since the monitor runs on this site."""
    site, host = context.site, context.host
    needed(site, LOG)
    watched = [record for record in WATCHED if host.has_doctype(record)]
    if not watched:
        raise Unavailable("no SEPA document of the association's app is installed on this site")
    first_tick = site.get(runs.DOCTYPE, "tick")
    if first_tick is None:
        raise Unavailable("the monitor has not run yet")
    window = [(">=", max(context.now - DAY, first_tick["creation"])), ("<", context.now - MAY_STILL_COME)]
    silent = [
        {"doctype": host.doctype(record), "name": name}
        for record in watched
        for name in _unnamed(host, record, window)
    ]
    key = "audit.documents_without_entry"
    yield context.known(key, len(silent), evidence=silent[:MOST_NAMED], doctype=LOG)


def _unnamed(host: HostRecords, record: str, created: list[tuple[str, datetime]]) -> list[str]:
    rows = host.get_all(record, ["name"], {"creation": created}, order_by="creation desc", limit=MOST_COUNTED)
    names = [row["name"] for row in rows]
    told = {"reference_doctype": host.doctype(record), "reference_name": ("in", names)}
    known = set(host.site.tally(LOG, "reference_name", told)) if names else set()
    return [name for name in names if name not in known]


def measure_coverage(context: Context) -> Iterable[Metric]:
    """Mandates whose creation the trail holds, of those created since it began; the evidence counts them."""
    needed(context.site, LOG)
    rate = summary.compliance_rate(context.site)
    if rate.percent is None:
        raise Unavailable(rate.reason)
    evidence = [{"audited": rate.audited, "mandates": rate.mandates, "since": rate.since}]
    yield context.known("audit.mandates_covered_percent", rate.percent, evidence=evidence, doctype=LOG)


def _first_event(context: Context) -> datetime:
    needed(context.site, LOG)
    first = context.site.get_all(LOG, ["timestamp"], order_by="timestamp", limit=1)
    if not first:
        raise Unavailable(NOTHING_YET)
    moment: datetime = first[0]["timestamp"]
    return max(moment, trail_began(context.site) or moment)


def _hours(context: Context, since: datetime) -> float:
    return round(max(0.0, (context.now - since) / HOUR), 1)


SOURCES = (
    Source("audit.guard", GUARD_PROMISES, measure_guard, keep_seconds=GUARD_KEEP_SECONDS),
    Source("audit.trail", PROMISES, measure_audit),
    Source("audit.silence", SILENCE_PROMISES, measure_silence),
    Source(
        "audit.coverage",
        COVERAGE_PROMISES,
        measure_coverage,
        keep_seconds=COVERAGE_KEEP_SECONDS,
    ),
)
