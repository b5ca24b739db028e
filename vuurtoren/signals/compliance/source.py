"""What the scan of the SEPA rules found, by batch, so that one batch is one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from vuurtoren.compliance import scanning, status
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.returned import stored as returns
from vuurtoren.compliance.rule import AREAS
from vuurtoren.health import runs
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.metrics.subject import Subject, main
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.words.words import Words

TOLD_BY_THE_TRAIL = "A03"
"""The rules of the trail tell this one themselves."""
MOST_READ = 5_000
MOST_NAMED = 10
HOUR_SECONDS = 3600
RETURNS_COUNTED_FOR = timedelta(days=30)
"""As the rules about shares of returns count."""
ENDING_WITHIN = timedelta(days=90)
PROMISES = {
    "compliance.critical": Promise(
        "findings",
        "Findings, at once",
        "Open findings of SEPA rules that must be mended before a batch goes on, by batch.",
    ),
    "compliance.high": Promise(
        "findings",
        "Findings, the same day",
        "Open findings of SEPA rules that must be mended the same day, by batch; none of a critical batch.",
    ),
    "compliance.medium": Promise(
        "findings", "Findings, this week", "Open findings of SEPA rules that the weekly digest names."
    ),
    "compliance.returns_to_do": Promise(
        "returns", "Returns to follow up", "Collections that came back and that nobody has followed up yet."
    ),
    "compliance.mandates_ending": Promise(
        "mandates",
        "Mandates about to end",
        "Mandates that end within 90 days because nothing is collected on them.",
    ),
    "compliance.rules_kept_percent": Promise(
        "%", "Rules kept", "Rules without a finding, of the rules that could be judged in the last scan."
    ),
    "compliance.scan_age_hours": Promise(
        "h", "Since the last whole scan", "How long ago every record was last judged by the SEPA rules."
    ),
}


def measure(context: Context) -> Iterable[Metric]:
    needed(context.site, stored.DOCTYPE)
    yield from context.part(_findings, "compliance.critical", "compliance.high", "compliance.medium")
    yield from context.part(_returns, "compliance.returns_to_do")
    yield from context.part(_ending, "compliance.mandates_ending")
    yield from context.part(_kept, "compliance.rules_kept_percent")
    yield from context.part(_scan, "compliance.scan_age_hours")


def _findings(context: Context) -> Iterable[Metric]:
    """Each area is reported, so that what is mended ends."""
    _scanned(context)
    fields = ["rule", "severity", "area", "batch", "said", "deadline", "amount_cents"]
    rows = stored.rows(
        context.site, {"status": stored.OPEN}, fields, order_by="opened_at desc", limit=MOST_READ
    )
    rows = [row for row in rows if row["rule"] != TOLD_BY_THE_TRAIL]
    critical = _by_batch(rows, "C")
    high = {about: some for about, some in _by_batch(rows, "H").items() if not critical.get(about)}
    for key, found in (("compliance.critical", critical), ("compliance.high", high)):
        for about in sorted({*AREAS, *critical, *high}):
            some = found.get(about, [])
            batch = _batch(context, about) if some else []
            yield context.known(
                key, len(some), evidence=_told(some), doctype=stored.DOCTYPE, subjects=batch, about=about,
                rows=_open("C" if found is critical else "H") | _about(about) if some else None,
            )  # fmt: skip
    medium = sum(row["severity"] == "M" for row in rows)
    yield context.known("compliance.medium", medium, doctype=stored.DOCTYPE, rows=_open("M"))


def _open(severity: str) -> dict[str, Any]:
    """What is counted of the open findings; that of the trail has rules of its own."""
    return {"status": stored.OPEN, "severity": severity, "rule": ("!=", TOLD_BY_THE_TRAIL)}


def _about(about: str) -> dict[str, Any]:
    """An area counts the findings that are about no batch."""
    return {"area": about, "batch": ("is", "not set")} if about in AREAS else {"batch": about}


def _batch(context: Context, about: str) -> list[Subject]:
    """The batch that findings are about; of those about returns the one that most came back from."""
    if about not in AREAS:
        return [Subject("batch", about)]
    if about != "returns" or not context.site.has_doctype(returns.DOCTYPE):
        return []
    since = (context.now - RETURNS_COUNTED_FOR).date()
    came_back = context.site.tally(returns.DOCTYPE, "batch", {"arrived_on": (">=", since)})
    return [Subject("batch", batch) for batch in main({str(key or ""): n for key, n in came_back.items()})]


def _by_batch(rows: Iterable[Mapping[str, Any]], severity: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["severity"] == severity:
            found.setdefault(str(row["batch"] or row["area"]), []).append(row)
    return found


def _told(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A line a rule: how many there are, one of them in words, and until when."""
    counted = Counter(str(row["rule"]) for row in rows)
    first = {str(row["rule"]): row for row in reversed(rows)}
    return [
        {
            "rule": rule,
            "findings": number,
            "for example": stored.in_words(first[rule]),
            "until": first[rule]["deadline"] or "–",
        }
        for rule, number in counted.most_common(MOST_NAMED)
    ]


def _returns(context: Context) -> Iterable[Metric]:
    needed(context.site, returns.DOCTYPE)
    to_do = context.site.count(returns.DOCTYPE, {"state": "To Do"})
    yield context.known("compliance.returns_to_do", to_do, doctype=returns.DOCTYPE, rows={"state": "To Do"})


def _ending(context: Context) -> Iterable[Metric]:
    """By the dates on which they end, which need no trend."""
    _scanned(context)
    today = context.now.date()
    wanted = stored.ending(today, today + ENDING_WITHIN)
    number = context.site.count(stored.DOCTYPE, wanted)
    first = context.site.get_all(
        stored.DOCTYPE, ["mandate", "deadline"], wanted, order_by="deadline", limit=MOST_NAMED
    )
    evidence = [{"mandate": row["mandate"], "ends on": row["deadline"]} for row in first]
    yield context.known(
        "compliance.mandates_ending", number, evidence=evidence, doctype=stored.DOCTYPE, rows=wanted
    )


def _kept(context: Context) -> Iterable[Metric]:
    _scanned(context)
    found = status.read(context.site)
    if not found.judged:
        raise Unavailable("no rule could be judged: the records of the association are not installed")
    evidence = [{"kept": found.kept, "judged": found.judged, "formula": Words(status.FORMULA)}]
    percent = round(100 * found.kept / found.judged, 1)
    yield context.known("compliance.rules_kept_percent", percent, evidence=evidence, doctype=stored.DOCTYPE)


def _scan(context: Context) -> Iterable[Metric]:
    needed(context.site, runs.DOCTYPE)
    last = runs.last_success(context.site, scanning.JOB)
    if last is None:
        raise Unavailable(status.NOT_SCANNED)
    age = max(0.0, (context.now - last).total_seconds() / HOUR_SECONDS)
    yield context.known("compliance.scan_age_hours", round(age, 1), doctype=stored.DOCTYPE)


def _scanned(context: Context) -> None:
    if scanning.changes_until(context.site) is None:
        raise Unavailable(status.NOT_SCANNED)


SOURCES = (Source("audit.compliance", PROMISES, measure),)
