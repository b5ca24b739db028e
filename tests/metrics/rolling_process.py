"""`python -m tests.metrics.rolling_process FOLDER WORK MOMENT`: one of several processes on one site."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path

from verenigingen.tests.support import rolling
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def site_at(folder: Path, moment: datetime) -> SQLiteSite:
    return SQLiteSite(folder, clock=lambda: moment, config={"time_zone": "UTC"})


if __name__ == "__main__":
    site = site_at(Path(sys.argv[1]), datetime.fromtimestamp(float(sys.argv[3]), timezone.utc))
    print("ready", flush=True)
    sys.stdin.readline()
    getattr(rolling, sys.argv[2])(site)
    site.store.close()
