"""The zip for an auditor: complete, and checked by what is in it alone."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search.sensitive_details import EXPORTED
from vuurtoren.audit.verification import proof_file
from vuurtoren.audit.verification.command import proof
from vuurtoren.audit.verification.proofs import NotProvable
from vuurtoren.composition import use_site
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import Forbidden

GATE = Gate("127.0.0.1", 8000)
METHOD = "/api/method/verenigingen.www.monitoring_sepa.get_proof"
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


@pytest.fixture
def browser(site: SQLiteSite, made: Path) -> Iterator[Client]:
    yield Client(Application(site, GATE))
    use_site(None)


def asked(browser: Client, event_id: str = EVENT, token: str = "", method: str = "POST") -> Any:
    token = token or GATE.token
    form = {"event_id": event_id, "csrf_token": token}
    return browser.open(
        METHOD, method=method, data=form, headers={"Host": "127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    )


def test_a_button_of_the_page_gives_the_same_file_and_the_trail_says_who_took_it(
    site: SQLiteSite, browser: Client, tmp_path: Path
) -> None:
    answer = asked(browser)
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    assert "proof-for-the-auditor.zip" in answer.headers["Content-Disposition"]
    taken = tmp_path / "taken"
    zipfile.ZipFile(io.BytesIO(answer.get_data())).extractall(taken)
    assert checked(taken, "--key", key_in(taken)).returncode == 0
    (entry,) = site.get_all(LOG, ["actor", "reference_doctype"], {"action": EXPORTED})
    assert (entry["actor"], entry["reference_doctype"]) == ("Administrator", LOG)


@pytest.mark.parametrize(
    ("event_id", "said"),
    [
        ("f" * 32, "is not in the log"),
        ("' or 1=1", "is not in the log"),
        ("", "That is not the id of an entry"),
        ("x" * 141, "That is not the id of an entry"),
        ("x" * 10_000, "That is not the id of an entry"),
    ],
)
def test_a_proof_that_cannot_be_is_refused_in_words_and_leaves_no_entry(
    site: SQLiteSite, browser: Client, event_id: str, said: str
) -> None:
    answer = asked(browser, event_id)
    assert answer.status_code == 409
    assert said in answer.get_json()["exception"]
    assert site.count(LOG, {"action": EXPORTED}) == 0


def test_a_forged_request_and_a_link_get_no_proof(site: SQLiteSite, browser: Client) -> None:
    assert asked(browser, token="f" * 32).status_code == 400
    assert asked(browser, method="GET").status_code == 403
    assert site.count(LOG, {"action": EXPORTED}) == 0


@pytest.mark.parametrize(
    ("roles", "sensitive", "given"),
    [
        ((), False, False),
        (("System Manager",), False, True),
        (("System Manager",), True, False),
        (("Kascommissie",), False, True),
        (("Kascommissie",), True, True),
    ],
)
def test_who_gets_a_proof(
    site: SQLiteSite,
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
    roles: tuple[str, ...],
    sensitive: bool,
    given: bool,
) -> None:
    event, about = "1" * 32, ("SEPA Mandate", "M-1")
    record(site, "Mandate Change", *about, "changed", "Compliant", event_id=event, sensitive=sensitive)
    site.commit()
    seal(site, sweep=True)
    monkeypatch.setattr(SQLiteSite, "has_role", lambda self, *asked: bool(set(asked) & set(roles)))
    if given:
        assert proof_file.for_people(site, event).startswith(b"PK")
    else:
        with pytest.raises(Forbidden):
            proof_file.for_people(site, event)


def test_an_entry_that_is_not_there_has_no_proof(site: SQLiteSite, tmp_path: Path, made: Path) -> None:
    with pytest.raises(NotProvable):
        proof_file.write(site, "f" * 32, tmp_path / "other.zip")


def test_a_file_that_is_there_is_not_replaced(site: SQLiteSite, tmp_path: Path, made: Path) -> None:
    said: list[Any] = []
    assert proof(site, said.append, EVENT, tmp_path / "proof.zip") == 3
    assert "could not run" in said[0]
