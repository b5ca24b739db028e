"""What a verification finds and what the stand-alone program answers, in Dutch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.audit.seals.adversary import run
from vuurtoren.audit.recording.trail import record
from vuurtoren.audit.seals.findings import ROW_CHANGED, Finding
from vuurtoren.audit.seals.keys import load_public_keys
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification import command, daily_verification, verify_sepa_audit
from vuurtoren.audit.verification.export import export
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules.record import BadRule
from vuurtoren.settings import stored_rules
from vuurtoren.settings.settings import BadSettings, check
from vuurtoren.site.words.words import Words, as_plain, from_plain, reason


@pytest.fixture
def sealed(site: SQLiteSite) -> SQLiteSite:
    for number in range(3):
        record(site, "Mandate Creation", "SEPA Mandate", f"M-{number}", "mandate_created", "Compliant", {})
    site.commit()
    seal(site, sweep=True)
    return site


def changed(site: SQLiteSite) -> SQLiteSite:
    row = site.get_all("SEPA Audit Log", ["name"], {}, order_by="name", limit=1)[0]
    run(site, 'UPDATE "tabSEPA Audit Log" SET action = ? WHERE name = ?', "x", row["name"])
    return site


def test_the_program_says_dutch_what_it_says_in_english(
    sealed: SQLiteSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, key = export(sealed, tmp_path / "out"), load_public_keys(sealed)[0].text
    assert verify_sepa_audit.main([str(made), "--key", key, "--lang", "nl"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "IN ORDE"
    assert verify_sepa_audit.main([str(made), "--lang", "nl"]) == 2
    said = capsys.readouterr().out
    assert "ONVOLLEDIG: geen eigen sleutel" in said and said.splitlines()[-1] == "ONVOLLEDIG"
    (made / "events.csv").write_text("changed", "utf-8")
    assert verify_sepa_audit.main([str(made), "--key", key, "--lang", "nl"]) == 1
    assert "GEWIJZIGD: events.csv is niet het bestand dat geëxporteerd is" in capsys.readouterr().out
    assert verify_sepa_audit.main([str(made), "--key", key, "--lang", "en"]) == 1
    assert "TAMPERED: events.csv is not the file that was exported" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("named", "spoken"), [("nl_NL.UTF-8", "nl"), ("nl", "nl"), ("C.UTF-8", "c"), ("", "en")]
)
def test_the_program_speaks_the_language_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, named: str, spoken: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", named)
    assert verify_sepa_audit.spoken_here() == spoken


def test_what_only_the_site_saw_is_said_in_dutch_too() -> None:
    check = verify_sepa_audit.Check(verify_sepa_audit.WORDS["nl"])
    flag = "its authentication code does not fit; somebody else's words"
    assert check.text_of_the_site(flag) == "de echtheidscode klopt niet; somebody else's words"


def test_a_finding_of_a_verification_is_dutch(sealed: SQLiteSite) -> None:
    site, said = changed(sealed), []
    with site.speaking("nl"):
        assert command.verify(site, said.append) == 1
    assert any(line.startswith("regel gewijzigd: positie 0, gebeurtenis ") for line in said)
    assert any("echtheidscode klopt niet" in line for line in said)
    assert said[-1].startswith("gemanipuleerd: 3 gebeurtenissen verzegeld")


def test_a_finding_that_was_kept_can_still_be_said_in_dutch(sealed: SQLiteSite) -> None:
    site = changed(sealed)
    daily_verification.keep(site, verify(site), whole=True)
    last = daily_verification.last(site)
    assert last is not None and isinstance(last.findings[0], Words)
    with site.speaking("nl"):
        assert last.findings[0].said(site.translate).startswith("regel gewijzigd: positie 0")


def test_a_finding_that_was_kept_before_its_words_were_is_told_as_it_is() -> None:
    assert from_plain("row changed: position 4") == "row changed: position 4"
    told = Finding(ROW_CHANGED, Words("its docstatus is {0}, not 0", 2), position=4).words
    again = from_plain(json.loads(json.dumps(as_plain(told))))
    assert again == told == "row changed: position 4: its docstatus is 2, not 0"
    assert isinstance(again, Words)


def test_what_a_form_refuses_is_dutch(site: SQLiteSite) -> None:
    with site.speaking("nl"), pytest.raises(BadSettings) as refused:
        check({"history_cap_mb": -1, "recipients": "nobody", "quiet_hours": "LOW 9-10"})
    told = reason(refused.value)
    assert isinstance(told, Words)
    assert told.said(lambda text: _in_dutch(site, text)).splitlines() == [
        "history_cap_mb: van 0 (de standaard) tot 36500",
        "recipients: 'nobody' is geen mailadres",
        "quiet_hours: 'LOW 9-10' is niet van de vorm “LOW 20:00-08:00”",
    ]


def test_what_a_rule_cannot_be_is_dutch(site: SQLiteSite) -> None:
    with pytest.raises(BadRule) as refused:
        stored_rules.save(site, {"rule_key": "disk", "threshold": "much", "enabled": 1})
    told = reason(refused.value)
    assert isinstance(told, Words)
    assert told.said(lambda text: _in_dutch(site, text)) == "disk: threshold: 'much' is geen getal"


def _in_dutch(site: SQLiteSite, text: str) -> str:
    with site.speaking("nl"):
        return site.translate(text)
