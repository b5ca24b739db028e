"""Files of the bank taken in on a site: each return once, placed with its batch, or kept and said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.compliance.bank_files.bank_answers import Line, statement, status_report
from tests.compliance.bank_files.book import case
from tests.compliance.bank_files.site_book import lay
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.compliance.bank_files import intake, watched_folder
from vuurtoren.compliance.bank_files.intake import TakenIn, take_in, told
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.composition import use_site
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

CASE = case(7, lines=3)
ROWS = CASE.batch.collections
LINES: tuple[Line, ...] = tuple(
    (f"E2E-{row.invoice}", row.mandate_reference, code, f"{(row.cents or 0) / 100:.2f}")
    for row, code in zip(ROWS, ("AC04", "MD06", "AM04"), strict=True)
)
FIELDS = ["end_to_end_id", "batch", "invoice", "mandate", "member", "reason_code", "amount_cents", "due_on"]


@pytest.fixture
def site(association: SQLiteSite, clock: Any) -> Iterator[SQLiteSite]:
    clock.moment = datetime(2026, 12, 10, 9, 0, tzinfo=timezone.utc)
    append_only_guard.install(association)
    use_site(association)
    yield association
    use_site(None)


def put(tmp_path: Path, content: bytes, name: str = "answer.xml") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def kept(site: SQLiteSite) -> list[dict[str, Any]]:
    return [dict(row) for row in site.get_all("SEPA Return", FIELDS, order_by="end_to_end_id")]


def counted(taken: TakenIn) -> tuple[int, int, int]:
    return taken.new, taken.known, taken.unplaced


def test_what_came_back_is_placed_with_its_batch_invoice_member_and_mandate(
    site: SQLiteSite, tmp_path: Path
) -> None:
    lay(site, CASE)
    taken = take_in(site, put(tmp_path, statement("camt.053.001.08", LINES)))
    assert counted(taken) == (3, 0, 0)
    for row, line, code in zip(kept(site), ROWS, ("AC04", "MD06", "AM04"), strict=True):
        assert line.mandate
        assert row == {
            "end_to_end_id": f"E2E-{line.invoice}", "batch": CASE.batch.name, "invoice": line.invoice,
            "mandate": line.mandate.name, "member": line.member, "reason_code": code,
            "amount_cents": line.cents, "due_on": CASE.batch.due_on,
        }  # fmt: skip


def test_the_same_file_twice_counts_once(site: SQLiteSite, tmp_path: Path) -> None:
    lay(site, CASE)
    path = put(tmp_path, statement("camt.053.001.08", LINES))
    take_in(site, path)
    again = take_in(site, path)
    assert (counted(again), again.seen_before) == ((0, 3, 0), True)
    assert told(site, again).startswith("answer.xml was taken in before.")
    assert len(kept(site)) == 3
    assert site.count("SEPA Audit Log", {"action": "bank_file_taken_in"}) == 1


def test_the_same_return_in_another_file_counts_once(site: SQLiteSite, tmp_path: Path) -> None:
    lay(site, CASE)
    take_in(site, put(tmp_path, status_report("pain.002.001.10", LINES[:1])))
    for version in ("camt.053.001.02", "camt.054.001.08"):
        assert take_in(site, put(tmp_path, statement(version, LINES[:1]))).new == 0
    assert len(kept(site)) == 1


def test_one_file_that_tells_a_return_twice_counts_it_once(site: SQLiteSite, tmp_path: Path) -> None:
    lay(site, CASE)
    taken = take_in(site, put(tmp_path, statement("camt.053.001.08", (LINES[0], LINES[0]))))
    assert counted(taken) == (1, 1, 0)


def test_a_return_of_an_unknown_id_is_kept_and_said(site: SQLiteSite, tmp_path: Path) -> None:
    taken = take_in(site, put(tmp_path, statement("camt.053.001.08", LINES[:1])))
    assert counted(taken) == (1, 0, 1)
    assert "One belongs to no batch that is known here; it is kept" in told(site, taken)
    assert kept(site)[0]["batch"] in (None, "")


def test_a_return_that_came_before_its_batch_is_placed_when_the_batch_is_there(
    site: SQLiteSite, tmp_path: Path
) -> None:
    path = put(tmp_path, statement("camt.053.001.08", LINES))
    take_in(site, path)
    lay(site, CASE)
    again = take_in(site, path)
    assert counted(again) == (0, 3, 0)
    assert {row["batch"] for row in kept(site)} == {CASE.batch.name}
    assert len(kept(site)) == 3


def test_of_two_batches_with_one_invoice_the_return_is_of_the_one_that_was_due(
    site: SQLiteSite, tmp_path: Path
) -> None:
    lay(site, CASE)
    later = {"name": "BATCH-LATER", "batch_date": date(2027, 1, 15), "status": "Draft"}
    earlier = {"name": "BATCH-EARLIER", "batch_date": date(2026, 12, 4), "status": "Processed"}
    for batch in (later, earlier):
        site.insert("Direct Debit Batch", batch)
        site.insert(
            "Direct Debit Batch Invoice",
            {
                "parent": batch["name"], "parenttype": "Direct Debit Batch", "invoice": ROWS[0].invoice,
                "mandate_reference": ROWS[0].mandate_reference, "amount": 1,
            },
        )  # fmt: skip
    take_in(site, put(tmp_path, statement("camt.053.001.08", LINES[:1])))  # booked on 8 December
    assert kept(site)[0]["batch"] == "BATCH-EARLIER"


def test_a_file_that_cannot_be_read_keeps_nothing_and_is_an_entry(site: SQLiteSite, tmp_path: Path) -> None:
    content = statement("camt.053.001.08", LINES)
    for _ in range(2):
        taken = take_in(site, put(tmp_path, content[: len(content) // 2]))
        assert not taken.reading.readable
    assert told(site, taken).startswith("answer.xml was not taken in: the XML is broken at line")
    assert kept(site) == []
    assert site.count("SEPA Audit Log", {"action": "bank_file_not_readable"}) == 1


def test_a_refused_file_is_said_in_words(site: SQLiteSite, tmp_path: Path) -> None:
    taken = take_in(site, put(tmp_path, status_report("pain.002.001.10", (), group="RJCT")))
    assert "The bank refused all of MSG-1 (AM05)." in told(site, taken)


def test_a_file_that_is_not_there_is_said(site: SQLiteSite, tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="cannot be read: No such file"):
        take_in(site, tmp_path / "nothing.xml")


def test_odd_days_and_ids_are_kept_without_them(site: SQLiteSite, tmp_path: Path) -> None:
    content = statement("camt.053.001.02", LINES[:1]).replace(b"2026-12-08", b"9999-12-31")
    take_in(site, put(tmp_path, content.replace(LINES[0][0].encode(), b"X" * 400)))
    (row,) = kept(site)
    assert len(row["end_to_end_id"]) == 140


def test_a_reading_that_is_killed_in_the_middle_counts_nothing_twice(
    site: SQLiteSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(site, CASE)
    path = put(tmp_path, statement("camt.053.001.08", LINES))
    monkeypatch.setattr(intake, "AT_ONCE", 2)
    monkeypatch.setattr(intake, "_tell", lambda *_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take_in(site, path)
    monkeypatch.undo()
    again = take_in(site, path)
    assert (again.new, again.seen_before, len(kept(site))) == (0, False, 3)


def test_new_files_in_the_folder_are_taken_in_once(site: SQLiteSite, tmp_path: Path) -> None:
    lay(site, CASE)
    folder = tmp_path / "from-the-bank"
    folder.mkdir()
    put(folder, statement("camt.053.001.08", LINES[:2]), "monday.xml")
    put(folder, b"not for us", "readme.txt")
    site.set_conf("sepa_return_folder", str(folder))
    assert watched_folder.take_in_new_files(site) == ""
    put(folder, statement("camt.053.001.08", LINES[2:]), "tuesday.XML")
    assert watched_folder.take_in_new_files(site) == ""
    assert watched_folder.take_in_new_files(site) == ""
    assert len(kept(site)) == 3
    assert site.count("SEPA Audit Log", {"action": "bank_file_taken_in"}) == 2


def test_a_file_in_the_folder_that_cannot_be_read_is_said_and_stops_no_other(
    site: SQLiteSite, tmp_path: Path
) -> None:
    lay(site, CASE)
    put(tmp_path, b"<broken", "a.xml")
    put(tmp_path, statement("camt.053.001.08", LINES), "b.xml")
    site.set_conf("sepa_return_folder", str(tmp_path))
    assert "a.xml was not taken in: the XML is broken" in watched_folder.take_in_new_files(site)
    assert len(kept(site)) == 3


def test_a_folder_that_is_not_there_is_said(site: SQLiteSite, tmp_path: Path) -> None:
    site.set_conf("sepa_return_folder", str(tmp_path / "nowhere"))
    assert watched_folder.take_in_new_files(site) == "sepa_return_folder: No such file or directory"


def test_without_a_folder_nothing_happens(site: SQLiteSite) -> None:
    assert watched_folder.take_in_new_files(site) == ""
