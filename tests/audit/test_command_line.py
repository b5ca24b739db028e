"""The audit commands on an embedded site, as somebody types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from verenigingen.audit import refusal
from verenigingen.audit.trail import log_sepa_event
from verenigingen.site import use_site
from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.standalone.cli import main


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    site = SQLiteSite(tmp_path / "data", config={})
    site.set_conf("audit_anchor_recipients", "kas@elsewhere.example")
    refusal.install(site)
    log_sepa_event(site, "Bank Submission", None, "sent", {"compliance_status": "Compliant"})
    site.commit()
    site.store.close()
    yield tmp_path / "data"
    use_site(None)


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments, "--data", str(data)])


def test_it_seals_hands_out_and_verifies(data: Path) -> None:
    assert run(data, "seal").output == "1 events sealed, 1 checkpoints signed\n"
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
