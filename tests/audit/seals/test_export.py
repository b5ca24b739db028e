"""An auditor with nothing but the export, Python and a key from outside answers as the site does."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.audit.seals import adversary
from tests.audit.seals.trail import anchors_of, sealed_log, write_event, write_events
from tests.conftest import MovableClock
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.keys import add_signing_key, load_public_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import NothingToExport, export
from vuurtoren.audit.verification.proofs import NotProvable, prove, prove_growth
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

GOLDEN = Path(__file__).with_name("golden")
CHECKER = Path(verify_sepa_audit.__file__)


def checked(path: Path, *options: str) -> int:
    return verify_sepa_audit.main([str(path), *options])


def key_of(site: SQLiteSite) -> tuple[str, str]:
    return "--key", load_public_keys(site)[0].text


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]


def rewritten(folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """Edit the events of an export and make the manifest fit again, as a forger would."""
    changed = entries(folder)
    change(changed)
    lines = b"".join(canonical.canonical_json(each) + b"\n" for each in changed)
    (folder / "events.jsonl").write_bytes(lines)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["events.jsonl"] = hashlib.sha256(lines).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def anchor_files(site: SQLiteSite, folder: Path) -> list[str]:
    options = []
    for row in site.get_all(CHECKPOINT, ["sequence", "note"], order_by="sequence"):
        path = folder / f"anchor-{row['sequence']}.txt"
        path.write_text(row["note"], "utf-8")
        options += ["--anchor", str(path)]
    return options


# ---- what is exported
def test_an_export_of_an_untouched_log_is_proved(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    assert checked(export(site, tmp_path / "e"), *key_of(site), *anchor_files(site, tmp_path)) == 0


def test_it_is_checked_with_the_standard_library_alone(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    folder = export(site, tmp_path / "e")
    command = [sys.executable, "-I", "-S", str(folder / "verify_sepa_audit.py"), str(folder), *key_of(site)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "OK"), ran.stdout + ran.stderr


def test_an_auditor_can_read_the_checker_in_one_sitting() -> None:
    text = CHECKER.read_text("utf-8")
    words = text[text.index("\nWORDS") : text.index("\n# End of the words")]
    assert len(text.splitlines()) - len(words.splitlines()) < 285


def test_every_line_is_canonical_and_in_order(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    folder = export(site, tmp_path / "e")
    lines = (folder / "events.jsonl").read_bytes().splitlines()
    assert all(canonical.canonical_json(json.loads(line)) == line for line in lines)
    assert [each["position"] for each in entries(folder)] == list(range(20))


def test_nothing_is_exported_over_an_older_export(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    export(site, tmp_path / "e")
    with pytest.raises(FileExistsError):
        export(site, tmp_path / "e")


def test_without_a_checkpoint_there_is_nothing_to_export(site: SQLiteSite, tmp_path: Path) -> None:
    with pytest.raises(NothingToExport, match="seal first"):
        export(site, tmp_path / "e")
    assert not (tmp_path / "e").exists()


def test_an_empty_log_can_be_exported_and_proved(site: SQLiteSite, tmp_path: Path) -> None:
    seal(site)
    assert checked(export(site, tmp_path / "e"), *key_of(site)) == 0


def test_events_that_wait_for_their_seal_make_it_incomplete(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    write_event(site, 99)
    assert checked(export(site, tmp_path / "e"), *key_of(site)) == 2


def test_a_period_is_proved_event_by_event(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    folder = export(
        site,
        tmp_path / "e",
        since_utc=datetime(2026, 11, 4, 9, 0, 6),
        until_utc=datetime(2026, 11, 4, 9, 0, 20),
    )
    assert [each["position"] for each in entries(folder)] == list(range(4, 14))
    assert checked(folder, *key_of(site)) == 0
    with pytest.raises(NothingToExport, match="period"):
        export(site, tmp_path / "f", since_utc=datetime(2030, 1, 1))


def test_a_period_cannot_be_compared_with_an_older_anchor(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    folder = export(site, tmp_path / "e", since_utc=datetime(2026, 11, 4, 9, 0, 6))
    assert checked(folder, *anchor_files(site, tmp_path)) == 2


def test_no_cell_of_the_table_is_a_formula(site: SQLiteSite, tmp_path: Path) -> None:
    for number, action in enumerate(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "plain"]):
        record(site, "Bank Submission", "", "", action, "Compliant", event_id=f"{number:032x}")
    site.commit()
    seal(site)
    with (export(site, tmp_path / "e") / "events.csv").open(encoding="utf-8", newline="") as table:
        shown = [row["action"] for row in csv.DictReader(table)]
    assert sorted(shown) == sorted(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "' =1", "plain"])


# ---- who vouches
def test_without_a_key_or_an_anchor_from_outside_it_is_incomplete(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    assert checked(export(site, tmp_path / "e")) == 2


def test_the_short_form_in_the_minutes_vouches(site: SQLiteSite, tmp_path: Path) -> None:
    shorts = [anchor.signed.checkpoint.short for anchor in sealed_log(site) if anchor.signed]
    folder = export(site, tmp_path / "e")
    for short in shorts:
        assert checked(folder, "--short", short) == 0
    size, root = shorts[1].split()
    assert checked(folder, "--short", f"{size} {root[:15]}0") == 1 or root.endswith("0")
    assert checked(folder, "--short", f"{int(size) + 100} {root}") == 1


def test_another_key_of_the_same_name_does_not_vouch(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    other = verify_key(tmp_path)
    assert checked(export(site, tmp_path / "e"), "--key", other) == 1


def verify_key(folder: Path) -> str:
    other = SQLiteSite(folder / "o", clock=MovableClock(), config={}, name="vereniging.example")
    sealed_log(other, (1,))
    text = load_public_keys(other)[0].text
    other.store.close()
    return text


def test_the_first_key_vouches_after_a_hand_over(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    first = key_of(site)
    for start in (30, 40):
        add_signing_key(site)
        write_events(site, 3, start=start)
        seal(site)
    assert checked(export(site, tmp_path / "e"), *first, *anchor_files(site, tmp_path)) == 0
    manifest = json.loads((tmp_path / "e" / "manifest.json").read_text())
    assert len(manifest["rotations"]) == 2
    (tmp_path / "e" / "manifest.json").write_text(json.dumps(manifest | {"rotations": []}))
    assert checked(tmp_path / "e", *first) == 1


# ---- what a forger of files tries
def drop_last(events: list[dict[str, Any]]) -> None:
    events.pop()


def drop_first(events: list[dict[str, Any]]) -> None:
    events.pop(0)


def change_record(events: list[dict[str, Any]]) -> None:
    events[3]["record"]["action"] = "forged"


def add_to_record(events: list[dict[str, Any]]) -> None:
    events[3]["record"]["extra"] = "forged"


def true_for_one(events: list[dict[str, Any]]) -> None:
    events[3]["record"]["sensitive_data"] = True


def null_for_empty(events: list[dict[str, Any]]) -> None:
    events[3]["record"]["batch"] = "" if events[3]["record"]["batch"] is None else None


def change_record_and_leaf(events: list[dict[str, Any]]) -> None:
    events[3]["record"]["action"] = "forged"
    events[3]["leaf"] = canonical.leaf_hash(canonical.canonical_json(events[3]["record"])).hex()


def change_details(events: list[dict[str, Any]]) -> None:
    events[3]["details"] += " "


def drop_details(events: list[dict[str, Any]]) -> None:
    events[3]["details"] = events[3]["details_salt"] = None


def drop_record(events: list[dict[str, Any]]) -> None:
    events[3]["record"] = events[3]["details"] = events[3]["details_salt"] = None


def swap(events: list[dict[str, Any]]) -> None:
    events[3], events[4] = events[4], events[3]


def twice(events: list[dict[str, Any]]) -> None:
    events.insert(3, events[3])


def other_event(events: list[dict[str, Any]]) -> None:
    events[3]["event_id"] = "f" * 32


def move(events: list[dict[str, Any]]) -> None:
    events[3]["position"] = 100


FORGERIES = (
    drop_last,
    drop_first,
    change_record,
    add_to_record,
    true_for_one,
    null_for_empty,
    change_record_and_leaf,
    change_details,
    drop_details,
    drop_record,
    swap,
    twice,
    other_event,
    move,
)


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_forged_export_is_found(
    site: SQLiteSite, tmp_path: Path, forgery: Callable[[list[dict[str, Any]]], None]
) -> None:
    sealed_log(site)
    for name, period in (("whole", {}), ("part", {"since_utc": datetime(2026, 11, 4, 9, 0, 3)})):
        folder = rewritten(export(site, tmp_path / name, **period), forgery)  # type: ignore[arg-type]
        assert checked(folder, *key_of(site)) == 1, name


def test_a_file_that_was_changed_without_the_manifest_is_found(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    folder = export(site, tmp_path / "e")
    with (folder / "events.csv").open("a") as table:
        table.write("forged\n")
    assert checked(folder, *key_of(site)) == 1


@pytest.mark.parametrize("name", ["manifest.json", "events.jsonl", "checkpoint.txt", "events.csv"])
def test_what_is_missing_cannot_be_checked_and_is_not_ok(site: SQLiteSite, tmp_path: Path, name: str) -> None:
    sealed_log(site)
    folder = export(site, tmp_path / "e")
    (folder / name).unlink()
    assert checked(folder, *key_of(site)) == 3


@pytest.mark.parametrize("name", ["manifest.json", "events.jsonl"])
def test_what_is_nested_without_end_cannot_be_checked(site: SQLiteSite, tmp_path: Path, name: str) -> None:
    sealed_log(site)
    folder = export(site, tmp_path / "e")
    (folder / name).write_text("[" * 100_000)
    assert checked(folder, *key_of(site)) == 3


def test_random_bytes_in_any_file_are_never_ok(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site, (5,))
    folder = export(site, tmp_path / "e")
    chance = random.Random(4)
    for _ in range(150):
        path = folder / chance.choice(["events.jsonl", "checkpoint.txt", "events.csv"])
        whole = path.read_bytes()
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        assert checked(folder, *key_of(site)) in (1, 3)
        path.write_bytes(whole)
    assert checked(folder, *key_of(site)) == 0


# ---- the same answer inside and outside
OF_ROWS_AND_LEAVES = [
    each for each in adversary.WITHOUT_KEYS if "checkpoint" not in each.__name__ and each.__name__ not in (
        "move_a_leaf", "append_a_leaf", "duplicate_a_row")
]  # fmt: skip


def agree(site: SQLiteSite, folder: Path, count: int) -> None:
    anchors = sealed_log(site, (5, 1, 6))
    outside = [*key_of(site), *anchor_files(site, folder)]
    chance = random.Random(11)
    for number in range(count):
        operator = (
            chance.choice(OF_ROWS_AND_LEAVES) if chance.random() < 0.8 else (lambda site, chance: "nothing")
        )
        what = operator(site, chance)
        inside = verify(site, anchors=anchors).exit_code
        try:
            answer = checked(export(site, folder / str(number)), *outside)
        except NothingToExport:
            answer = 1
        assert (answer in (1, 3)) == (inside == 1), f"{what}: inside {inside}, outside {answer}"
        site.store.rollback()


def test_site_and_auditor_agree_about_random_logs(site: SQLiteSite, tmp_path: Path) -> None:
    agree(site, tmp_path, 80)


@pytest.mark.slow
def test_site_and_auditor_agree_about_a_thousand_random_logs(site: SQLiteSite, tmp_path: Path) -> None:
    agree(site, tmp_path, 1000)


# ---- proofs
def test_every_event_can_be_proved(site: SQLiteSite, tmp_path: Path) -> None:
    sealed_log(site)
    for number in range(20):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(prove(site, f"{number:032x}")), "utf-8")
        assert checked(path, *key_of(site)) == 0
        assert checked(path) == 2


@pytest.mark.parametrize(
    "forgery", [change_record, change_record_and_leaf, change_details, other_event, move]
)
def test_a_forged_proof_is_found(
    site: SQLiteSite, tmp_path: Path, forgery: Callable[[list[dict[str, Any]]], None]
) -> None:
    sealed_log(site)
    proof = prove(site, f"{3:032x}")
    forgery([{}, {}, {}, proof["events"][0]])
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof), "utf-8")
    assert checked(path, *key_of(site)) == 1


def test_what_is_not_sealed_cannot_be_proved(site: SQLiteSite) -> None:
    sealed_log(site)
    write_event(site, 77)
    with pytest.raises(NotProvable, match="not sealed yet"):
        prove(site, f"{77:032x}")
    with pytest.raises(NotProvable, match="not in the log"):
        prove(site, "nonsense")


def test_growth_can_be_proved(site: SQLiteSite) -> None:
    from vuurtoren.audit.seals.merkle import verify_consistency

    anchors = sealed_log(site)
    proof = prove_growth(site, anchors[0].size)
    path = [bytes.fromhex(node) for node in proof["path"]]
    old, new = bytes.fromhex(anchors[0].root), bytes.fromhex(anchors[-1].root)
    assert verify_consistency(anchors[0].size, anchors[-1].size, old, new, path)


# ---- exports of earlier versions
@pytest.mark.parametrize("folder", sorted(GOLDEN.glob("v*")), ids=lambda folder: folder.name)
def test_exports_of_every_version_are_proved_for_ever(folder: Path) -> None:
    key = (folder / "key.txt").read_text().strip()
    outside = [
        "--key",
        key,
        "--anchor",
        str(folder / "anchor.txt"),
        "--short",
        (folder / "short.txt").read_text(),
    ]
    assert checked(folder / "export", *outside) == 0
    assert checked(folder / "proof.json", "--key", key) == 0


def test_there_is_a_golden_export_of_this_version() -> None:
    assert (GOLDEN / f"v{canonical.VERSION}" / "export" / "events.jsonl").exists()


def test_a_log_can_be_exported_by_a_site_that_lost_its_authentication_keys(
    site: SQLiteSite, tmp_path: Path
) -> None:
    sealed_log(site)
    key = key_of(site)
    site.set_conf("sepa_audit_mac_keys", None)
    assert checked(export(site, tmp_path / "e"), *key) == 0
    assert anchors_of(site)
