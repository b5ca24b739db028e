"""The audit rows of the table that need no bench, on embedded sites in temporary folders."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.audit.planted import planted_row
from benchmarks.audit.redaction import redaction_rows
from benchmarks.audit.seals import seal_rows
from benchmarks.audit.tampering import tampering_rows
from benchmarks.measuring import print_table
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

IDENTIFIERS = 1_000_000


def run(rows: int, changes: int, clean_runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = seal_rows("SQLite", _open, (str(Path(folder) / "site"),), rows)
        print_table("The audit trail: sealing and verifying", table)
    print_table("The audit trail: tampering", tampering_rows(changes, clean_runs))
    print_table("Redaction", [planted_row(), *redaction_rows(IDENTIFIERS)])


def _open(folder: str) -> SQLiteSite:
    return SQLiteSite(folder, name="b.example", config={"time_zone": "Europe/Amsterdam"})
