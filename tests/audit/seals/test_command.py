"""The commands say what they found and answer with the exit code that scripts rely on."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.audit.seals import adversary
from tests.audit.seals.trail import sealed_log, write_event, write_events
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.tables import CHECKPOINT
from vuurtoren.audit.verification import command
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


@pytest.fixture
def said() -> list[str]:
    return []


def newest_note(site: SQLiteSite, folder: Path) -> Path:
    (row,) = site.get_all(CHECKPOINT, ["note"], order_by="sequence desc", limit=1)
    path = folder / "anchor.txt"
    path.write_text(row["note"], "utf-8")
    return path


def test_a_whole_log_is_ok(site: SQLiteSite, tmp_path: Path, said: list[str]) -> None:
    sealed_log(site)
    key = load_public_keys(site)[0].text
    assert command.verify(site, said.append, anchors=[newest_note(site, tmp_path)], keys=[key]) == 0
    assert said == ["ok: 20 events sealed, 20 rows and 3 checkpoints checked, 1 anchors"]


def test_a_changed_log_is_1_and_every_finding_is_said(site: SQLiteSite, said: list[str]) -> None:
    sealed_log(site)
    adversary.change_row_and_leaf_alike(site, random.Random(1))
    assert command.verify(site, said.append) == 1
    assert any(line.startswith("row changed: position") for line in said)
    assert said[-1].startswith("tampered: ")


def test_without_an_anchor_it_is_2(site: SQLiteSite, said: list[str]) -> None:
    sealed_log(site)
    assert command.verify(site, said.append) == 2


@pytest.mark.parametrize("options", [{"shorts": ["x"]}, {"keys": ["x"]}, {"since": 3}])
def test_what_cannot_run_is_3(site: SQLiteSite, said: list[str], options: dict[str, object]) -> None:
    sealed_log(site)
    assert command.verify(site, said.append, **options) == 3  # type: ignore[arg-type]
    assert said[0].startswith("could not run: ")


def test_an_anchor_that_cannot_be_read_is_3(site: SQLiteSite, tmp_path: Path, said: list[str]) -> None:
    sealed_log(site)
    assert command.verify(site, said.append, anchors=[tmp_path / "absent"]) == 3


def test_the_result_is_also_had_as_json(site: SQLiteSite, said: list[str]) -> None:
    sealed_log(site)
    command.verify(site, said.append, as_json=True)
    result = json.loads(said[0])
    assert (result["answer"], result["tree_size"], result["findings"][0]["kind"]) == (
        "incomplete",
        20,
        "not anchored",
    )


def test_sealing_says_what_it_did(site: SQLiteSite, said: list[str]) -> None:
    write_events(site, 3)
    assert command.seal(site, said.append) == 0
    assert said == ["Events sealed: 3, checkpoints signed: 1"]


def test_a_proof_and_an_export_are_made(site: SQLiteSite, tmp_path: Path, said: list[str]) -> None:
    sealed_log(site)
    assert command.prove(site, said.append, f"{3:032x}") == 0
    assert json.loads(said[0])["events"][0]["position"] == 3
    assert command.export(site, said.append, tmp_path / "e") == 0
    assert command.export(site, said.append, tmp_path / "e") == 3


def test_what_is_not_sealed_yet_cannot_be_proved_yet(site: SQLiteSite, said: list[str]) -> None:
    sealed_log(site)
    write_event(site, 77)
    assert command.prove(site, said.append, f"{77:032x}") == 2


def test_without_keys_it_names_the_fix(site: SQLiteSite, tmp_path: Path, said: list[str]) -> None:
    assert command.export(site, said.append, tmp_path / "e") == 3
    assert "seal first" in said[0]
