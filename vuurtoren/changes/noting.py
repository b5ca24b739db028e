"""Note what has changed on the site since the last look: every few minutes, bounded, and no change twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.changes import documents, software, stored
from vuurtoren.changes.change import APP, CONFIGURATION, DOCTYPE, Change
from vuurtoren.changes.software import JOB_TYPE
from vuurtoren.health import readiness, runs
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object, moment_or_none, next_version

JOB = "site_changes"
FIRST_LOOK = timedelta(days=35)
REST = timedelta(minutes=4)
OVERLAP = timedelta(minutes=10)
"""A transaction that was open at the last look is seen at this one."""
SAME_UPDATE = timedelta(days=2)
"""Within it, the version that code says and the version that its migration writes down are one update."""


@dataclass(frozen=True)
class _Memory:
    """What the last look left behind; `looked_at` is None before the first."""

    version: int
    looked_at: datetime | None = None
    patched_until: datetime | None = None
    known: dict[str, dict[str, str]] = field(default_factory=dict)


def note_changes(site: Site, *, rests: bool = False) -> int:
    """Write down what changed since the last look, the first time of 35 days; commits; how many there were.

    What is found by comparing (versions, configuration, jobs) is told from the second look on. With `rests`
    nothing is looked at within four minutes of the last look.
    """
    if not (readiness.keeps(site, DOCTYPE) and readiness.keeps(site, "Monitoring Run")):
        return 0
    if rests and _looked_lately(site):
        return 0
    with site.lock(JOB) as had:
        return _look(site) if had else 0


def _looked_lately(site: Site) -> bool:
    looked_at = _remembered(site).looked_at
    return looked_at is not None and timedelta(0) <= site.now() - looked_at < REST


def renamed(name: str, old: str, new: str) -> str:
    """The name of an app, or a dotted path within it, under the app's new name; any other as it is."""
    return new + name[len(old) :] if name == old or name.startswith(f"{old}.") else name


def renamed_memory(cursor: str, old: str, new: str) -> str:
    """What the last look left behind, as if the app had had its new name; what cannot be read as it is."""
    try:
        left = json_object(cursor)
    except NotReadable:
        return cursor
    known = left.get("known")
    if not isinstance(known, dict):
        return cursor
    for kind in (APP, JOB_TYPE):
        names = known.get(kind)
        if isinstance(names, dict):
            known[kind] = {renamed(name, old, new): value for name, value in names.items()}
    return json.dumps(left)


def _look(site: Site) -> int:
    now = site.now()
    memory = _remembered(site)
    since = min(memory.looked_at, now) - OVERLAP if memory.looked_at else now - FIRST_LOOK
    known = _known(site, memory.known)
    patches = list(software.patches(site, memory.patched_until or since))
    found = [
        *patches,
        *software.updates(site, since),
        *software.rules(site, since),
        *documents.changes(site, since),
        *_compared(memory, known, now),
    ]
    found = _tellable(found, now)
    noted = stored.store(site, _without_told_updates(site, found, now))
    until = max((change.at for change in _tellable(patches, now)), default=memory.patched_until)
    left = {"looked_at": now.isoformat(), "known": known}
    values: dict[str, Any] = {
        "cursor": json.dumps(left | ({"patched_until": until.isoformat()} if until else {})),
        "version": next_version(memory.version),
    }
    if not site.update("Monitoring Run", JOB, values, expect={"version": memory.version}):
        site.rollback()
        return 0
    site.commit()
    return noted


def _known(site: Site, before: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The site as it is; what cannot be read now stays as it was."""
    known = dict(before)
    readers = {APP: software.versions, CONFIGURATION: software.configuration, JOB_TYPE: software.jobs}
    for kind, read in readers.items():
        with suppress(Unavailable):
            known[kind] = read(site)
    return known


def _compared(memory: _Memory, known: dict[str, dict[str, str]], now: datetime) -> Iterable[Change]:
    if memory.looked_at is None:
        return
    for kind, after in known.items():
        if kind in memory.known:
            yield from software.compared(kind, memory.known[kind], after, memory.looked_at, now)


def _tellable(found: Iterable[Change], now: datetime) -> list[Change]:
    """Without what a clock that was wrong has dated ahead of now."""
    return [change for change in found if change.at <= now + OVERLAP]


def _without_told_updates(site: Site, found: list[Change], now: datetime) -> list[Change]:
    """An update of an app is seen in the code and again in what its migration writes down: told once."""
    updates = [change for change in found if change.kind == APP and change.action == "Changed"]
    if not updates:
        return found
    since = min(change.at for change in updates) - SAME_UPDATE
    told = {
        (change.subject, change.detail): change
        for change in stored.between(site, since, now)
        if change.kind == APP
    }
    kept = []
    for change in found:
        if change in updates:
            other = told.get((change.subject, change.detail))
            if other and other.key != change.key and abs(other.at - change.at) <= SAME_UPDATE:
                continue
            told[change.subject, change.detail] = change
        kept.append(change)
    return kept


def _remembered(site: Site) -> _Memory:
    row = runs.memory(site, JOB)
    try:
        plain = json_object(row["cursor"] or "")
    except NotReadable:
        return _Memory(row["version"])
    known = plain.get("known")
    return _Memory(
        row["version"],
        moment_or_none(plain.get("looked_at")),
        moment_or_none(plain.get("patched_until")),
        {
            str(kind): {str(name): str(value) for name, value in values.items()}
            for kind, values in (known.items() if isinstance(known, dict) else ())
            if isinstance(values, dict)
        },
    )
