"""What makes a site unsafe without an error: old backups, patches not run, settings, refused log-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import disk_usage
from typing import Any

from vuurtoren.audit.key_files import open_key_files
from vuurtoren.metrics.documents import needed
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.metrics.subject import Subject, function
from vuurtoren.metrics.windows import written_since
from vuurtoren.signals.safety import backup_files
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import in_bench
from vuurtoren.site.values import BackupFile, BackupState
from vuurtoren.site.words.words import Words, said

DAY = timedelta(days=1)
SHOWN_PATCHES = 10
SHOWN_FILES = 20
JOB_TYPE = "Scheduled Job Type"
MOST_JOBS = 500
JUDGED = "backups that were judged"
MOST_PERCENT = 1000.0
JUDGED_AT_MOST = 5
"""So many of the newest files are looked into for one that is a backup."""
SETTINGS_PROMISES = {
    "safety.dangerous_settings": Promise(
        "settings",
        "Dangerous settings",
        "Settings of the configuration that should not be there in production.",
    ),
}
FILE_PROMISES = {
    "safety.open_key_files": Promise(
        "files",
        "Files with keys that others may read",
        "The configuration of the site, and its copies beside the backups, where other accounts of this"
        " machine may read keys of the audit trail in them.",
    ),
}
BACKUP_PROMISES = {
    "backup.unusable": Promise(
        "files",
        "Backups that are none",
        "Files newer than the newest backup that are broken, empty, or far smaller than those before them.",
    ),
    "backup.count": Promise(
        "backups", "Backups on this machine", "How many backups of the database lie on this machine."
    ),
    "backup.age_hours": Promise(
        "h", "Age of the newest backup", "How long ago the newest backup of the database was written."
    ),
    "backup.size_bytes": Promise(
        "bytes", "Size of the newest backup", "How large the newest backup of the database is."
    ),
    "backup.room_percent": Promise(
        "%",
        "Newest backup, of the free disk",
        "How much of the free disk where backups lie another backup of this size would take.",
    ),
}
MIGRATION_PROMISES = {
    "migrations.pending": Promise(
        "patches", "Patches not run", "Patches of the installed apps that have not run on this site."
    ),
}
LOGIN_PROMISES = {
    "logins.failed_last_day": Promise(
        "log-ins", "Failed log-ins, last day", "How many log-ins were refused in the last 24 hours."
    ),
}


@dataclass(frozen=True)
class Danger:
    """A key of the site configuration, when it is dangerous, and what it does then."""

    key: str
    dangerous: Callable[[Any], bool]
    effect: str
    in_bench_only: bool = False


def _is_on(value: Any) -> bool:
    return value not in (None, "", 0, "0", False, "false")


DANGERS = (
    # `bench set-config` stores text, whose effect is another one than that of the number.
    Danger(
        "logging",
        lambda value: isinstance(value, int) and value >= 2,
        Words("every visitor's answer carries every SQL statement with its values"),
    ),
    Danger(
        "logging",
        lambda value: isinstance(value, str) and value.strip().isdigit() and int(value) >= 2,
        Words("answers about what is not found carry a traceback, and on Frappe 14 debug messages"),
    ),
    Danger("developer_mode", _is_on, Words("tracebacks and schema changes are open in the browser")),
    Danger("mute_emails", _is_on, Words("mail is thrown away without a sign")),
    Danger("server_script_enabled", _is_on, Words("a System Manager can run Python on the server")),
    Danger("allow_tests", _is_on, Words("a test run may change or delete the site's data")),
    Danger("ignore_csrf", _is_on, Words("a foreign page can act in the name of a logged-in user")),
    Danger("allow_cors", lambda value: value == "*", Words("every website may read answers of this site")),
    Danger(
        "monitor",
        lambda value: not _is_on(value),
        Words("Frappe keeps no request log, so slow and failing requests go unseen"),
        in_bench_only=True,
    ),
)


def measure_settings(context: Context) -> Iterable[Metric]:
    found = []
    for danger in DANGERS:
        value = context.site.conf(danger.key)
        if danger.dangerous(value) and (in_bench(context.site) or not danger.in_bench_only):
            shown = Words("not set") if value is None else value
            found.append({"setting": danger.key, "value": shown, "effect": danger.effect})
    yield context.known("safety.dangerous_settings", len(found), evidence=found)


def measure_key_files(context: Context) -> Iterable[Metric]:
    found = open_key_files(context.site)
    rows = [{"file": str(file.path), "mode": file.mode, "mend": file.command} for file in found]
    yield context.known("safety.open_key_files", len(found), evidence=rows[:SHOWN_FILES])


def measure_backups(context: Context) -> Iterable[Metric]:
    """What is no backup is not counted, and makes no other one younger."""
    state = context.site.backups()
    none = _unusable(context, state)
    told = [{"file": name, "because": because} for name, because in none.items()]
    yield context.known("backup.unusable", len(none), evidence=told)
    yield context.known("backup.count", state.count - len(none))
    newest = next((each for each in state.files if each.name not in none), None)
    if none and newest is None:
        each = [Words("{0} is no backup: {1}", *pair).said(context.site.translate) for pair in none.items()]
        raise Unavailable("; ".join(each))
    if newest is None:
        if state.written_at_utc is None:
            raise Unavailable("there is no database backup in {0}", state.directory)
        newest = BackupFile(state.newest, state.written_at_utc, state.size_bytes)
    age_hours = (context.site.now_utc() - newest.written_at_utc) / timedelta(hours=1)
    evidence = [{"file": newest.name, "written": context.site.from_utc(newest.written_at_utc)}]
    about = _backup_jobs(context)
    yield context.known("backup.age_hours", round(age_hours, 2), evidence=evidence, subjects=about)
    yield context.known("backup.size_bytes", newest.size_bytes, evidence=evidence)
    yield from context.part(partial(_room, directory=state.directory, newest=newest), "backup.room_percent")


def _room(context: Context, *, directory: str, newest: BackupFile) -> Iterable[Metric]:
    """Above 100 percent the next backup does not fit."""
    try:
        free = disk_usage(directory).free
    except OSError as refused:
        raise Unavailable("the disk of {0} cannot be read: {1}", directory, refused) from refused
    percent = 100 * newest.size_bytes / free if free else MOST_PERCENT
    evidence = [{"bytes of the newest backup": newest.size_bytes, "bytes free": free}]
    yield context.known("backup.room_percent", round(min(percent, MOST_PERCENT), 1), evidence=evidence)


def _backup_jobs(context: Context) -> list[Subject]:
    """The scheduled jobs that take or carry away backups, by their names."""
    if not context.site.has_doctype(JOB_TYPE):
        return []
    methods = (
        str(row["method"] or "") for row in context.site.get_all(JOB_TYPE, ["method"], {}, limit=MOST_JOBS)
    )
    return [function(method) for method in methods if "backup" in method and "delete" not in method]


def _unusable(context: Context, state: BackupState) -> dict[str, str]:
    """The newest files that are no backups, and why, up to the first that is one."""
    kept = context.kept.get(JUDGED)
    known = kept if isinstance(kept, dict) else {}
    none: dict[str, str] = {}
    judged: dict[str, str] = {}
    for place, file in enumerate(state.files[:JUDGED_AT_MOST]):
        key = f"{file.name} {file.written_at_utc.isoformat()} {file.size_bytes}"
        known_as = known.get(key)
        judged[key] = known_as if isinstance(known_as, str) else _content_problem(context, file.name)
        earlier = [each.size_bytes for each in state.files[place + 1 :]]
        because = judged[key] or said(
            backup_files.size_problem(file.size_bytes, earlier), context.site.translate
        )
        if not because:
            break
        none[file.name] = because
    if judged != known:
        context.kept.put(JUDGED, judged)
    return none


def _content_problem(context: Context, name: str) -> str:
    path = Path(context.site.backups().directory) / name
    try:
        return said(backup_files.gzip_problem(path), context.site.translate)
    except OSError:
        return ""  # whoever may not read a backup can still say how old it is


def measure_migrations(context: Context) -> Iterable[Metric]:
    patches = context.site.pending_migrations()
    evidence = [{"patch": patch} for patch in patches[:SHOWN_PATCHES]]
    yield context.known("migrations.pending", len(patches), evidence=evidence)


def measure_logins(context: Context) -> Iterable[Metric]:
    needed(context.site, "Activity Log")
    failed = {"operation": "Login", "status": "Failed"} | written_since(context.now - DAY)
    refused = context.site.count("Activity Log", failed)
    yield context.known("logins.failed_last_day", refused, doctype="Activity Log", rows=failed)


SOURCES = (
    Source("safety.settings", SETTINGS_PROMISES, measure_settings),
    Source("safety.key_files", FILE_PROMISES, measure_key_files, keep_seconds=300),
    Source("safety.backups", BACKUP_PROMISES, measure_backups, keep_seconds=300),
    Source("safety.migrations", MIGRATION_PROMISES, measure_migrations, keep_seconds=900),
    Source("safety.logins", LOGIN_PROMISES, measure_logins, keep_seconds=60),
)
