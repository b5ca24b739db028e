"""Apps, patches, jobs, settings of the site, our own rules: read where Frappe writes them, else compared."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from vuurtoren.changes.change import APP, CONFIGURATION, PATCHES, RULE, Change
from vuurtoren.health import readiness
from vuurtoren.metrics.windows import written_since
from vuurtoren.rules import changes as rule_changes
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object

JOB_TYPE = "Scheduled Job Type"
DIGEST_KEY = "monitoring_digest_key"
"""In the site configuration, so that a digest in the database tells nobody what a setting says."""
ONE_MIGRATION = timedelta(minutes=10)
MOST_PATCHES = 2000
MOST_TOLD = 500
NAMES_SHOWN = 3
Known = Mapping[str, str]


def versions(site: Site) -> dict[str, str]:
    """The version of each app that is installed."""
    return {str(app): str(version) for app, version in site.installed_versions().items()}


def configuration(site: Site) -> dict[str, str]:
    """A keyed digest of each value of the site configuration; raises Unavailable."""
    values = site.configuration()
    key = values.get(DIGEST_KEY)
    if not isinstance(key, str) or not key:
        key = secrets.token_hex(16)
        site.set_conf(DIGEST_KEY, key)
    return {
        str(name): hmac.new(key.encode(), _plain(value), hashlib.sha256).hexdigest()[:16]
        for name, value in values.items()
        if name != DIGEST_KEY
    }


def jobs(site: Site) -> dict[str, str]:
    """How often each scheduled job runs, or that it is stopped, by its function."""
    if not site.has_doctype(JOB_TYPE):
        return {}
    rows = site.get_all(JOB_TYPE, ["method", "frequency", "cron_format", "stopped"])
    return {
        str(row["method"]): "stopped"
        if row["stopped"]
        else f"{row['frequency'] or ''} {row['cron_format'] or ''}".strip()
        for row in rows
    }


def compared(
    kind: str, before: Known, after: Known, seen_before: datetime, now: datetime
) -> Iterator[Change]:
    """What is otherwise than at the last look, which happened at some moment since then."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            shown = "" if kind == CONFIGURATION else f"{old} → {new}" if old and new else new or old or ""
            yield Change(
                kind, "Added" if old is None else "Removed" if new is None else "Changed", name, now,
                about=name if kind == JOB_TYPE else "",
                app=name if kind == APP else name.partition(".")[0] if kind == JOB_TYPE else "",
                detail=shown, not_before=min(seen_before, now),
            )  # fmt: skip


def patches(site: Site, after: datetime) -> Iterator[Change]:
    """The patches of each migration after that moment, by app, at the time of its last one.

    One process writes them, one after the other, so none that is earlier comes later.
    """
    if not site.has_doctype("Patch Log"):
        return
    rows = site.get_all(
        "Patch Log", ["patch", "creation"], written_since(after), order_by="creation desc", limit=MOST_PATCHES
    )
    rows = [row for row in rows if row["creation"] > after]
    by_app: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["creation"]):
        patch = str(row["patch"] or "")
        app = patch.removeprefix("execute:").strip().partition(".")[0]
        runs = by_app[app]
        if runs and row["creation"] - runs[-1][0] > ONE_MIGRATION:
            yield _migration(app, runs)
            runs.clear()
        runs.append((row["creation"], patch))
    for app, runs in by_app.items():
        yield _migration(app, runs)


def updates(site: Site, since: datetime) -> Iterator[Change]:
    """The versions of apps as each migration found them, which Frappe tracks in Installed Applications."""
    if not site.has_doctype("Version"):
        return
    wanted = {"ref_doctype": "Installed Applications", **written_since(since)}
    fields = ["data", "owner", "creation"]
    for row in site.get_all("Version", fields, wanted, order_by="creation desc", limit=MOST_TOLD):
        before, after = _app_versions(row["data"])
        for change in compared(APP, before, after, row["creation"], row["creation"]):
            if change.action == "Changed":
                yield change


def rules(site: Site, since: datetime) -> Iterator[Change]:
    """Our own rules, from their history."""
    if not readiness.keeps(site, rule_changes.DOCTYPE):
        return
    fields = ["rule_key", "action", "changed_by", "changed_at", "changes"]
    for row in site.get_all(
        rule_changes.DOCTYPE,
        fields,
        {"changed_at": (">=", since)},
        order_by="changed_at desc",
        limit=MOST_TOLD,
    ):
        yield Change(
            RULE, row["action"], str(row["rule_key"]), row["changed_at"],
            detail=str(row["changes"] or "").replace("\n", "; "), changed_by=str(row["changed_by"] or ""),
        )  # fmt: skip


def _migration(app: str, runs: list[tuple[datetime, str]]) -> Change:
    names = [patch.rpartition(".")[2] if "." in patch else patch for _at, patch in runs]
    rest = len(names) - NAMES_SHOWN
    shown = ", ".join(names[:NAMES_SHOWN]) + (f" +{rest}" if rest > 0 else "")
    return Change(PATCHES, "Added", app, runs[-1][0], app=app, detail=shown, amount=len(runs))


def _app_versions(data: object) -> tuple[dict[str, str], dict[str, str]]:
    """App to version as they were and as they became: Frappe writes all rows anew at each migration."""
    try:
        stored = json_object(data if isinstance(data, str) else None)
    except NotReadable:
        return {}, {}
    found: list[dict[str, str]] = []
    for part in ("removed", "added"):
        rows = stored.get(part)
        named: dict[str, str] = {}
        for row in rows if isinstance(rows, list) else ():
            child = row[1] if isinstance(row, list) and len(row) == 2 else None
            if isinstance(child, dict) and child.get("app_name"):
                named[str(child["app_name"])] = str(child.get("app_version") or "")
        found.append(named)
    return found[0], found[1]


def _plain(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, default=str).encode()
