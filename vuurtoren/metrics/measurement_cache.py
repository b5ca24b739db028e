"""What earlier measurements left behind, for the next one in this or in another process of this machine.

A bench forks a process for every job, so nothing that lives in memory alone reaches the next tick.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from vuurtoren.privacy.redaction import redact_strings
from vuurtoren.site.strangers import json_object

FILE = "monitoring-kept.json"
LONGEST_FILE_BYTES = 1 << 20
_lock = threading.Lock()
_by_folder: dict[Path, MeasurementCache] = {}


class MeasurementCache:
    """A small store of JSON values by name: memory first, one file in the site's folder second.

    Losing it costs one measurement, so a file that is broken or cannot be written is passed over;
    `not_kept_because` says so. Without a folder it is memory alone. Any thread may call every method.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.not_kept_because = ""
        self._path = folder / FILE if folder else None
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}
        self._unsaved: dict[str, Any] = {}
        self._seen: tuple[int, int, int] | None = None

    @classmethod
    def of(cls, folder: Path) -> MeasurementCache:
        """The one store of this folder in this process."""
        with _lock:
            return _by_folder.setdefault(folder, cls(folder))

    def refresh(self) -> None:
        """Take over what other processes saved since the last look."""
        if self._path is None:
            return
        with self._lock:
            try:
                stat = self._path.stat()
                seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
                if seen != self._seen:
                    self._values |= self._read() | self._unsaved
                    self._seen = seen
            except OSError:
                self._seen = None

    def get(self, name: str) -> Any:
        """The value put under that name last, or None."""
        with self._lock:
            return self._values.get(name)

    def put(self, name: str, value: Any, *, in_file: bool = True) -> None:
        """Remember a value that JSON can hold; `save` writes it for other processes unless told otherwise."""
        with self._lock:
            self._values[name] = value
            if in_file:
                self._unsaved[name] = value

    def save(self) -> None:
        """Write what was put since the last save; values that others saved meanwhile stay."""
        with self._lock:
            if not self._unsaved or self._path is None:
                return
            try:
                # what is measured may quote an error; what lies in a file names nobody
                self._write(json.dumps(self._read() | redact_strings(self._unsaved)))
                self.not_kept_because = ""
                self._unsaved = {}
            except OSError as refused:
                self.not_kept_because = f"{FILE} cannot be written: {refused.strerror}"

    def _read(self) -> dict[str, Any]:
        assert self._path is not None
        try:
            with self._path.open("rb") as handle:
                return json_object(handle.read(LONGEST_FILE_BYTES))
        except (OSError, ValueError):
            return {}

    def _write(self, text: str) -> None:
        """Replace the file in one step, readable by its owner alone."""
        assert self._path is not None
        draft = self._path.with_name(f"{FILE}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                handle.write(text)
            os.replace(draft, self._path)
        finally:
            draft.unlink(missing_ok=True)
