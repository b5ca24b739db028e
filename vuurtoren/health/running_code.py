"""Whether this process still runs the code that lies on disk; after an update it does not until a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from vuurtoren import carrier

LOOKED_AT_EVERY_SECONDS = 30.0
SUFFIXES = {".py", ".html", ".css", ".js"}


def stamp(*folders: Path) -> tuple[int, int]:
    """How many files of code there are, and when the newest was written (nanoseconds since 1970)."""
    written = [path.stat().st_mtime_ns for path in _code(folders)]
    return len(written), max(written, default=0)


class RunningCode:
    """Remembers what lay on disk when the process began, and looks again now and then."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._began_with = stamp(*folders)
        self._looked_at = time.monotonic()
        self._outdated = False

    def outdated(self) -> bool:
        """Whether the code on disk is not the code that runs; looks at most every 30 seconds."""
        if not self._outdated and time.monotonic() - self._looked_at >= LOOKED_AT_EVERY_SECONDS:
            self._looked_at = time.monotonic()
            self._outdated = stamp(*self._folders) != self._began_with
        return self._outdated


def _code(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())


THIS_PROCESS = RunningCode(Path(__file__).resolve().parent.parent, carrier.app_folder())
