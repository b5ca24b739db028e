"""What errors are about: their kind, the job or page that they begin in, the document that they name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from vuurtoren.error_kinds.kinds import DOCTYPE, OTHER, hour_key, hours_of
from vuurtoren.error_kinds.reading.tracebacks import read
from vuurtoren.error_kinds.reading.whose_code import entry
from vuurtoren.metrics import subject
from vuurtoren.metrics.source import Context
from vuurtoren.metrics.subject import Subject
from vuurtoren.site.protocol import Site
from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.values import Row

KEPT = "what most errors are about"
MOST_READ = 200
"""So many kinds with the newest errors are asked which of them make up a rate."""
JOB_LOG, JOB_TYPE = "Scheduled Job Log", "Scheduled Job Type"
LOGS = ("Error Log", JOB_LOG, "Error Snapshot")
_FIELDS = ("name", "title", "first_seen", "example", "last_doctype", "last_document")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")


def most_of(context: Context, since: Sequence[datetime]) -> dict[datetime, tuple[Subject, ...]]:
    """By each moment, what makes up at least half of the errors since then, to the hour.

    It is used again within this process until an error of any kind is counted or an hour ends.
    """
    if not context.site.has_doctype(DOCTYPE):
        return {}
    newest = context.site.get_all(DOCTYPE, ["name", "last_seen"], order_by="last_seen desc", limit=1)
    as_of = [*map(hour_key, since), *(f"{row['name']} {row['last_seen']}" for row in newest)]
    kept = context.kept.get(KEPT)
    if not isinstance(kept, dict) or kept.get("as of") != as_of:
        found = _most_of(context.site, since)
        kept = {"as of": as_of, "about": [[each.as_plain() for each in found[moment]] for moment in since]}
        context.kept.put(KEPT, kept, in_file=False)
    return {
        moment: tuple(map(Subject.from_plain, about))
        for moment, about in zip(since, kept["about"], strict=True)
    }


def _most_of(site: Site, since: Sequence[datetime]) -> dict[datetime, tuple[Subject, ...]]:
    rows = site.get_all(
        DOCTYPE,
        ["name", "hours"],
        {"last_seen": (">=", min(since))},
        order_by="last_seen desc",
        limit=MOST_READ,
    )
    counted = {row["name"]: hours_of(row, hour_key(min(since))) for row in rows}
    chosen = {}
    for moment in since:
        first = hour_key(moment)
        errors = {
            name: sum(number for hour, number in hours.items() if hour >= first)
            for name, hours in counted.items()
        }
        chosen[moment] = subject.main(errors)
    known = of_kinds(site, {name for names in chosen.values() for name in names})
    return {
        moment: tuple(each for name in names for each in known.get(name, ()))
        for moment, names in chosen.items()
    }


def of_kinds(site: Site, names: Collection[str]) -> dict[str, tuple[Subject, ...]]:
    """What each of these kinds is about; "the rest together" is about nothing."""
    wanted = sorted(set(names) - {OTHER.key})
    rows = site.get_all(DOCTYPE, _FIELDS, {"name": ("in", wanted)}) if wanted else []
    logged = _logged_under(site, rows)
    return {row["name"]: tuple(_of(row, logged.get(row["name"], ""))) for row in rows}


def _of(row: Row, logged_under: str) -> Iterator[Subject]:
    """All of it is known since the kind is: what was wrong before does not come from there."""
    found = [Subject("error kind", str(row["name"]), str(row["title"] or ""))]
    begins = (subject.place(entry(raised.frames)) for raised in read(row["example"] or ""))
    found += [place for place in begins if place]
    if _DOTTED.fullmatch(logged_under):
        found.append(subject.function(logged_under))
    if row["last_document"] and row["last_doctype"] not in LOGS:
        found.append(Subject("document", str(row["last_document"])[:SHORT_TEXT_LENGTH]))
    yield from (replace(each, since=row["first_seen"]) for each in found)


def _logged_under(site: Site, rows: Collection[Row]) -> dict[str, str]:
    """Of each kind, the method that its newest error was logged under: often the job itself."""
    jobs = _newest(site, rows, JOB_LOG, "scheduled_job_type")
    methods: dict[str, str] = {}
    if jobs and site.has_doctype(JOB_TYPE):
        types = site.get_all(JOB_TYPE, ["name", "method"], {"name": ("in", sorted(set(jobs.values())))})
        methods = {str(row["name"]): str(row["method"] or "") for row in types}
    of_jobs = {kind: methods.get(job, job) for kind, job in jobs.items()}
    return _newest(site, rows, "Error Log", "method") | of_jobs


def _newest(site: Site, rows: Collection[Row], log: str, field: str) -> dict[str, str]:
    """By kind, a field of the row of that log which its newest error is."""
    of_log = {str(row["last_document"]): str(row["name"]) for row in rows if row["last_doctype"] == log}
    if not of_log or not site.has_doctype(log):
        return {}
    written = site.get_all(log, ["name", field], {"name": ("in", sorted(of_log))})
    return {of_log[str(row["name"])]: str(row[field] or "") for row in written}
