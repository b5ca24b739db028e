"""Whoever changed anything is shown, by class and row; and who changed nothing is never accused."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.audit.seals import adversary
from tests.audit.seals.trail import anchors_of, sealed_log, write_event, write_events
from tests.conftest import MovableClock
from verenigingen.tests.support.patience import LONGEST_SECONDS, turns
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.audit.seals.keys import MAC_KEYS, SIGNING_KEYS, add_signing_key, load_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import ANCHOR, CHECKPOINT, LEAF, LOG
from vuurtoren.audit.verification.verification import Anchor, verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def sql(site: SQLiteSite, statement: str, *values: object) -> None:
    adversary.run(site, statement, *values)


def kinds(site: SQLiteSite, **options: object) -> set[str]:
    anchors = options.pop("anchors", ())
    result = verify(site, anchors=anchors, **options)  # type: ignore[arg-type]
    return {finding.kind for finding in result.findings} - {"not anchored"}


# ---- what is whole
def test_a_log_that_nobody_touched_is_ok(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    result = verify(site, anchors=anchors)
    assert (result.exit_code, result.findings) == (0, [])
    assert (result.tree_size, result.rows_checked, result.checkpoints_checked) == (20, 20, 3)
    assert result.root == anchors[-1].root
    assert result.answer.startswith("ok: 20 events sealed")


def test_a_checkpoint_that_was_handed_out_lately_is_an_anchor(site: SQLiteSite, clock: MovableClock) -> None:
    sealed_log(site)
    assert verify(site).exit_code == 2
    (row,) = site.get_all(CHECKPOINT, ["name"], {"sequence": 3})
    parent = {"parent": row["name"], "parenttype": CHECKPOINT, "parentfield": "anchors"}
    site.insert(ANCHOR, parent | {"channel": "mail", "sent_at": site.now()})
    assert verify(site).exit_code == 0
    clock.move(hours=49)
    assert {finding.kind for finding in verify(site).findings} == {"not anchored"}


def test_an_event_that_is_minutes_old_may_wait_for_its_seal(site: SQLiteSite, clock: MovableClock) -> None:
    anchors = sealed_log(site)
    write_event(site, 99)
    assert verify(site, anchors=anchors).exit_code == 0
    clock.move(minutes=6)
    result = verify(site, anchors=anchors)
    assert (result.exit_code, [finding.kind for finding in result.findings]) == (2, ["not sealed"])


def test_an_hour_that_happens_twice_is_no_change(tmp_path: Path) -> None:
    clock = MovableClock()
    clock.moment = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    site = SQLiteSite(tmp_path / "s", clock=clock, config={"time_zone": "Europe/Amsterdam"}, name="v.example")
    for number in range(4):
        write_event(site, number)
        clock.move(minutes=30)
    site.commit()
    seal(site)
    shown = [
        row["timestamp"].strftime("%H:%M") for row in site.get_all(LOG, ["timestamp"], order_by="event_id")
    ]
    assert shown == ["02:30", "02:00", "02:30", "03:00"]
    sealed = [
        row["event_time_utc"][11:16] for row in site.get_all(LOG, ["event_time_utc"], order_by="event_id")
    ]
    assert sealed == ["00:30", "01:00", "01:30", "02:00"]
    assert verify(site, anchors=anchors_of(site)).exit_code == 0
    site.store.close()


def test_a_clock_that_went_back_is_told_and_is_no_tampering(site: SQLiteSite, clock: MovableClock) -> None:
    sealed_log(site)
    clock.move(hours=-5)
    write_events(site, 2, start=50)
    seal(site)
    result = verify(site, anchors=anchors_of(site))
    assert (result.exit_code, {finding.kind for finding in result.findings}) == (0, {"clock went back"})


@pytest.mark.parametrize("column", ["_comments", "modified", "modified_by", "idx"])
def test_what_frappe_itself_writes_into_a_row_is_no_tampering(site: SQLiteSite, column: str) -> None:
    anchors = sealed_log(site)
    if column != "_comments":
        sql(site, f'UPDATE "tabSEPA Audit Log" SET "{column}" = 7')
    assert verify(site, anchors=anchors).findings == []


# ---- what is not whole
def test_an_empty_table_is_never_ok_when_an_anchor_counts_rows(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    adversary.delete_everything(site, random.Random(1))
    result = verify(site, anchors=anchors)
    assert result.exit_code == 1
    assert result.of("rollback")


def test_an_empty_site_that_never_sealed_is_incomplete(site: SQLiteSite) -> None:
    assert verify(site).exit_code == 2


def test_missing_keys_are_incomplete_not_ok(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    keys = [load_keys(site).signer.public]
    site.set_conf(MAC_KEYS, None)
    site.set_conf(SIGNING_KEYS, None)
    result = verify(site, anchors=anchors, keys=keys)
    assert (result.exit_code, {finding.kind for finding in result.findings}) == (2, {"not checkable"})
    assert verify(site).exit_code == 1


def test_all_bad_rows_are_named_not_only_the_first(site: SQLiteSite) -> None:
    sealed_log(site)
    for number in (2, 5, 11):
        sql(site, 'UPDATE "tabSEPA Audit Log" SET actor = ? WHERE event_id = ?', "nobody", f"{number:032x}")
    assert [finding.position for finding in verify(site).of("row changed")] == [2, 5, 11]


def test_an_unsealed_row_without_the_right_code_is_foreign(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    adversary.insert_a_forged_row(site, random.Random(3))
    assert kinds(site, anchors=anchors) == {"foreign row"}


def test_a_signature_of_somebody_else_is_bad(site: SQLiteSite) -> None:
    sealed_log(site)
    adversary.seal_again_with_another_key(site, random.Random(1))
    assert {finding.checkpoint for finding in verify(site).of("bad signature")} == {1, 2, 3}


def test_an_anchor_that_somebody_else_signed_is_refused(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    other = SQLiteSite(tmp_path / "other", clock=MovableClock(), config={"time_zone": "UTC"}, name=site.name)
    foreign = sealed_log(other, (3,))
    assert "bad signature" in kinds(site, anchors=foreign)
    other.store.close()


def test_an_older_state_is_a_rollback(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    adversary.cut_the_tail(site, random.Random(2))
    assert "rollback" in kinds(site, anchors=anchors)
    assert not verify(site).tampered


def test_the_short_form_in_the_minutes_is_an_anchor(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    assert anchors[-1].signed
    short = anchors[-1].signed.checkpoint.short
    assert verify(site, anchors=[Anchor.from_short(short)]).exit_code == 0
    adversary.rewrite(site, random.Random(5))
    assert verify(site, anchors=[Anchor.from_short(short)]).exit_code == 1


@pytest.mark.parametrize("text", ["", "5", "5 abc", "5 ABCDEF0123456789", "x 0123456789abcdef"])
def test_what_is_no_short_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Anchor.from_short(text)


def test_an_event_that_was_deleted_before_it_was_sealed_leaves_no_trace(site: SQLiteSite) -> None:
    """The limit of sealing, which is why the database refuses and the sealer comes every minute."""
    anchors = sealed_log(site)
    write_event(site, 99)
    sql(site, 'DELETE FROM "tabSEPA Audit Log" WHERE event_id = ?', f"{99:032x}")
    assert verify(site, anchors=anchors).exit_code == 0


# ---- what may be gone
def maintain(site: SQLiteSite, details: dict[str, object]) -> None:
    record(site, "Audit Maintenance", "", "", "done", "Compliant", details)
    site.commit()
    seal(site)


def test_a_pruned_prefix_is_told_and_is_no_tampering(site: SQLiteSite) -> None:
    sealed_log(site)
    maintain(site, {"pruned_before": 7})
    sql(site, 'DELETE FROM "tabSEPA Audit Log" WHERE event_id < ?', f"{7:032x}")
    assert kinds(site) == {"pruned"}
    sql(site, 'DELETE FROM "tabSEPA Audit Log" WHERE event_id = ?', f"{7:032x}")
    assert kinds(site) == {"pruned", "row missing"}


def test_an_erased_event_is_told_and_is_no_tampering(site: SQLiteSite) -> None:
    sealed_log(site)
    erase = 'UPDATE "tabSEPA Audit Log" SET details = NULL, details_salt = NULL WHERE event_id = ?'
    sql(site, erase, f"{7:032x}")
    assert kinds(site) == {"row missing"}
    maintain(site, {"erased": f"{7:032x}"})
    assert kinds(site) == {"erased"}


def test_a_forged_maintenance_event_excuses_nothing(site: SQLiteSite) -> None:
    sealed_log(site)
    maintain(site, {"pruned_before": 3})
    sql(site, "UPDATE \"tabSEPA Audit Log\" SET details = '{\"pruned_before\":9}' WHERE action = 'done'")
    sql(site, 'DELETE FROM "tabSEPA Audit Log" WHERE event_id < ?', f"{9:032x}")
    assert {"row changed", "row missing"} <= kinds(site)


# ---- the daily run
def test_the_daily_run_checks_what_is_new_and_every_checkpoint(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    result = verify(site, anchors=anchors, since=8)
    assert (result.exit_code, result.rows_checked, result.checkpoints_checked) == (0, 12, 3)
    assert result.root == anchors[-1].root


def test_the_daily_run_looks_at_some_older_events_too(site: SQLiteSite) -> None:
    sealed_log(site)
    sql(site, 'UPDATE "tabSEPA Audit Log" SET actor = ?', "nobody")
    result = verify(site, since=20, sample=0.5)
    assert len(result.of("row changed")) == 10


def test_the_daily_run_starts_at_a_checkpoint(site: SQLiteSite) -> None:
    sealed_log(site)
    with pytest.raises(ValueError, match="verify in full"):
        verify(site, since=9)


def test_the_daily_run_believes_no_stored_edge_that_does_not_fit(site: SQLiteSite) -> None:
    sealed_log(site)
    sql(site, 'UPDATE "tabSEPA Audit Checkpoint" SET frontier = ? WHERE sequence = 2', "ab" * 32)
    assert verify(site, since=8).tampered


# ---- keys
def test_a_hand_over_is_believed_from_the_old_key(site: SQLiteSite) -> None:
    sealed_log(site)
    old = load_keys(site).signer.public
    add_signing_key(site)
    write_events(site, 3, start=60)
    seal(site)
    assert verify(site, keys=[old], anchors=anchors_of(site)).exit_code == 0


@pytest.mark.parametrize("whose", [0, 1])
def test_a_hand_over_needs_both_signatures_although_both_keys_are_known(site: SQLiteSite, whose: int) -> None:
    sealed_log(site)
    add_signing_key(site)
    write_events(site, 3, start=60)
    seal(site)
    row = site.get_all(CHECKPOINT, ["name", "note"], order_by="sequence desc", limit=1)[0]
    body, _, signatures = row["note"].rpartition("\n\n")
    lines = signatures.splitlines(keepends=True)
    other, wrong = lines[1 - whose], lines[whose]
    wrong = wrong[:-20] + ("A" if wrong[-20] != "A" else "B") + wrong[-19:]
    for forged in (wrong + other, other):
        note = f"{body}\n\n{forged}"
        sql(site, 'UPDATE "tabSEPA Audit Checkpoint" SET note = ? WHERE name = ?', note, row["name"])
        assert kinds(site) == {"bad signature"}


# ---- everybody who may change anything
@pytest.fixture
def log(site: SQLiteSite) -> tuple[SQLiteSite, list[Anchor]]:
    """A log with a hand-over, an empty hour, pending events and several checkpoints."""
    anchors = sealed_log(site, (5, 1, 8))
    site._clock.move(hours=2)  # type: ignore[attr-defined]
    add_signing_key(site)
    seal(site)
    write_events(site, 6, start=100)
    seal(site)
    write_events(site, 2, start=200)
    anchors = anchors_of(site)
    assert verify(site, anchors=anchors).findings == []
    return site, anchors


def mutate(site: SQLiteSite, anchors: list[Anchor], count: int, seed: int) -> dict[str, int]:
    """Do `count` effective changes one after the other, each taken back; all of them must be found."""
    chance, done = random.Random(seed), dict.fromkeys((each.__name__ for each in adversary.WITHOUT_KEYS), 0)
    for _ in turns("changes of the log", seconds=LONGEST_SECONDS):
        if sum(done.values()) == count:
            break
        operator = adversary.WITHOUT_KEYS[sum(done.values()) % len(adversary.WITHOUT_KEYS)]
        what = operator(site, chance)
        if what is not None:
            result = verify(site, anchors=anchors)
            assert result.exit_code == 1, f"not found: {operator.__name__}: {what}"
            _, _, where = what.partition(" | ")
            named = "\n".join(str(finding) for finding in result.findings if finding.tampering)
            assert where in named, f"{operator.__name__}: {what}: not named in\n{named}"
            done[operator.__name__] += 1
        site.store.rollback()
    assert verify(site, anchors=anchors).findings == []
    return done


@pytest.mark.parametrize("operator", adversary.WITHOUT_KEYS, ids=lambda operator: operator.__name__)
def test_every_kind_of_change_is_found(
    log: tuple[SQLiteSite, list[Anchor]], operator: adversary.Operator
) -> None:
    site, anchors = log
    chance = random.Random(operator.__name__)
    found = 0
    for _ in range(40):
        what = operator(site, chance)
        if what is not None:
            assert verify(site, anchors=anchors).exit_code == 1, what
            found += 1
        site.store.rollback()
        if found == 8:
            break
    assert found


def test_random_changes_are_all_found_and_named(log: tuple[SQLiteSite, list[Anchor]]) -> None:
    mutate(*log, count=480, seed=1)


@pytest.mark.slow
def test_ten_thousand_random_changes_are_all_found_and_named(log: tuple[SQLiteSite, list[Anchor]]) -> None:
    done = mutate(*log, count=10_080, seed=2)
    print(f"{sum(done.values())} changes found: {done}")


def clean_runs(folder: Path, count: int) -> None:
    for number in range(count):
        chance = random.Random(number)
        site = SQLiteSite(
            folder / str(number),
            clock=MovableClock(),
            config={"time_zone": "Europe/Amsterdam"},
            name="v.example",
        )
        sealed_log(site, tuple(chance.randrange(0, 9) for _ in range(chance.randrange(1, 5))))
        result = verify(site, anchors=anchors_of(site))
        assert (result.exit_code, result.findings) == (0, []), number
        site.store.close()


def test_clean_logs_raise_no_alarm(tmp_path: Path) -> None:
    clean_runs(tmp_path, 25)


@pytest.mark.slow
def test_a_thousand_clean_logs_raise_no_alarm(tmp_path: Path) -> None:
    clean_runs(tmp_path, 1000)


# ---- somebody with every key
def rewrite_many(site: SQLiteSite, anchors: list[Anchor], count: int) -> None:
    chance = random.Random(7)
    for _ in range(count):
        what = adversary.rewrite(site, chance)
        position = int(what.rsplit(" ", 1)[1])
        assert not verify(site).tampered, what
        for anchor in anchors:
            # an anchor from before the event cannot tell
            result = verify(site, anchors=[anchor])
            assert result.tampered == (anchor.size > position) or result.of("checkpoint missing"), what
        site.store.rollback()


def test_who_has_all_keys_is_caught_by_the_anchor_and_only_by_it(site: SQLiteSite) -> None:
    rewrite_many(site, sealed_log(site, (5, 4, 6)), 25)


@pytest.mark.slow
def test_who_has_all_keys_is_caught_by_the_anchor_a_thousand_times(site: SQLiteSite) -> None:
    rewrite_many(site, sealed_log(site, (5, 4, 6)), 1000)


def test_a_note_with_a_flipped_bit_never_verifies(site: SQLiteSite) -> None:
    sealed_log(site, (3,))
    (row,) = site.get_all(CHECKPOINT, ["note"])
    key = load_keys(site).signer.public
    signed = SignedCheckpoint.from_text(row["note"])
    assert signed.signed_by(key)
    assert site.count(LEAF) == signed.checkpoint.tree_size
