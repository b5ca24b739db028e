"""Everybody reads what is sent in a language of their own."""

from __future__ import annotations

import pytest

from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.recording.trail import record
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.outward.languages import CONFIG_KEY, languages
from vuurtoren.rounds.checks import run_job

DUTCH, ENGLISH, BANK = "penningmeester@example.org", "auditor@example.com", "kas@bank.example"


@pytest.fixture
def three(site: SQLiteSite) -> SQLiteSite:
    site.seed("User", [{"name": DUTCH, "email": DUTCH, "enabled": 1, "language": "nl"}])
    site.set_conf(CONFIG_KEY, ["@bank.example nl", "nonsense"])
    site.commit()
    return site


def told_to(site: SQLiteSite, *addresses: str) -> None:
    site.set_single("Monitoring Settings", {"recipients": "\n".join(addresses)})
    site.commit()


def test_a_user_has_an_own_language_an_address_a_configured_one_and_others_the_sites(
    three: SQLiteSite,
) -> None:
    found = languages(three, [DUTCH.upper(), BANK, ENGLISH])
    assert found == {DUTCH.upper(): "nl", BANK: "nl", ENGLISH: "en"}
    three.set_conf("lang", "nl")
    assert languages(three, [ENGLISH]) == {ENGLISH: "nl"}


def test_an_address_is_configured_before_its_domain(three: SQLiteSite) -> None:
    three.set_conf(CONFIG_KEY, ["@bank.example nl", f"{BANK} en"])
    assert languages(three, [BANK]) == {BANK: "en"}


def test_an_alert_goes_to_everybody_in_the_own_language(
    three: SQLiteSite, postman: RememberingPostman
) -> None:
    told_to(three, DUTCH, ENGLISH)
    three.seed("Error Log", [{"method": f"Broken {number}", "error": "x"} for number in range(1200)])
    three.commit()
    run_job(three, "tick")
    told = {
        mail.recipients: mail for mail in postman.sent if "1,200" in mail.subject or "1.200" in mail.subject
    }
    assert set(told) == {(DUTCH,), (ENGLISH,)}
    dutch, english = told[(DUTCH,)], told[(ENGLISH,)]
    assert "1,200 errors in the last hour" in english.subject and "What to do" in english.text
    assert "1.200 fouten in het laatste uur" in dutch.subject and "Wat te doen" in dutch.text
    assert english.reference_name == dutch.reference_name and (english.thread == dutch.thread != "")


def test_a_report_goes_to_everybody_in_the_own_language(
    three: SQLiteSite, postman: RememberingPostman, clock: MovableClock
) -> None:
    told_to(three, DUTCH, ENGLISH)
    clock.move(hours=1)
    run_job(three, "daily")
    subjects = {mail.recipients: mail.subject for mail in postman.sent if "PORT" in mail.subject}
    assert "RAPPORT" in subjects[(DUTCH,)] and "REPORT" in subjects[(ENGLISH,)]


def test_a_dutch_auditor_is_told_in_dutch_and_needs_no_bench(
    three: SQLiteSite, postman: RememberingPostman
) -> None:
    three.set_conf("audit_anchor_recipients", [DUTCH, ENGLISH])
    record(three, "Mandate Creation", "SEPA Mandate", "M-1", "mandate_created", "Compliant", {})
    three.commit()
    seal(three, sweep=True)
    assert hand_out(three).outside
    told = {mail.recipients: mail for mail in postman.sent}
    dutch, english = told[(DUTCH,)], told[(ENGLISH,)]
    assert "Bewaar dit bericht" in dutch.text and "verify_sepa_audit.py --lang nl FOLDER" in dutch.text
    assert "Please keep this message" in english.text and "--lang" not in english.text
    assert not any("bench" in body for mail in (dutch, english) for body in (mail.text, mail.html))
    note = english.text.partition("\n\nTo check it")[0].rpartition("to its last:\n\n")[2]
    assert note and note in dutch.text


def test_a_round_keeps_what_it_finds_in_the_language_of_the_site(three: SQLiteSite) -> None:
    three.set_conf("lang", "nl")
    three.seed("Error Log", [{"method": f"Broken {number}", "error": "x"} for number in range(1200)])
    three.commit()
    with three.speaking("en"):
        run_job(three, "tick")
    messages = [row["message"] for row in three.get_all("System Alert", ["message"], {})]
    assert any("1.200 fouten" in str(message) for message in messages)
