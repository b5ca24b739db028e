"""The benchmarks on an embedded site: one SQLite file in a temporary folder."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import vuurtoren.embedded.demo
from benchmarks import alerting, error_grouping, history_size, incident_grouping, storm, whole_monitor
from benchmarks.measuring import Row, print_table, timed
from benchmarks.traceback_text import error_text, how_long_ago
from benchmarks.whole_monitor import Subject
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

HOST_DOCTYPES = Path(vuurtoren.embedded.demo.__file__).with_name("host_doctypes.json")
TITLE = "SQLite"
BATCH = 10_000


def run(sizes: Sequence[int], writer_seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = SQLiteSite(Path(folder) / "site", extra_schema=[HOST_DOCTYPES])
        subject = Subject(site, TITLE, _grower(site), _text_search(site))
        print_table("An embedded site", whole_monitor.host_rows(subject))
        print_table("The monitor by the size of the Error Log", whole_monitor.sized_rows(subject, sizes))
        print_table("What it costs", whole_monitor.load_rows(subject, *_clocked(Path(folder))))
    with tempfile.TemporaryDirectory() as folder:
        site = SQLiteSite(Path(folder) / "site")
        print_table("History", _history_rows(site, Path(folder), writer_seconds))
    with tempfile.TemporaryDirectory() as folder:
        print_table("Alerting", alerting.rows(_alerting(Path(folder))))
    print_table("A storm of alerts", storm.rows())
    print_table("Which errors are the same error", error_grouping.rows())
    print_table("Which alerts are one incident", incident_grouping.rows())


def _alerting(folder: Path) -> alerting.Subject:
    site, move = _clocked(folder)

    def cause(at: datetime, errors: int) -> None:
        site.seed(
            "Error Log", ({"method": alerting.MARK, "error": "x", "creation": at} for _ in range(errors))
        )
        site.commit()

    return alerting.Subject(site, TITLE, move, cause, lambda: alerting.clear(site))


def _clocked(folder: Path) -> tuple[SQLiteSite, Callable[[datetime], None]]:
    """The site of this folder with a clock that stands where the benchmark puts it."""
    moments = [datetime.now(timezone.utc)]
    site = SQLiteSite(folder / "site", extra_schema=[HOST_DOCTYPES], clock=lambda: moments[-1])

    def move(site_time: datetime) -> None:
        moments.append(site.to_utc(site_time).replace(tzinfo=timezone.utc))

    return site, move


def _grower(site: SQLiteSite):  # type: ignore[no-untyped-def]
    present = 0

    def grow(size: int) -> None:
        nonlocal present
        now = site.now()
        while present < size:
            batch = range(present, min(size, present + BATCH))
            site.seed(
                "Error Log",
                (
                    {
                        "method": f"benchmark {number % 200}",
                        "error": error_text(number),
                        "creation": now - timedelta(seconds=how_long_ago(number)),
                    }
                    for number in batch
                ),
            )
            site.commit()
            present = batch.stop

    return grow


def _text_search(site: SQLiteSite):  # type: ignore[no-untyped-def]
    sql = "SELECT COUNT(*) FROM \"tabError Log\" WHERE error LIKE '%timeout%'"
    return lambda: site.store.execute(sql).fetchone()


def _history_rows(site: SQLiteSite, folder: Path, writer_seconds: float) -> Iterator[Row]:
    before = site.database_size().size_bytes
    samples = history_size.fill(site)
    yield from history_size.size_rows(site, TITLE, lambda: site.database_size().size_bytes - before, samples)
    yield _row_for_each_sample(site, folder / "rows.db")
    yield history_size.writers_row(TITLE, writer_seconds, _writers(site, writer_seconds))


def _row_for_each_sample(site: SQLiteSite, path: Path) -> Row:
    """The plain design: a DocType row for each sample, with Frappe's standard columns and one index."""
    count = len(history_size.SHAPES) * history_size.MINUTES_A_DAY
    with sqlite3.connect(path) as plain:
        plain.execute(
            "CREATE TABLE sample (name TEXT PRIMARY KEY, creation TEXT, modified TEXT, owner TEXT,"
            " modified_by TEXT, docstatus INTEGER, idx INTEGER, metric TEXT, at TEXT, value REAL)"
        )
        plain.execute("CREATE INDEX by_metric ON sample (metric, at)")
        at = site.now().isoformat(" ")
        rows = (
            (f"{number:010x}", at, at, "Administrator", "Administrator", 0, 0, f"m.{number % 20}", at, 1.5)
            for number in range(count)
        )
        plain.executemany("INSERT INTO sample VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        plain.commit()
        reading = timed(lambda: plain.execute("SELECT metric, at, value FROM sample").fetchall(), 10)
    size = path.stat().st_size / count
    return Row.of(
        "the same as a row for each sample",
        f"SQLite, {count:,} samples",
        reading,
        compared=f"{size:.0f} B a sample",
    )


def _writers(site: SQLiteSite, seconds: float) -> list[tuple[int, int]]:
    results: list[tuple[int, int]] = []

    def write(writer: int) -> None:
        results.append(history_size.write_for(site, writer, seconds))
        site.store.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
