"""What works behind the scenes: scheduler, queues, mail and backups, and what makes the site unsafe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verenigingen.dashboard.facts import Facts, worst
from verenigingen.dashboard.parts import Panel, Panels, Reading

ROWS_SHOWN = 6


def build(facts: Facts) -> Panels:
    return Panels((_scheduler(facts), _queues(facts), _mail(facts), _backups(facts), _safety(facts)))


def _panel(
    key: str, title: str, said: str, main: Sequence[Reading], readings: Sequence[Reading], **table: Any
) -> Panel:
    """`said` is about the `main` readings: where one of them is unknown, so is the panel."""
    said_level = worst(reading.level for reading in main)
    level = worst([said_level, *(reading.level for reading in readings if reading.value is not None)])
    return Panel(key, title, level, said, said_level, tuple(readings), **table)


def _scheduler(facts: Facts) -> Panel:
    _ = facts.site.translate
    enabled = facts.reading("scheduler.enabled")
    dormant = facts.reading("scheduler.dormant")
    started = facts.reading("scheduler.last_execution_age_seconds")
    readings = [
        started,
        facts.reading("jobs.failed_last_hour"),
        failed := facts.reading("jobs.failed_last_day"),
        facts.reading("jobs.stuck"),
        facts.reading("jobs.finished_today"),
    ]
    said = _first_reason(enabled, dormant) or _("The scheduler is on.")
    columns, rows = (_("Failed job"), _("Times")), _table(failed.evidence, "method", "failed in a day")
    return _panel("scheduler", _("Scheduler"), said, (enabled, dormant), readings, columns=columns, rows=rows)


def _first_reason(*judged: Reading) -> str:
    """Why a yes-or-no reading is not as it should be, or is not known."""
    for reading in judged:
        if reading.value is None:
            return reading.reason
        if reading.level not in ("ok", "plain"):
            return "; ".join(str(row.get("because", "")) for row in reading.evidence) or reading.label
    return ""


def _queues(facts: Facts) -> Panel:
    _ = facts.site.translate
    depth, workers = facts.reading("queues.depth"), facts.reading("workers.count")
    names = [dict(metric.labels)["queue"] for metric in facts.snapshot.all("queue.depth") if metric.labels]
    late = [reading for name in names for reading in _breached(facts, name)]
    well = _("{0} workers serve {1} queues.").format(facts.formats.text(workers.value), len(names))
    return _panel(
        "queues",
        _("Queues"),
        depth.reason or workers.reason or "; ".join(reading.label for reading in late) or well,
        (depth, workers, *late),
        [depth, facts.reading("queues.oldest_seconds"), facts.reading("queues.failed"), workers],
        columns=(_("Queue"), _("Waiting"), _("Oldest")) if names else (),
        rows=tuple(_queue_row(facts, name) for name in names),
    )


def _breached(facts: Facts, queue: str) -> list[Reading]:
    """The rules of one queue that are breached, each labelled with a sentence."""
    _ = facts.site.translate
    too_many, too_long = _("Too many jobs wait in {0}"), _("A job waits too long in {0}")
    depth = facts.reading("queue.depth", title=too_many.format(queue), queue=queue)
    oldest = facts.reading("queue.oldest_seconds", title=too_long.format(queue), queue=queue)
    return [reading for reading in (depth, oldest) if reading.level not in ("ok", "plain", "unknown")]


def _queue_row(facts: Facts, queue: str) -> tuple[str, ...]:
    depth = facts.snapshot.get("queue.depth", queue=queue)
    oldest = facts.snapshot.get("queue.oldest_seconds", queue=queue)
    waited = facts.formats.text(oldest.value, "s") if depth.value else "–"
    return queue, facts.formats.text(depth.value), waited


def _mail(facts: Facts) -> Panel:
    _ = facts.site.translate
    can_send = facts.reading("mail.can_send")
    keys = ("mail.waiting", "mail.oldest_waiting_seconds", "mail.failed_last_day", "mail.stuck_sending")
    account = next((str(row["account"]) for row in can_send.evidence if "account" in row), "")
    said = _first_reason(can_send) or (
        _("Mail leaves by {0}.").format(account) if account else _("Mail can leave.")
    )
    return _panel("mail", _("Mail queue"), said, (can_send,), [facts.reading(key) for key in keys])


def _backups(facts: Facts) -> Panel:
    _ = facts.site.translate
    age, size = facts.reading("backup.age_hours"), facts.reading("backup.size_bytes")
    newest = next((str(row["file"]) for row in age.evidence if "file" in row), "")
    said = age.reason or (_("The newest is {0}.").format(newest) if newest else _("There is a backup."))
    return _panel("backups", _("Backups"), said, (age,), [age, size] if age.value is not None else [])


def _safety(facts: Facts) -> Panel:
    _ = facts.site.translate
    dangers = facts.reading("safety.dangerous_settings")
    keys = ("logins.failed_last_day", "migrations.pending", "certificate.days_left")
    rows = _table(dangers.evidence, "setting", "value", "effect")
    found = _("A dangerous setting in the site configuration:") if rows else _("No dangerous setting.")
    return _panel(
        "safety",
        _("Safety"),
        dangers.reason or found,
        (dangers,),
        [facts.reading(key) for key in keys],
        columns=(_("Setting"), _("Value"), _("Effect")) if rows else (),
        rows=rows,
    )


def _table(evidence: Sequence[Mapping[str, Any]], *columns: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(row[column]) for column in columns) for row in evidence[:ROWS_SHOWN])
