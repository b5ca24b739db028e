"""Every committed event is sealed exactly once, whoever seals, in whatever order they were committed."""

from __future__ import annotations

import os
import random
import threading
import unittest
from pathlib import Path

import pytest

from tests.audit.seals import adversary
from tests.audit.seals.trail import sealed_log, write_event, write_events
from tests.conftest import MovableClock
from verenigingen.tests.contracts.seal_contract import SealContract
from verenigingen.tests.support.patience import SECONDS, joined, turns, until
from verenigingen.tests.support.patience import ended as ended_with
from vuurtoren.audit.seals import canonical, sealer
from vuurtoren.audit.seals.head import HeadNotTrusted
from vuurtoren.audit.seals.keys import SIGNING_KEYS, add_signing_key, ensure_keys, load_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

CONFIG = {"time_zone": "Europe/Amsterdam"}


def leaves(site: SQLiteSite) -> list[str]:
    return [row["event"] for row in site.get_all(LEAF, ["event"], order_by="position")]


def sizes(site: SQLiteSite) -> list[int]:
    return [row["tree_size"] for row in site.get_all(CHECKPOINT, ["tree_size"], order_by="sequence")]


def test_an_event_that_was_committed_late_is_sealed_too(site: SQLiteSite, clock: MovableClock) -> None:
    write_events(site, 3)
    early = site.now()
    clock.move(hours=2)
    write_events(site, 3, start=3)
    seal(site)
    write_event(site, 6)
    (row,) = site.get_all(LOG, ["name"], {"event_id": f"{6:032x}"})
    adversary.run(site, 'UPDATE "tabSEPA Audit Log" SET creation = ? WHERE name = ?', str(early), row["name"])
    site.commit()
    assert seal(site).sealed == 1
    assert leaves(site)[-1] == f"{6:032x}"


def test_an_event_that_is_days_late_is_found_by_the_sweep(site: SQLiteSite, clock: MovableClock) -> None:
    write_event(site, 0)
    clock.move(days=3)
    write_events(site, 3, start=1)
    seal(site)
    write_event(site, 4)
    adversary.run(
        site,
        'UPDATE "tabSEPA Audit Log" SET creation = ? WHERE event_id = ?',
        "2026-11-04 10:00:00.000000",
        f"{4:032x}",
    )
    site.commit()
    assert seal(site).sealed == 0
    assert seal(site, sweep=True).sealed == 1


def test_a_long_backlog_is_sealed_in_batches(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "BATCH_ROWS", 10)
    write_events(site, 35)
    assert seal(site).sealed == 35
    assert sizes(site) == [10, 20, 30, 35]


def test_an_empty_hour_gets_a_checkpoint_too(site: SQLiteSite, clock: MovableClock) -> None:
    seal(site)
    clock.move(minutes=59)
    seal(site)
    assert sizes(site) == [0]
    clock.move(minutes=1)
    seal(site)
    assert sizes(site) == [0, 0]


def test_checkpoints_name_the_one_before(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    points = [anchor.signed.checkpoint for anchor in anchors if anchor.signed]
    assert [point.previous for point in points] == ["0" * 64, points[0].digest, points[1].digest]


def test_an_event_of_somebody_without_the_key_is_sealed_with_a_flag(site: SQLiteSite) -> None:
    write_events(site, 1)
    row = site.get_all(LOG, [*canonical.ROW_FIELDS, "timestamp"])[0]
    site.insert(LOG, row | {"event_id": "forged", "row_mac": "0" * 64})
    site.commit()
    assert seal(site).flagged == ["forged"]


def test_an_event_without_canonical_form_does_not_stop_the_others(site: SQLiteSite) -> None:
    write_events(site, 3)
    adversary.run(
        site,
        'UPDATE "tabSEPA Audit Log" SET schema_version = 9 WHERE event_id = ?',
        f"{1:032x}",
    )
    site.commit()
    assert seal(site).sealed == 3
    assert verify(site).exit_code == 1


def test_a_row_without_an_event_id_does_not_stop_the_others(site: SQLiteSite) -> None:
    write_events(site, 3)
    adversary.run(
        site,
        'UPDATE "tabSEPA Audit Log" SET event_id = NULL WHERE event_id = ?',
        f"{1:032x}",
    )
    site.commit()
    assert seal(site).sealed == 2
    assert verify(site).of("foreign row")


def test_a_second_row_of_an_event_does_not_stop_the_others(site: SQLiteSite) -> None:
    write_events(site, 3)
    adversary.duplicate_a_row(site, random.Random(1))
    site.commit()
    assert seal(site).sealed == 3
    assert seal(site).sealed == 0
    assert len(verify(site).of("foreign row")) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("note", "nonsense"), ("frontier", "00"), ("frontier", ""), ("key_id", "00000000")],
)
def test_nothing_is_appended_to_a_head_that_was_changed(site: SQLiteSite, column: str, value: str) -> None:
    sealed_log(site)
    adversary.run(
        site,
        f'UPDATE "tabSEPA Audit Checkpoint" SET "{column}" = ? WHERE sequence = 3',
        value,
    )
    site.commit()
    write_events(site, 1, start=50)
    with pytest.raises(HeadNotTrusted):
        seal(site)
    assert len(leaves(site)) == 20


