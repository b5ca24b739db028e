"""Whoever opens and closes the database beside a process that serves it takes nothing away from that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

from vuurtoren.embedded.store.sqlite_site import SQLiteSite

LOOK = """
import sqlite3, sys
beside = sqlite3.connect(sys.argv[1])
print(beside.execute('select count(*) from "tabError Log"').fetchone()[0])
beside.close()
"""


def looked_at(path: Path) -> int:
    """By another process, for which this one is the last that has it open unless the locks say otherwise."""
    told = subprocess.run(
        [sys.executable, "-c", LOOK, str(path)], check=True, capture_output=True, text=True, timeout=60
    )
    return int(told.stdout)


def written(site: SQLiteSite) -> None:
    site.seed("Error Log", [{"method": "Broken", "error": "x"}])
    site.commit()


def test_what_is_written_after_somebody_looked_is_in_the_file(site: SQLiteSite) -> None:
    written(site)

    def connect_and_leave() -> None:
        site.count("Error Log")
        site.store.close()

    thread = Thread(target=connect_and_leave)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    path = site.store.path
    assert looked_at(path) == 1
    assert path.with_name(f"{path.name}-wal").exists()
    written(site)
    assert looked_at(path) == 2
