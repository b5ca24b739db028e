"""The archive that a pruning stands on: an export of the whole trail, verified as an auditor would do it."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vuurtoren.audit.seals.findings import EXIT_INCOMPLETE, OK
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import EVENTS, MANIFEST, export, newest
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Words


class ArchiveNotGood(SiteError):
    """The folder holds no export that proves itself, or not the events that are in the log."""


@dataclass(frozen=True)
class Archive:
    """A verified export in a folder, and the SHA-256 of its manifest, which names every file by its own."""

    folder: Path
    manifest_sha256: str


def archive_of(site: Site, folder: Path) -> Archive:
    """Export the whole trail into the folder unless it exists, verify it and have the disk keep it.

    Raises ArchiveNotGood, NothingToExport, KeysMissing, OSError.
    """
    if not folder.exists():
        export(site, folder)
    said = io.StringIO()
    with redirect_stdout(said):
        answer = verify_sepa_audit.main([str(folder), "--key", newest(site).key.text])
    # with a key given, all that can be incomplete is events that came after the last seal
    if answer not in (OK, EXIT_INCOMPLETE):
        told = "; ".join(said.getvalue().strip().splitlines()[-3:])
        raise ArchiveNotGood(Words("the archive {0} does not verify: {1}", folder, told))
    for path in folder.iterdir():
        _flush(path)
    _flush(folder)
    return Archive(folder, hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest())


def entries(archive: Archive) -> Iterator[dict[str, Any]]:
    """The events of the archive in the order of their positions."""
    with (archive.folder / EVENTS).open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def must_hold(entry: Mapping[str, Any] | None, leaf: Row, row: Row | None) -> None:
    """Raise ArchiveNotGood unless the entry is this leaf, and this row where the log still has it.

    The row comes with its details in clear, as they are in the archive.
    """
    where = f"position {leaf['position']}"
    if entry is None or any(entry[name] != leaf[name] for name in ("position", "leaf")):
        raise ArchiveNotGood(Words("the archive does not hold {0} of this log; name a new folder", where))
    if row is None:
        return
    if entry["event_id"] != row["event_id"] or entry["record"] is None:
        raise ArchiveNotGood(Words("the archive does not hold the event at {0}; name a new folder", where))
    if any(entry[name] != row[name] for name in ("details", "details_salt")):
        raise ArchiveNotGood(Words("the details at {0} differ from the archive; name a new folder", where))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
