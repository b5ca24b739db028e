"""What works behind the scenes: scheduler, queues, mail and backups, and what makes the site unsafe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from verenigingen.dashboard.facts import Facts, worst
from verenigingen.dashboard.parts import Panel, Panels, Reading

ROWS_SHOWN = 6


def build(facts: Facts) -> Panels:
    return Panels((_scheduler(facts), _queues(facts), _mail(facts), _backups(facts), _safety(facts)))


def _panel(
    key: str, title: str, said: str, readings: Sequence[Reading], main: Sequence[Reading], **more: Any
) -> Panel:
    """`main` readings say what the panel is about: where one is unknown, the panel is."""
    level = worst([reading.level for reading in (*readings, *main) if reading.level != "unknown"])
    if any(reading.value is None for reading in main) and level in ("ok", "notice"):
        level = "unknown"
    return Panel(key, title, level, said, tuple(readings), **more)


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
    columns, rows = (_("Failed job"), _("Times")), _table(failed.evidence, "method", "failed")
    return _panel("scheduler", _("Scheduler"), said, readings, (enabled, dormant), columns=columns, rows=rows)


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
    queues = facts.snapshot.all("queue.depth")
    names = [dict(metric.labels)["queue"] for metric in queues if metric.labels]
    well = _("{0} workers serve {1} queues.").format(facts.formats.text(workers.value), len(names))
    panel = _panel(
        "queues",
        _("Queues"),
        depth.reason or workers.reason or well,
        [depth, facts.reading("queues.oldest_seconds"), facts.reading("queues.failed"), workers],
        (depth, workers),
        columns=(_("Queue"), _("Waiting"), _("Oldest")),
        rows=tuple(_queue_row(facts, name) for name in names),
    )
    per_queue = worst(facts.read(metric).level for metric in queues if metric.known)
    return replace(panel, level=per_queue) if panel.level == "ok" else panel


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
    return _panel("mail", _("Mail queue"), said, [facts.reading(key) for key in keys], (can_send,))


def _backups(facts: Facts) -> Panel:
    _ = facts.site.translate
    age, size = facts.reading("backup.age_hours"), facts.reading("backup.size_bytes")
    newest = next((str(row["file"]) for row in age.evidence if "file" in row), "")
    said = age.reason or (_("The newest is {0}.").format(newest) if newest else _("There is a backup."))
    return _panel("backups", _("Backups"), said, [age, size] if age.value is not None else [], (age,))


def _safety(facts: Facts) -> Panel:
    _ = facts.site.translate
    dangers = facts.reading("safety.dangerous_settings")
    keys = ("logins.failed_last_day", "migrations.pending", "certificate.days_left")
    rows = _table(dangers.evidence, "setting", "value", "effect")
    said = dangers.reason or (
        _("{0} dangerous settings in the site configuration.").format(len(dangers.evidence))
        if dangers.value
        else _("No dangerous setting in the site configuration.")
    )
    return _panel(
        "safety", _("Safety"), said, [facts.reading(key) for key in keys], (dangers,),
        columns=(_("Setting"), _("Value"), _("Effect")) if rows else (), rows=rows,
    )  # fmt: skip


def _table(evidence: Sequence[Mapping[str, Any]], *columns: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(row.get(column, "")) for column in columns) for row in evidence[:ROWS_SHOWN])
