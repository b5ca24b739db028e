"""Where errors really land: Error Log, failed scheduled jobs, and on Frappe 14 the Error Snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.failures import OWN_TITLE
from vuurtoren.privacy.redaction import redact_both_ends
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

LONGEST_JOB = timedelta(days=1)
_ERROR_TEXTS = ("method", "error", "reference_name")


@dataclass(frozen=True)
class LoggedError:
    """One error as some log has it; `when` is site time, the document is what it was about or its log row."""

    when: datetime
    title: str
    text: str
    source: str
    doctype: str
    document: str


@dataclass(frozen=True)
class ErrorSource:
    """One log table that is read in the order of `key`, its indexed time of the error.

    `window` gives the bound that keeps the other time column's index usable: Frappe indexes `modified` on
    14 and 15 and `creation` on 16, so both are always filtered. `fills` is true for the log in which every
    site has rows: where it has none, it was cleared or the site is young.
    """

    doctype: str
    key: str
    filters: Mapping[str, Any]
    window: Callable[[datetime], Mapping[str, Any]]
    skip: Callable[[Row], bool]
    glance: tuple[str, ...]
    fields: tuple[str, ...]
    read: Callable[[Site, Sequence[Row]], list[LoggedError]]
    fills: bool = False


def present(site: Site) -> list[ErrorSource]:
    """The sources that this site has."""
    return [source for source in SOURCES if site.has_doctype(source.doctype)]


def _error_logs(site: Site, rows: Sequence[Row]) -> list[LoggedError]:
    rows = [_redacted(site, row) for row in rows]
    return [
        LoggedError(
            row["creation"],
            row["method"] or "",
            row["error"] or "",
            "Error Log",
            (row["reference_name"] and row["reference_doctype"]) or "Error Log",
            (row["reference_doctype"] and row["reference_name"]) or str(row["name"]),
        )
        for row in rows
    ]


def _redacted(site: Site, row: Row) -> Row:
    """The row as it should have been stored. One that came past Frappe's documents (a bulk insert, plain SQL)
    is stored anew without what nobody may read; when it was written stays as it was."""
    shown = row | {name: redact_both_ends(row[name]) for name in _ERROR_TEXTS if row[name]}
    if shown != row:
        changed = {name: shown[name] for name in (*_ERROR_TEXTS, "modified") if row[name]}
        site.update("Error Log", str(row["name"]), changed)
    return shown


def _snapshots(_site: Site, rows: Sequence[Row]) -> list[LoggedError]:
    """Frappe 14 collects them from files once an hour, so they are as late as that."""
    return [
        LoggedError(
            row["creation"],
            f"{row['etype'] or 'Error'}: {row['evalue'] or ''}",
            row["traceback"] or "",
            "Error Snapshot",
            "Error Snapshot",
            str(row["name"]),
        )
        for row in rows
    ]


def _failed_jobs(site: Site, rows: Sequence[Row]) -> list[LoggedError]:
    names = {row["scheduled_job_type"] for row in rows if row["scheduled_job_type"]}
    types = site.get_all("Scheduled Job Type", ["name", "method"], {"name": ("in", names)}) if names else []
    methods = {row["name"]: row["method"] for row in types}
    return [
        LoggedError(
            row["modified"],
            f"Scheduled job {methods.get(row['scheduled_job_type'], row['scheduled_job_type'])} failed",
            row["details"] or "",
            "Scheduled Job Log",
            "Scheduled Job Log",
            str(row["name"]),
        )
        for row in rows
    ]


SOURCES = (
    # First, because a flood elsewhere must not hide it. A job's row is written when the job starts and is
    # changed when it fails.
    ErrorSource(
        doctype="Scheduled Job Log",
        key="modified",
        filters={"status": "Failed"},
        window=lambda since: {"creation": (">=", since - LONGEST_JOB)},
        skip=lambda row: False,
        glance=(),
        fields=("name", "modified", "scheduled_job_type", "details"),
        read=_failed_jobs,
    ),
    ErrorSource(
        doctype="Error Log",
        key="creation",
        filters={},
        window=lambda since: {"modified": (">=", since)},
        skip=lambda row: row["method"] == OWN_TITLE,
        glance=("method",),
        fields=("name", "creation", "modified", "reference_doctype", *_ERROR_TEXTS),
        read=_error_logs,
        fills=True,
    ),
    ErrorSource(
        doctype="Error Snapshot",
        key="creation",
        filters={},
        window=lambda since: {"modified": (">=", since)},
        skip=lambda row: False,
        glance=(),
        fields=("name", "creation", "etype", "evalue", "traceback"),
        read=_snapshots,
    ),
)
