"""Processes that put the days of the history together at once lose nothing and count nothing twice."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.metrics.rolling_process import site_at
from verenigingen.tests.support import rolling
from vuurtoren.metrics.history import rollup

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 4, 12, 0, tzinfo=timezone.utc)
SECONDS = 100


def at_once(folder: Path, *works: str) -> list[int]:
    """One process for each, let go when all are ready; how they ended."""
    command = [sys.executable, "-m", "tests.metrics.rolling_process", str(folder)]
    running = [
        subprocess.Popen(
            [*command, work, str(NOON.timestamp())],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for work in works
    ]  # fmt: skip
    try:
        for each in running:
            assert each.stdout and each.stdout.readline() == "ready\n"
        for each in running:
            assert each.stdin
            each.stdin.write("go\n")
            each.stdin.flush()
        return [each.wait(SECONDS) for each in running]
    finally:
        for each in running:
            each.kill()
            each.communicate(timeout=SECONDS)


@pytest.mark.parametrize(
    ("works", "late"),
    [
        (("put_together", "put_together"), False),
        (("put_together", "arrive_late", "put_together"), True),
        (("arrive_late", "arrive_late"), True),
    ],
)
def test_several_at_once_are_as_one_after_the_other(tmp_path, works, late):
    site = site_at(tmp_path / "site", NOON)
    rolling.fill(site)
    assert rollup.done_before(site) is None
    site.commit()
    assert at_once(tmp_path / "site", *works) == [0] * len(works)
    rolling.put_together(site)
    assert rolling.wrong(site, late=late) == []
    site.store.close()


def test_what_is_wrong_would_be_seen(tmp_path):
    site = site_at(tmp_path / "site", NOON)
    rolling.fill(site)
    assert len(rolling.wrong(site, late=False)) > rolling.DAYS * rolling.SERIES
    rolling.put_together(site)
    assert rolling.wrong(site, late=False) == []
    assert len(rolling.wrong(site, late=True)) == rolling.DAYS * rolling.SERIES
    site.store.close()
