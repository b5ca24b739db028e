"""What a fault is about, as far as a change could touch it: from error kinds, subjects and the metric."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from vuurtoren.changes.suspects import LOOKS_BACK, Fault
from vuurtoren.error_kinds.kinds import DOCTYPE as KIND
from vuurtoren.metrics.subject import Subject
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

TOPICS: Mapping[str, tuple[str, ...]] = {
    "mail": (
        *("mail_server", "mail_port", "mail_login", "mail_password", "use_tls", "use_ssl", "mute_emails"),
        *("auto_email_id", "always_use_account_email_id_as_sender"),
    ),
    "scheduler": ("pause_scheduler", "disable_scheduler", "maintenance_mode", "scheduler_interval"),
    "jobs": ("pause_scheduler", "disable_scheduler", "maintenance_mode", "scheduler_interval"),
    "queue": ("redis_queue", "workers", "background_workers"),
    "queues": ("redis_queue", "workers", "background_workers"),
    "workers": ("redis_queue", "workers", "background_workers"),
    "database": ("db_host", "db_port", "db_type", "db_socket"),
    "cache": ("redis_cache",),
    "requests": ("gunicorn_workers", "http_timeout", "maintenance_mode", "allow_tests", "rate_limit"),
    "backup": ("backup_limit", "backup_path", "encryption_key", "encrypt_backup"),
    "settings": ("developer_mode", "logging", "mute_emails", "allow_tests"),
}
"""Keys of the site configuration that a metric depends on, by the first word of its key."""
TOPIC_KINDS: Mapping[str, tuple[str, ...]] = {"mail": ("Email Account",), "logins": ("System Settings",)}
_WORD = re.compile(r"[\w.]+")
_SCRIPT = re.compile(r"<(?:serverscript|template)>:?\s*([\w-]+)")


def fault(
    site: Site, began: datetime, metric: str = "", rule: str = "", subjects: Iterable[Subject] = ()
) -> Fault:
    """A fault that began then, of this metric and rule, about these subjects.

    Where it is about a kind of error that is new, it began when that was first seen.
    """
    given = list(subjects)
    kinds = {each.name for each in given if each.sort == "error kind"}
    fields = ["name", "culprit", "first_seen", "last_doctype", "last_document"]
    rows = site.get_all(KIND, fields, {"name": ("in", sorted(kinds))}) if kinds else []
    new = [row["first_seen"] for row in rows if row["first_seen"] and _is_recent(row["first_seen"], began)]
    functions = [each.name for each in given if each.sort == "function"]
    topic = metric.partition(".")[0]
    names = {each.name for each in given if each.sort not in ("error kind", "queue")}
    names |= {name for row in rows for name in _names(row)}
    names |= {*TOPICS.get(topic, ()), *TOPIC_KINDS.get(topic, ())}
    apps = {app for row in rows if (app := app_of(str(row["culprit"] or "")))}
    apps |= {name.partition(".")[0] for name in functions if "." in name}
    return Fault(min([began, *new]), frozenset(apps), frozenset(names), rule)


def app_of(culprit: str) -> str:
    """The app of "app/module/file.py in function"; empty where that is no file of an app."""
    file = culprit.partition(" in ")[0]
    app, slash, _rest = file.partition("/")
    return app if slash and app.isidentifier() else ""


def _names(row: Row) -> Iterator[str]:
    """What an error is about: its DocType, its document, the script that it comes from."""
    culprit = str(row["culprit"] or "")
    if row["last_doctype"] and row["last_doctype"] not in (
        "Error Log",
        "Scheduled Job Log",
        "Error Snapshot",
    ):
        yield from (str(row["last_doctype"]), str(row["last_document"] or ""))
    yield from _SCRIPT.findall(culprit)
    file, _in, function = culprit.partition(" in ")
    path = file.removesuffix(".py")
    if path != file and _WORD.fullmatch(function or ""):
        yield f"{path.replace('/', '.')}.{function}"
        if "/doctype/" in path:
            yield path.rpartition("/")[2]


def _is_recent(first_seen: datetime, began: datetime) -> bool:
    return first_seen <= began and began - first_seen <= LOOKS_BACK
