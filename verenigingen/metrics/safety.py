"""What makes a site unsafe without an error: old backups, patches not run, settings, refused log-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from verenigingen.metrics.documents import needed
from verenigingen.metrics.metric import Metric
from verenigingen.metrics.source import Context, Source
from verenigingen.metrics.windows import written_since
from verenigingen.site.errors import Unavailable

DAY = timedelta(days=1)
SHOWN_PATCHES = 10
BACKUP_PROMISES = {"backup.count": "backups", "backup.age_hours": "h", "backup.size_bytes": "bytes"}


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
    # As text the value has no effect; as a number every answer carries every SQL statement with its values.
    Danger(
        "logging",
        lambda value: isinstance(value, int) and value >= 2,
        "every visitor's answer carries every SQL statement with its values",
    ),
    Danger("developer_mode", _is_on, "tracebacks and schema changes are open in the browser"),
    Danger("mute_emails", _is_on, "mail is thrown away without a sign"),
    Danger("server_script_enabled", _is_on, "a System Manager can run Python on the server"),
    Danger("allow_tests", _is_on, "a test run may change or delete the site's data"),
    Danger("ignore_csrf", _is_on, "a foreign page can act in the name of a logged-in user"),
    Danger("allow_cors", lambda value: value == "*", "every website may read answers of this site"),
    Danger(
        "monitor",
        lambda value: not _is_on(value),
        "Frappe keeps no request log, so slow and failing requests go unseen",
        in_bench_only=True,
    ),
)


def measure_settings(context: Context) -> Iterable[Metric]:
    in_bench = context.site.platform.startswith("Frappe")
    found = []
    for danger in DANGERS:
        value = context.site.conf(danger.key)
        if danger.dangerous(value) and (in_bench or not danger.in_bench_only):
            shown = "not set" if value is None else value
            found.append({"setting": danger.key, "value": shown, "effect": danger.effect})
    yield context.known("safety.dangerous_settings", len(found), evidence=found)


def measure_backups(context: Context) -> Iterable[Metric]:
    state = context.site.backups()
    yield context.known("backup.count", state.count)
    if state.written_at_utc is None:
        raise Unavailable(f"there is no database backup in {state.directory}")
    age_hours = (context.site.now_utc() - state.written_at_utc) / timedelta(hours=1)
    evidence = [{"file": state.newest, "written": context.site.from_utc(state.written_at_utc)}]
    yield context.known("backup.age_hours", round(age_hours, 2), evidence=evidence)
    yield context.known("backup.size_bytes", state.size_bytes, evidence=evidence)


def measure_migrations(context: Context) -> Iterable[Metric]:
    patches = context.site.pending_migrations()
    evidence = [{"patch": patch} for patch in patches[:SHOWN_PATCHES]]
    yield context.known("migrations.pending", len(patches), evidence=evidence)


def measure_logins(context: Context) -> Iterable[Metric]:
    needed(context.site, "Activity Log")
    failed = {"operation": "Login", "status": "Failed"} | written_since(context.now - DAY)
    refused = context.site.count("Activity Log", failed)
    yield context.known("logins.failed_last_day", refused, doctype="Activity Log")


SOURCES = (
    Source("safety.settings", {"safety.dangerous_settings": "settings"}, measure_settings),
    Source("safety.backups", BACKUP_PROMISES, measure_backups, keep_seconds=300),
    Source("safety.migrations", {"migrations.pending": "patches"}, measure_migrations, keep_seconds=900),
    Source("safety.logins", {"logins.failed_last_day": "log-ins"}, measure_logins, keep_seconds=60),
)
