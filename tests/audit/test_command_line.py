"""The audit commands on an embedded site, as somebody types them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vuurtoren.audit.recording.trail import log_sepa_event
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.composition import use_site
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    site = SQLiteSite(tmp_path / "data", config={})
    site.set_conf("audit_anchor_recipients", "kas@elsewhere.example")
    append_only_guard.install(site)
    log_sepa_event(site, "Bank Submission", None, "sent", {"compliance_status": "Compliant"})
    site.commit()
    site.store.close()
    yield tmp_path / "data"
    use_site(None)


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments, "--data", str(data)])


def test_it_seals_hands_out_and_verifies(data: Path) -> None:
    assert run(data, "seal").output == "Events sealed: 1, checkpoints signed: 1\n"
    handed = run(data, "anchor")
    assert handed.exit_code == 0
    assert "mail: k***@elsewhere.example" in handed.output
    (note,) = (data / "private" / "audit_anchors").iterdir()
    verified = run(data, "verify", "--checkpoint", str(note))
    assert verified.output.startswith("ok: 1 events sealed")
    assert verified.exit_code == 0


def test_it_exports_a_folder_with_its_verifier(data: Path, tmp_path: Path) -> None:
    run(data, "seal")
    assert run(data, "export", str(tmp_path / "out")).exit_code == 0
    assert (tmp_path / "out" / "verify_sepa_audit.py").is_file()


def test_what_cannot_run_says_so_with_3(data: Path) -> None:
    assert run(data, "verify", "--since", "77").exit_code == 3


def test_a_restored_backup_is_said_until_a_person_names_it(data: Path, tmp_path: Path) -> None:
    person = {"name": "kas@elsewhere.example", "email": "kas@elsewhere.example", "enabled": 1}
    site = SQLiteSite(data)
    site.insert("User", person)
    role = {"parent": person["name"], "parenttype": "User", "role": "System Manager"}
    site.insert("Has Role", role)
    site.commit()
    site.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    site.store.close()
    shutil.copytree(data, tmp_path / "backup")
    run(data, "seal")
    run(data, "anchor")
    for path in data.glob("site.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup" / "site.db", data / "site.db")
    found = run(data, "verify")
    assert found.exit_code == 1
    assert "set back: the log holds 0 events" in found.output
    named = run(data, "restored", "--by", "kas@elsewhere.example", "--reason", "De schijf was stuk")
    assert named.output.startswith("given up: one checkpoint")
    again = run(data, "verify")
    assert again.exit_code == 2
    assert "restored: the log no longer holds one checkpoint" in again.output


def test_nobody_who_may_not_names_a_restore(data: Path) -> None:
    assert run(data, "restored", "--by", "nobody@x.example", "--reason", "x").exit_code == 3
