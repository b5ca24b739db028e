"""The benchmarks inside a bench, on MariaDB; run by the bench's own Python from its sites folder.

Rows are added to the Error Log and to Metric Series of the named site, and taken out again at the end.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import frappe

from benchmarks import alerting, history_size, whole_monitor
from benchmarks.measuring import Row, print_table
from benchmarks.traceback_text import DAY, HOUR, KINDS, LAST_DAY, LAST_HOUR, LAST_WEEK, OLDEST, error_text
from benchmarks.whole_monitor import Subject
from vuurtoren.composition import current_site
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.site.protocol import Site

SEED_TITLE = "benchmark kind "
FIRST_NUMBER = 10**12
"""Frappe 14 numbers its errors; its own numbers stay far below."""
WRITERS = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("--rows", type=int, nargs="+", required=True)
    parser.add_argument("--writer-seconds", type=float, required=True)
    given = parser.parse_args()
    connect(given.site)
    try:
        run(given.site, given.rows, given.writer_seconds)
    finally:
        frappe.db.rollback()
        take_out(current_site())


def connect(site: str) -> None:
    frappe.init(site=site)
    frappe.connect()


def run(site_name: str, sizes: Sequence[int], writer_seconds: float) -> None:
    site = current_site()
    take_out(site)
    title = f"{site.platform}, MariaDB"
    subject = Subject(site, title, grow_error_log, search_tracebacks)
    print_table(title, whole_monitor.host_rows(subject))
    print_table("The monitor by the size of the Error Log", whole_monitor.sized_rows(subject, sizes))
    print_table("What it costs", whole_monitor.load_rows(subject, *_clocked()))
    print_table("History", _history_rows(site, title, site_name, writer_seconds))
    print_table("Alerting", alerting.rows(_alerting(title)))


class MovedSite(FrappeSite):
    """This site with a clock that stands where the benchmark puts it."""

    moment = datetime.min

    def now(self) -> datetime:
        return self.moment

    def now_utc(self) -> datetime:
        return self.to_utc(self.moment)


def _clocked() -> tuple[MovedSite, Callable[[datetime], None]]:
    site = MovedSite()
    site.moment = current_site().now()

    def move(moment: datetime) -> None:
        site.moment = moment

    return site, move


def _alerting(title: str) -> alerting.Subject:
    site, move = _clocked()

    def cause(at: datetime, errors: int) -> None:
        frappe.db.sql(
            f"""INSERT INTO `tabError Log` (name, creation, modified, owner, modified_by, method, error)
            SELECT {_name("UUID_SHORT()")}, %(at)s, %(at)s, 'Administrator', 'Administrator',
                %(method)s, 'x' FROM seq_1_to_{errors}""",
            {"at": at, "method": alerting.MARK},
        )
        frappe.db.commit()

    return alerting.Subject(site, title, move, cause, lambda: alerting.clear(site))


def grow_error_log(size: int) -> None:
    """Whatever is missing to that size, made by the server itself from its table of numbers."""
    seeds = "SELECT COUNT(*) FROM `tabError Log` WHERE method LIKE %s"
    present = frappe.db.sql(seeds, (f"{SEED_TITLE}%",))[0][0]
    if present >= size:
        return
    happened = f"%(now)s - INTERVAL {_AGE} SECOND"
    for kind in range(KINDS):
        frappe.db.sql(
            f"""INSERT INTO `tabError Log` (name, creation, modified, owner, modified_by, method, error)
            SELECT {_name(f"{FIRST_NUMBER} + seq")}, {happened}, {happened},
                'Administrator', 'Administrator', %(method)s, %(error)s
            FROM seq_{int(present)}_to_{size - 1} WHERE seq %% {KINDS} = {kind}""",
            {
                "now": current_site().now(),
                "method": f"{SEED_TITLE}{kind}",
                "error": error_text(kind),
            },
        )
    frappe.db.commit()


def _name(number: str) -> str:
    numbered = "int" in frappe.db.get_column_type("Error Log", "name")
    return number if numbered else f"CONCAT('benchmark-', {number})"


_AGE = f"""CASE
    WHEN seq < {LAST_HOUR} THEN 60 + seq * {(HOUR - 120) / LAST_HOUR}
    WHEN seq < {LAST_DAY} THEN {HOUR} + (seq - {LAST_HOUR}) * {(DAY - HOUR - 60) / (LAST_DAY - LAST_HOUR)}
    WHEN seq < {LAST_WEEK} THEN {DAY} + (seq - {LAST_DAY}) * {(6 * DAY - 60) / (LAST_WEEK - LAST_DAY)}
    ELSE {7 * DAY} + (seq * 7919) MOD {OLDEST - 8 * DAY} END"""


def search_tracebacks() -> object:
    return frappe.db.sql("SELECT COUNT(*) FROM `tabError Log` WHERE error LIKE '%timeout%'")


def take_out(site: Site) -> None:
    frappe.db.sql("DELETE FROM `tabError Log` WHERE method LIKE %s", (f"{SEED_TITLE}%",))
    frappe.db.commit()
    history_size.clean_up(site)


def _history_rows(site: Site, title: str, site_name: str, writer_seconds: float) -> Iterator[Row]:
    before = _bytes_of_history()
    samples = history_size.fill(site)
    yield from history_size.size_rows(site, title, lambda: _bytes_of_history() - before, samples)
    site.commit()
    with multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        jobs = [(site_name, writer, writer_seconds) for writer in range(WRITERS)]
        yield history_size.writers_row(title, writer_seconds, pool.starmap(_write, jobs))


def _write(site_name: str, writer: int, seconds: float) -> tuple[int, int]:
    connect(site_name)
    return history_size.write_for(current_site(), writer, seconds)


def _bytes_of_history() -> int:
    frappe.db.sql("ANALYZE TABLE `tabMetric Series`")
    found = frappe.db.sql(
        "SELECT DATA_LENGTH + INDEX_LENGTH FROM information_schema.TABLES"
        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'tabMetric Series'"
    )
    return int(found[0][0])


if __name__ == "__main__":
    main()
