"""Every scheduled job: when it last ran, how often it failed, and the newest failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from vuurtoren.pages.charts.spark import spark_bars
from vuurtoren.pages.facts import Facts
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import Row
from vuurtoren.site.words.plurals import plural

DAYS = 90
READ = 5_000
NEWEST = 10


@dataclass(frozen=True)
class JobRow:
    """One scheduled job; its bars are its failures of each of ninety days."""

    method: str
    stopped: bool
    last: datetime | None
    failed: int
    bars: Markup
    href: str


@dataclass(frozen=True)
class Failure:
    """One run that failed, and how it ended."""

    at: datetime
    method: str
    said: str
    href: str


@dataclass(frozen=True)
class Jobs:
    """Those that fail first, then by name."""

    rows: tuple[JobRow, ...]
    failures: tuple[Failure, ...]


def jobs(facts: Facts) -> Jobs:
    site = facts.site
    if not facts.has("Scheduled Job Type"):
        raise Unavailable(facts.translate("This site keeps no list of scheduled jobs."))
    types = site.get_all(
        "Scheduled Job Type", ["name", "method", "stopped", "last_execution"], order_by="method"
    )
    first = facts.now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    window = {"status": "Failed", "creation": (">=", first)}
    failed = (
        site.get_all("Scheduled Job Log", ["name", "scheduled_job_type", "creation"], window,
                     order_by="creation desc", limit=READ)
        if facts.has("Scheduled Job Log") else []
    )  # fmt: skip
    methods = {str(row["name"]): str(row["method"]) for row in types}
    rows = [
        _job(facts, row, [each for each in failed if each["scheduled_job_type"] == row["name"]], first)
        for row in types
    ]
    return Jobs(
        tuple(sorted(rows, key=lambda row: (-row.failed, row.method))),
        tuple(_failure(facts, row, methods) for row in _details(facts, failed[:NEWEST])),
    )


def _job(facts: Facts, row: Row, failed: list[Row], first: datetime) -> JobRow:
    by_day = [0] * DAYS
    for each in failed:
        by_day[min(max((each["creation"] - first).days, 0), DAYS - 1)] += 1
    said = plural(facts.translate, len(failed), "1 failure in 90 days", "{0} failures in 90 days").format(
        len(failed)
    )
    return JobRow(
        str(row["method"]), bool(row["stopped"]), row["last_execution"], len(failed),
        spark_bars(by_day, said, ["critical"] * DAYS) if failed else Markup(),
        facts.form_href("Scheduled Job Type", str(row["name"])),
    )  # fmt: skip


def _details(facts: Facts, rows: list[Row]) -> list[Row]:
    names = [row["name"] for row in rows]
    if not names:
        return []
    fields = ["name", "scheduled_job_type", "creation", "details"]
    return facts.site.get_all(
        "Scheduled Job Log", fields, {"name": ("in", names)}, order_by="creation desc", longest=4000
    )


def _failure(facts: Facts, row: Row, methods: dict[str, str]) -> Failure:
    lines = [line for line in str(row["details"] or "").splitlines() if line.strip()]
    return Failure(
        row["creation"], methods.get(str(row["scheduled_job_type"]), str(row["scheduled_job_type"])),
        lines[-1].strip() if lines else "", facts.form_href("Scheduled Job Log", str(row["name"])),
    )  # fmt: skip
