"""What counts as a backup, by what is in the file."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable
from datetime import timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import MovableClock
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.settings import settings
from vuurtoren.signals.safety import backup_files, source

SQL = random.Random(1).randbytes(20_000)
WHOLE = gzip.compress(SQL)
Write = Callable[[bytes, float], None]


@pytest.fixture
def write(site: SQLiteSite, clock: MovableClock) -> Write:
    folder = site.site_path() / "private" / "backups"
    folder.mkdir(parents=True)

    def one(content: bytes, age_hours: float) -> None:
        path = folder / f"{age_hours:05.1f}-site-database.sql.gz"
        path.write_bytes(content)
        moment = clock.moment.astimezone(timezone.utc).timestamp() - 3600 * age_hours
        os.utime(path, (moment, moment))

    return one


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (gzip.compress(b"", mtime=0), "nothing is in it"),
        (b"", "nothing is in it"),
        (b"-- MariaDB dump", "no whole gzip"),
        (WHOLE[:-9], "breaks off"),
        (WHOLE[:-4], "breaks off"),
        (WHOLE[:-8] + b"12345678", "no whole gzip"),
        (WHOLE[:5000] + b"\0" * 20 + WHOLE[5020:], "no whole gzip"),
        (gzip.compress(SQL[:900]), "(median)"),
    ],
)
def test_what_is_no_backup_is_named_and_makes_no_other_one_younger(
    site: SQLiteSite, write: Write, measured: Callable[..., object], content: bytes, because: str
) -> None:
    for age in (25, 49, 73):
        write(WHOLE, age)
    write(content, 1)
    found = measured(site, "safety.backups")
    assert found.get("backup.unusable").value == 1  # type: ignore[attr-defined]
    assert because in found.get("backup.unusable").evidence[0]["because"]  # type: ignore[attr-defined]
    assert found.get("backup.age_hours").value == 25.0  # type: ignore[attr-defined]
    assert found.get("backup.count").value == 3  # type: ignore[attr-defined]


def test_a_single_file_of_twenty_bytes_is_no_backup_at_all(
    site: SQLiteSite, write: Write, measured: Callable[..., object]
) -> None:
    write(gzip.compress(b"", mtime=0)[:20], 1)
    found = measured(site, "safety.backups")
    assert found.get("backup.count").value == 0  # type: ignore[attr-defined]
    assert "is no backup" in found.get("backup.age_hours").reason  # type: ignore[attr-defined]


def test_backups_that_hold_are_backups_however_their_size_wanders(
    site: SQLiteSite, write: Write, measured: Callable[..., object]
) -> None:
    for age, share in ((1, 0.5), (25, 1.0), (49, 0.9), (73, 1.0)):
        write(gzip.compress(SQL[: int(len(SQL) * share)]), age)
    found = measured(site, "safety.backups")
    assert found.get("backup.unusable").value == 0  # type: ignore[attr-defined]
    assert found.get("backup.age_hours").value == 1.0  # type: ignore[attr-defined]


def test_a_backup_that_is_none_opens_an_alert(
    site: SQLiteSite, write: Write, measured: Callable[..., object]
) -> None:
    write(WHOLE, 30)
    write(b"", 1)
    found = measured(site, "safety.backups")
    evaluate(site, found, settings.read(site), ("hourly",))  # type: ignore[arg-type]
    assert site.count("System Alert", {"rule": "backup_unusable", "status": "Active"}) == 1


def test_of_a_large_file_beginning_and_trailer_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_files, "MOST_READ", 4_000)
    whole, cut, other = tmp_path / "whole.gz", tmp_path / "cut.gz", tmp_path / "x-database-enc.sql.gz"
    whole.write_bytes(WHOLE)
    cut.write_bytes(WHOLE[:10_000] + b"\0" * 10_000)
    other.write_bytes(b"GPG")
    assert backup_files.gzip_problem(whole) == ""
    assert "trailer" in backup_files.gzip_problem(cut)
    assert backup_files.gzip_problem(other) == ""


def test_a_file_that_unpacks_without_end_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_files, "MOST_UNPACKED", 1 << 20)
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b"\0" * (64 << 20)))
    assert backup_files.gzip_problem(bomb) == ""


@pytest.mark.parametrize(("free", "percent"), [(3 * len(WHOLE), 33.3), (len(WHOLE) // 2, 200.0), (0, 1000.0)])
def test_another_backup_is_measured_against_the_free_disk(
    site: SQLiteSite,
    write: Write,
    measured: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    percent: float,
) -> None:
    write(WHOLE, 3)
    monkeypatch.setattr(source, "disk_usage", lambda path: SimpleNamespace(free=free))
    found = measured(site, "safety.backups").get("backup.room_percent")  # type: ignore[attr-defined]
    assert found.value == pytest.approx(percent, rel=0.01)


def test_a_disk_that_cannot_be_read_leaves_the_age_of_the_backup_known(
    site: SQLiteSite, write: Write, measured: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> None:
        raise PermissionError("no")

    write(WHOLE, 3)
    monkeypatch.setattr(source, "disk_usage", refused)
    found = measured(site, "safety.backups")
    assert "cannot be read: no" in found.get("backup.room_percent").reason  # type: ignore[attr-defined]
    assert found.get("backup.age_hours").value == 3  # type: ignore[attr-defined]
