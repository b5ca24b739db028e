"""The check before the bank: how fast it answers, what it finds, and that it says nothing of clean files."""

from __future__ import annotations

import io
import resource
import tempfile
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.measuring import Row, print_table, timed
from tests.compliance.bank_files.book import CREDITOR, TODAY, Case, case
from tests.compliance.bank_files.faults import FAULTS
from tests.compliance.bank_files.site_book import lay
from tests.compliance.bank_files.test_faults import CLEAN_FILES, FILES_A_FAULT, false_alarms, missed
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.bank_files.pain008 import read_collections
from vuurtoren.compliance.bank_files.preflight import MAY, preflight
from vuurtoren.compliance.records import Circumstances
from vuurtoren.embedded.demo import HOST_DOCTYPES
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

LINES = 10_000
GOAL = "≤ 2 s"


def run(lines: int = LINES) -> None:
    """Print the table."""
    made = case(7, lines=lines)
    size = f"{lines:,} collections, {len(made.file) / 1024**2:.1f} MB"
    rows = [*_pure(made, size), _on_a_site(made, size), *_found()]
    print_table("The check before the bank", rows)


def _pure(made: Case, size: str) -> list[Row]:
    circumstances = Circumstances(TODAY, CREDITOR)
    reading = read_collections(io.BytesIO(made.file))
    used = replace(reading, file=replace(reading.file, message_id_used_by=()))
    batch = replace(made.batch, file_sha256=reading.file.sha256)

    def judge() -> None:
        said = preflight(batch, used, circumstances, changed_since=reading.file.sha256)
        assert said.answer == MAY, said.problems

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading_timed = timed(lambda: read_collections(io.BytesIO(made.file)), 5)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        Row.of("reading a pain.008", size, reading_timed, compared=f"memory grew by {grown:.0f} MB"),
        Row.of("judging it with its batch", size, timed(judge, 5), goal=f"{GOAL} with the reading"),
    ]


def _on_a_site(made: Case, size: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        site = SQLiteSite(
            Path(folder) / "site",
            clock=lambda: datetime(2026, 11, 26, 9, 0, tzinfo=timezone.utc),
            config={"time_zone": "Europe/Amsterdam"},
            extra_schema=[HOST_DOCTYPES],
        )
        append_only_guard.install(site)
        lay(site, made)

        def ask() -> None:
            assert check.check_batch(site, made.batch.name).said.answer == MAY
            site.commit()

        row = Row.of("monitoring sepa check, records read anew", size, timed(ask, 5), goal=GOAL)
        site.store.close()
    return row


def _found() -> list[Row]:
    faults = {name: FILES_A_FAULT - len(missed(name, FILES_A_FAULT)) for name in FAULTS}
    alarms = len(false_alarms(CLEAN_FILES))
    whole = len(FAULTS) * FILES_A_FAULT
    return [
        Row(
            "planted faults that are found",
            f"{len(FAULTS)} kinds × {FILES_A_FAULT} files",
            f"{sum(faults.values()):,} of {whole:,}",
            goal="all of ≥ 25 kinds × 40",
        ),
        Row("clean files of which something is said", f"{CLEAN_FILES:,} files", str(alarms), goal="0"),
    ]
