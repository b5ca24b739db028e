"""The zip for an auditor: complete, and checked by what is in it alone."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification import proof_file
from vuurtoren.audit.verification.command import proof
from vuurtoren.audit.verification.proofs import NotProvable
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

EVENT = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def made(site: SQLiteSite, tmp_path: Path) -> Path:
    for number in range(5):
        record(site, "Mandate Change", "SEPA Mandate", f"M-{number}", "changed", "Compliant")
    record(site, "Mandate Change", "SEPA Mandate", "M-9", "changed", "Compliant", event_id=EVENT)
    site.commit()
    seal(site, sweep=True)
    proof_file.write(site, EVENT, tmp_path / "proof.zip")
    folder = tmp_path / "opened"
    zipfile.ZipFile(tmp_path / "proof.zip").extractall(folder)
    return folder


def checked(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "verify_sepa_audit.py", "proof.json", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def key_in(folder: Path) -> str:
    said = (folder / proof_file.WORDS).read_text("utf-8")
    return said.split("--key ")[1].split("\n")[0]


def test_what_is_in_it_checks_the_entry_without_us(made: Path) -> None:
    assert checked(made, "--key", key_in(made)).returncode == 0


def test_a_changed_letter_is_found(made: Path) -> None:
    text = (made / "proof.json").read_text("utf-8")
    (made / "proof.json").write_text(text.replace("SEPA Mandate/M-9", "SEPA Mandate/M-8"), "utf-8")
    assert checked(made, "--key", key_in(made)).returncode == 1


def test_it_says_in_plain_words_what_it_proves_and_what_not(made: Path) -> None:
    said = (made / proof_file.WORDS).read_text("utf-8")
    assert "does not prove that what it says is true" in said
    assert EVENT in said


def test_an_entry_that_is_not_there_has_no_proof(site: SQLiteSite, tmp_path: Path, made: Path) -> None:
    with pytest.raises(NotProvable):
        proof_file.write(site, "f" * 32, tmp_path / "other.zip")


def test_a_file_that_is_there_is_not_replaced(site: SQLiteSite, tmp_path: Path, made: Path) -> None:
    said: list[Any] = []
    assert proof(site, said.append, EVENT, tmp_path / "proof.zip") == 3
    assert "could not run" in said[0]
