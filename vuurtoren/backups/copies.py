"""Is a copy elsewhere? How old the newest backup elsewhere is, as a folder, a bucket or somebody says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from vuurtoren.backups import bucket
from vuurtoren.health import runs
from vuurtoren.site import configured
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

KEY = "backup_copies"
"""Of the site configuration: a list of folders, of `s3://bucket/prefix`, and of the word `told`."""
TOLD = "told"
TOLD_JOB = "backup copied"
"""Its row in Monitoring Run: whoever copies says so by `monitoring backup copied`."""
DUMP = "-database"
"""Stands in the name of every dump that Frappe writes, and of every one of ours."""
MOST_FILES = 20_000


@dataclass(frozen=True)
class Copy:
    """The newest copy: where it is, what it is called there, and when it was written (UTC)."""

    place: str
    name: str
    written_at_utc: datetime


def newest(site: Site) -> Copy:
    """The newest copy of all places that the configuration names; raises Unavailable where none is known.

    A place that does not answer hides no other one; where none answers, the reasons of all are the reason.
    """
    places = configured.texts(site, KEY)
    if not places:
        raise Unavailable("nobody said where copies of the backups lie: {0} is not set", KEY)
    found, reasons = list[Copy](), list[Words]()
    for place in places:
        try:
            found.append(_look(place)(site, place))
        except Unavailable as missing:
            reasons.append(missing.words)
    if not found:
        raise Unavailable("; ".join("{" + str(place) + "}" for place in range(len(reasons))), *reasons)
    return max(found, key=lambda copy: copy.written_at_utc)


def told(site: Site) -> bool:
    """Somebody says that the backups were copied just now; False when that was just said. Commits."""
    with runs.run(site, TOLD_JOB) as held:
        return held is not None


def _look(place: str) -> Callable[[Site, str], Copy]:
    if place == TOLD:
        return _as_told
    return _in_bucket if place.startswith(bucket.SCHEME) else _in_folder


def _as_told(site: Site, place: str) -> Copy:
    at = runs.last_success(site, TOLD_JOB)
    if at is None:
        raise Unavailable(
            "nobody has said yet that the backups were copied: `monitoring backup copied` says so"
        )
    return Copy(place, "", site.to_utc(at))


def _in_bucket(site: Site, place: str) -> Copy:
    found = [each for each in bucket.listed(site, place) if DUMP in each.name]
    if not found:
        raise Unavailable("there is no database backup in {0}", place)
    newest = max(found, key=lambda each: each.written_at_utc)
    return Copy(place, newest.name, newest.written_at_utc)


def _in_folder(site: Site, place: str) -> Copy:
    """Of a folder that is on another disk than the backups themselves, and of the folders in it."""
    folder = Path(place)
    try:
        folder.stat()
        if _device(folder) == _device(Path(site.backups().directory)):
            raise Unavailable("{0} is on the disk of the backups themselves", place)
        found = [(path.stat().st_mtime, path.name) for path in _dumps(folder)]
    except OSError as refused:
        raise Unavailable("{0} cannot be read: {1}", place, refused.strerror or str(refused)) from refused
    if not found:
        raise Unavailable("there is no database backup in {0}", place)
    written, name = max(found)
    return Copy(place, name, datetime.fromtimestamp(written, timezone.utc).replace(tzinfo=None))


def _dumps(folder: Path) -> Iterator[Path]:
    for number, path in enumerate([*folder.iterdir(), *folder.glob("*/*")]):
        if number >= MOST_FILES:
            raise Unavailable("{0} holds more than {1} files", folder, f"{MOST_FILES:,}")
        if DUMP in path.name and path.is_file():
            yield path


def _device(folder: Path) -> int:
    """The disk of a folder; of one that is not there yet, that of the nearest folder above it."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return there.stat().st_dev
