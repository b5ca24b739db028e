"""Writes one line per request in the form of Frappe's monitor log, which the request measurements read."""

from __future__ import annotations

import json
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from vuurtoren.privacy.redaction import redact_start
from vuurtoren.site.private_files import open_private

LARGEST_BYTES = 8 << 20
LONGEST_PATH = 2_000
REQUEST_LOG = Path("logs") / "monitor.json.log"
"""Where an embedded site's log is, below its folder."""


@dataclass(frozen=True)
class Visit:
    """One answered request; `began_utc` is naive, `length` in bytes."""

    began_utc: datetime
    duration_ms: float
    ip: str
    method: str
    path: str
    status: int
    length: int

    @property
    def ended_utc(self) -> datetime:
        return self.began_utc + timedelta(milliseconds=self.duration_ms)


class AccessLog:
    """Appends to one file; when it is full it becomes `<name>.1` and a new one begins."""

    def __init__(self, path: Path, site_name: str) -> None:
        self.path = path
        self.site_name = site_name
        self._writing = threading.Lock()

    def write(self, visit: Visit) -> None:
        """Append one request. A disk that takes nothing more loses the line and nothing else."""
        entry = {
            "site": self.site_name,
            "timestamp": str(visit.began_utc.replace(tzinfo=timezone.utc)),
            "uuid": str(uuid.uuid4()),
            "transaction_type": "request",
            "duration": round(visit.duration_ms * 1000),
            "request": {
                "ip": visit.ip,
                "method": redact_start(visit.method, LONGEST_PATH),
                "path": redact_start(visit.path, LONGEST_PATH),
                "status_code": visit.status,
                "response_length": visit.length,
            },
        }
        with self._writing, suppress(OSError):
            self._append(json.dumps(entry, separators=(",", ":")) + "\n")

    def _append(self, line: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.is_file() and self.path.stat().st_size + len(line) > LARGEST_BYTES:
            self.path.replace(self.path.with_suffix(self.path.suffix + ".1"))
        with open_private(self.path, "a", encoding="utf-8") as log:
            log.write(line)
