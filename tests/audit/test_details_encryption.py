"""Rows of older versions are encrypted in batches, keys are changed, and a lost key is said to be lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.audit.clear_entries import clear_entries
from tests.audit.seals import adversary
from tests.audit.seals.trail import anchors_of, sealed_log, write_event, write_events
from vuurtoren.audit.details import details_encryption
from vuurtoren.audit.details.details_box import is_box, key_id
from vuurtoren.audit.details.details_encryption import encrypt_older, rotate
from vuurtoren.audit.recording.recording import complete, record
from vuurtoren.audit.retention import retention
from vuurtoren.audit.seals import append_only_guard, canonical
from vuurtoren.audit.seals.findings import Verification
from vuurtoren.audit.seals.keys import (
    DETAILS_KEYS,
    KeysMissing,
    load_details_keys,
    newest_details_key,
    newest_mac_key,
)
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search.searching import search
from vuurtoren.audit.search.sensitive_details import shown_details
from vuurtoren.audit.verification import command
from vuurtoren.audit.verification.entry_state import states
from vuurtoren.audit.verification.export import DetailsLocked, export
from vuurtoren.audit.verification.verification import verify
from vuurtoren.audit.verification.verify_sepa_audit import main as stand_alone
from vuurtoren.commands.audit import audit_group
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

OLDER = 7


def write_older(site: SQLiteSite, number: int, **changes: object) -> str:
    """An event as versions wrote it that did not encrypt: in clear."""
    told = {"process_type": "Bank Submission", "action": "sent", "event_id": f"{number:032x}"}
    row = complete(site, {**told, "details": {"note": f"caf\u00e9 {number}"}})
    row |= canonical.sealed_values(row, newest_mac_key(site))
    return site.insert(LOG, row | {"owner": "Guest"} | changes)


@pytest.fixture
def older(site: SQLiteSite) -> SQLiteSite:
    """A sealed log of an older version."""
    for number in range(OLDER):
        write_older(site, number)
    site.commit()
    seal(site)
    return site


def checked(site: SQLiteSite) -> Verification:
    return verify(site, anchors=anchors_of(site))


def in_clear(site: SQLiteSite) -> int:
    return sum(
        not is_box(row["details"]) for row in site.get_all(LOG, ["details"], {"details": ("is", "set")})
    )


def test_older_rows_are_readable_verify_and_are_encrypted_without_another_seal(older: SQLiteSite) -> None:
    assert checked(older).exit_code == 0
    before = {row["event_id"]: row for row in clear_entries(older, canonical.ROW_FIELDS)}
    root = checked(older).root
    reached = encrypt_older(older)
    assert (reached.encrypted, reached.left, reached.done) == (OLDER, 0, True)
    assert in_clear(older) == 0
    after = {row["event_id"]: row for row in clear_entries(older, canonical.ROW_FIELDS)}
    assert {event: after[event] for event in before} == before
    assert (checked(older).exit_code, checked(older).root) == (0, root)
    assert append_only_guard.missing(older) == ""


def test_it_is_told_in_the_trail_once(older: SQLiteSite) -> None:
    encrypt_older(older)
    encrypt_older(older)
    (entry,) = clear_entries(older, ["details"], {"action": "details_encrypted"})
    assert json.loads(entry["details"])["rows"] == OLDER


def test_it_goes_on_where_it_ended(older: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details_encryption, "BATCH_ROWS", 2)
    assert encrypt_older(older, most=4).done is False
    assert in_clear(older) == OLDER - 4
    assert checked(older).exit_code == 0
    assert encrypt_older(older).encrypted == OLDER
    assert in_clear(older) == 0


def test_killed_in_a_batch_it_begins_that_batch_again(
    older: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(details_encryption, "BATCH_ROWS", 3)
    calls = iter(range(5))
    update = SQLiteSite.update

    def dying(site: SQLiteSite, *args: object, **how: object) -> bool:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return update(site, *args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(SQLiteSite, "update", dying)
    with pytest.raises(KeyboardInterrupt):
        encrypt_older(older)
    older.rollback()
    monkeypatch.undo()
    assert append_only_guard.missing(older) == ""
    assert in_clear(older) == OLDER - 3
    encrypt_older(older)
    assert (in_clear(older), checked(older).exit_code) == (0, 0)


def test_the_clock_of_a_row_and_who_changed_it_last_stay(older: SQLiteSite) -> None:
    fields = ["name", "modified", "modified_by", "creation", "user"]
    before = older.get_all(LOG, fields, order_by="name")
    encrypt_older(older)
    assert (
        older.get_all(LOG, fields, {"name": ("in", [row["name"] for row in before])}, order_by="name")
        == before
    )


def test_the_owner_becomes_whoever_did_it(older: SQLiteSite) -> None:
    encrypt_older(older)
    assert {row["owner"] for row in older.get_all(LOG, ["owner"])} == {"Administrator"}


def test_a_row_that_was_changed_is_left_as_evidence(older: SQLiteSite) -> None:
    forged = '{"note":"forged"}'
    adversary.run(older, f'UPDATE "tab{LOG}" SET details = ? WHERE event_id = ?', forged, f"{3:032x}")
    older.commit()
    assert encrypt_older(older).left == 1
    (row,) = older.get_all(LOG, ["details"], {"event_id": f"{3:032x}"})
    assert row["details"] == forged
    assert [finding.event for finding in checked(older).of("row changed")] == [f"{3:032x}"]


def test_an_earlier_rename_is_written_down_and_an_earlier_forgery_is_found(site: SQLiteSite) -> None:
    site.insert("User", {"name": "mallory@v.example", "email": "mallory@v.example", "enabled": 1})
    with site.as_user("anna@v.example"):
        write_older(site, 1, user="annie@v.example")
        write_older(site, 2, user="annie@v.example")
    with site.as_user("mallory@v.example"):
        write_older(site, 3, user="anna@v.example")
    site.commit()
    encrypt_older(site)
    seal(site)
    result = checked(site)
    assert site.count(LOG, {"action": "user_renamed", "compliance_status": "Pending Review"}) == 1
    assert [finding.event for finding in result.of("row changed")] == [f"{3:032x}"]
    assert {finding.event for finding in result.of("renamed")} == {f"{1:032x}", f"{2:032x}"}


def test_it_does_not_run_beside_an_erasure(older: SQLiteSite) -> None:
    with older.lock(retention.LOCK):
        result = CliRunner().invoke(audit_group(lambda work: print(work(older))), ["encrypt-details"])
    assert result.output.startswith("could not run: somebody else is pruning, erasing or encrypting")
    assert result.output.endswith("3\n")


# ---- keys
def test_one_key_is_made_however_many_come_at_once(site: SQLiteSite) -> None:
    with site.lock("sepa-audit-keys"), pytest.raises(KeysMissing, match="try again"):
        newest_details_key(site)
    assert newest_details_key(site) == newest_details_key(SQLiteSite(site.folder))
    assert len(load_details_keys(site)) == 1
    assert (site.folder / "site_config.json").stat().st_mode & 0o777 == 0o600


def test_processes_that_come_at_once_get_the_same_key(site: SQLiteSite) -> None:
    script = (
        "import sys\n"
        "from vuurtoren.audit.seals.keys import KeysMissing, newest_details_key\n"
        "from vuurtoren.embedded.store.sqlite_site import SQLiteSite\n"
        "site = SQLiteSite(sys.argv[1])\n"
        "while True:\n"
        "    try:\n"
        "        print(newest_details_key(site).hex()); break\n"
        "    except KeysMissing: pass\n"
    )
    command = [sys.executable, "-c", script, str(site.folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate(timeout=60)[0].strip() for process in running}
    assert said == {newest_details_key(site).hex()}


def test_a_key_from_the_environment_wins(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEPA_AUDIT_DETAILS_KEYS", "ab" * 32)
    record(site, "Reconciliation", "", "", "matched")
    assert key_id(bytes.fromhex("ab" * 32)) in site.get_all(LOG, ["details"])[0]["details"]
    with pytest.raises(KeysMissing, match="SEPA_AUDIT_DETAILS_KEYS"):
        rotate(site)


@pytest.mark.parametrize("value", ["text", ["short"], ["ab" * 16], [1]])
def test_a_key_that_cannot_be_read_is_named_and_never_replaced(site: SQLiteSite, value: object) -> None:
    site.set_conf(DETAILS_KEYS, value)
    with pytest.raises(KeysMissing, match=DETAILS_KEYS):
        newest_details_key(site)
    assert site.conf(DETAILS_KEYS) == value


def test_after_a_rotation_the_old_key_is_needed_no_more(site: SQLiteSite) -> None:
    anchors = sealed_log(site)
    old = load_details_keys(site)
    reached = rotate(site)
    assert (reached.encrypted, reached.left) == (20, 0)
    site.set_conf(DETAILS_KEYS, [load_details_keys(site)[-1].hex()])
    assert old[0] not in load_details_keys(site)
    assert verify(site, anchors=anchors).exit_code == 0
    assert clear_entries(site, ["details"], {"event_id": f"{3:032x}"})[0]["details"].startswith(
        '{"amount":"3.00"'
    )


def test_the_hourly_run_goes_on_with_a_rotation_that_was_killed(site: SQLiteSite) -> None:
    sealed_log(site)
    encrypt_older(site)
    from vuurtoren.audit.seals.keys import add_details_key
    from vuurtoren.rounds.checks import run_job

    newest = key_id(add_details_key(site))
    run_job(site, "hourly")
    assert all(f"v1.{newest}." in row["details"] for row in site.get_all(LOG, ["details"]))


# ---- a key that is lost, or not beside the backup that was put back
@pytest.fixture
def keyless(site: SQLiteSite) -> SQLiteSite:
    sealed_log(site)
    record(site, "Mandate Creation", "", "", "made", details={"member": "LID-1"}, sensitive=True)
    site.commit()
    seal(site)
    site.set_conf(DETAILS_KEYS, ["cd" * 32])
    return site


def test_what_a_verification_says_without_the_key(keyless: SQLiteSite) -> None:
    result = checked(keyless)
    assert result.exit_code == 2
    (finding,) = result.findings
    assert finding.kind == "not checkable"
    assert finding.explanation.startswith("the details of 21 events cannot be opened: the key ")
    assert "their boxes are as they were written, the rest was checked" in finding.explanation


def test_without_the_key_a_changed_box_or_field_is_found_all_the_same(keyless: SQLiteSite) -> None:
    (row,) = keyless.get_all(LOG, ["details"], {"event_id": f"{3:032x}"})
    changed = row["details"][:60] + ("A" if row["details"][60] != "A" else "B") + row["details"][61:]
    adversary.run(keyless, f'UPDATE "tab{LOG}" SET details = ? WHERE event_id = ?', changed, f"{3:032x}")
    adversary.run(keyless, f"UPDATE \"tab{LOG}\" SET action = 'x' WHERE event_id = ?", f"{5:032x}")
    found = {finding.event for finding in checked(keyless).of("row changed")}
    assert found == {f"{3:032x}", f"{5:032x}"}


def test_forms_and_searches_say_which_key_is_missing(keyless: SQLiteSite) -> None:
    entries = {entry["event_id"]: entry["details"] for entry in search(keyless, limit=100)["entries"]}
    assert set(entries[f"{3:032x}"]) == {"locked"}
    row = keyless.get_all(LOG, [*canonical.ROW_FIELDS, "name"], {"event_id": f"{3:032x}"})[0]
    assert "locked" in json.loads(shown_details(keyless, row).details or "")
    state = states(keyless, [row["name"]])[row["name"]]
    assert (state.verified, "need the key" in state.why) == (None, True)


def test_new_events_are_written_with_the_key_that_is_there(keyless: SQLiteSite) -> None:
    write_event(keyless, 99)
    assert clear_entries(keyless, ["details"], {"event_id": f"{99:032x}"})[0]["details"]


def test_an_export_without_the_key_says_so_and_leaves_nothing_behind(
    keyless: SQLiteSite, tmp_path: Path
) -> None:
    with pytest.raises(DetailsLocked, match=DETAILS_KEYS):
        export(keyless, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_with_the_key_put_back_all_is_as_before(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    key = load_details_keys(site)[0].hex()
    site.set_conf(DETAILS_KEYS, None)
    write_events(site, 2, start=50)
    seal(site)
    made = load_details_keys(site)[0].hex()
    assert made != key
    assert checked(site).exit_code == 2
    site.set_conf(DETAILS_KEYS, [key, made])
    assert checked(site).exit_code == 0
    folder = export(site, tmp_path / "out")
    assert stand_alone([str(folder), "--key", adversary.public_keys(site)[0].text]) == 0


def test_a_prune_and_an_erasure_stay_explained_without_the_key(site: SQLiteSite) -> None:
    sealed_log(site)
    for name, key in (("a@v.example", "System Manager"), ("b@v.example", "Kascommissie")):
        site.insert("User", {"name": name, "email": name, "enabled": 1})
        site.insert("Has Role", {"parent": name, "parenttype": "User", "role": key})
    retention.erase(site, f"{3:032x}", "GDPR article 17", retention.People("a@v.example", "b@v.example"))
    site.set_conf(DETAILS_KEYS, None)
    result = checked(site)
    assert not result.tampered
    assert [finding.event for finding in result.of("erased")] == [f"{3:032x}"]


# ---- who has opened what
def test_an_export_and_a_proof_are_entries(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    said: list[str] = []
    assert command.export(site, said.append, tmp_path / "out") == 0
    assert command.prove(site, said.append, f"{3:032x}") == 0
    told = clear_entries(site, ["details"], {"action": "details_exported"})
    assert {tuple(json.loads(row["details"])) for row in told} == {("folder",), ("proof_of",)}


def test_the_command_line_rotates_the_key(site: SQLiteSite) -> None:
    sealed_log(site)
    result = CliRunner().invoke(audit_group(lambda work: print(work(site))), ["rotate-details-key"])
    newest = key_id(load_details_keys(site)[-1])
    assert result.output == f"Events encrypted anew: 20, with the key {newest}\n0\n"