def test_nothing_is_appended_to_a_head_that_somebody_else_signed(site: SQLiteSite) -> None:
    sealed_log(site)
    site.set_conf(SIGNING_KEYS, None)
    ensure_keys(site)
    with pytest.raises(HeadNotTrusted, match="not in the site configuration"):
        seal(site)


def test_a_new_key_takes_over_with_the_signature_of_the_old_one(
    site: SQLiteSite, clock: MovableClock
) -> None:
    sealed_log(site)
    old = load_keys(site).signer.public
    new = add_signing_key(site)
    write_events(site, 2, start=30)
    seal(site)
    clock.move(hours=2)
    seal(site)
    notes = [row["note"] for row in site.get_all(CHECKPOINT, ["note"], order_by="sequence")]
    assert [new.text in note for note in notes] == [False, False, False, True, False]
    assert not verify(site, keys=[old]).tampered
    assert not verify(site).tampered


def test_the_old_key_may_be_reduced_to_its_public_half_after_the_change(site: SQLiteSite) -> None:
    sealed_log(site)
    old = load_keys(site).signer.public
    add_signing_key(site)
    write_events(site, 2, start=30)
    seal(site)
    site.set_conf(SIGNING_KEYS, [old.text, load_keys(site).signer.secret_text])
    write_events(site, 2, start=40)
    assert seal(site).sealed == 2
    assert not verify(site).tampered


def test_two_sealers_at_once_seal_every_event_once(site: SQLiteSite) -> None:
    write_events(site, 300)
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def work() -> None:
        start.wait(SECONDS)
        try:
            seal(site)
        except BaseException as failure:
            failures.append(failure)
        finally:
            site.store.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert not failures
    seal(site)
    assert sorted(leaves(site)) == [f"{number:032x}" for number in range(300)]
    assert not verify(site).tampered


def test_events_of_sixteen_writers_are_all_sealed_while_a_sealer_runs(site: SQLiteSite) -> None:
    ensure_keys(site)
    writers, each = 16, 40
    finished = threading.Event()

    def write(writer: int) -> None:
        for number in range(each):
            write_event(site, writer * each + number)
            if number % 3 == 0:
                # several events in one transaction: created earlier than others that are committed before
                site.commit()
        site.commit()
        site.store.close()

    def keep_sealing() -> None:
        for _ in turns("sealing"):
            if finished.is_set():
                break
            seal(site)
        site.store.close()

    sealing = threading.Thread(target=keep_sealing)
    sealing.start()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    joined(threads)
    finished.set()
    joined([sealing])
    until(lambda: not seal(site).overtaken, "a sealer that is alone")
    waiting = len(list((site.folder / "private" / "audit_spool").glob("*.jsonl")))
    assert site.count(LOG) + waiting >= writers * each
    assert len(leaves(site)) == site.count(LOG)
    assert not verify(site).tampered


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_at_any_statement_leaves_the_old_or_the_new_head(tmp_path: Path) -> None:
    site = SQLiteSite(tmp_path / "site", clock=MovableClock(), config=CONFIG, name="v.example")
    sealed_log(site, (3, 2))
    write_events(site, 4, start=10)
    killed_at, heads = 0, set()
    for killed_at in turns("sealers that are killed", start=1):
        site.store.close()
        child = os.fork()
        if child == 0:
            _seal_and_die(tmp_path / "site", killed_at)
        status = ended_with(child)
        heads.add(sizes(site)[-1])
        assert not verify(site).tampered
        ended = os.waitstatus_to_exitcode(status)
        assert ended in (0, 9)
        if ended == 0:
            break
    assert heads == {5, 9}
    assert killed_at > 8
    assert seal(site).sealed == 0
    site.store.close()


def _seal_and_die(folder: Path, at: int) -> None:
    """Seal in a process of its own that is gone at its `at`-th statement, without any clean-up."""
    try:
        site = SQLiteSite(folder, clock=MovableClock(), config=CONFIG, name="v.example")
        counted = [0]

        def count(statement: str) -> None:
            counted[0] += 1
            if counted[0] == at:
                os._exit(9)

        site.store.connection.set_trace_callback(count)
        seal(site)
    except BaseException:
        os._exit(3)
    os._exit(0)


class TestSealing(SealContract, unittest.TestCase):
    """The contract, on SQLite."""

    @pytest.fixture(autouse=True)
    def _given(self, site: SQLiteSite) -> None:
        self.site, self.embedded = site, site

    def set_past_everything(self, doctype: str, name: str, column: str, value: object) -> None:
        adversary.run(
            self.embedded, f'UPDATE {adversary.table(doctype)} SET "{column}" = ? WHERE name = ?', value, name
        )
        self.site.commit()

    def delete_past_everything(self, doctype: str, name: str) -> None:
        adversary.run(self.embedded, f"DELETE FROM {adversary.table(doctype)} WHERE name = ?", name)
        self.site.commit()
