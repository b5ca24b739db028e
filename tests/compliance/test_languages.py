"""What a finding says is said in the language of whoever reads it, and sealed as the site said it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import dormant
from tests.compliance.test_findings import office as office
from tests.compliance.test_telling import suspended_batch
from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.audit.details.details_box import FIELDS as BOX_FIELDS
from vuurtoren.audit.details.details_box import opened
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification.verification import verify
from vuurtoren.commands import sepa as commands
from vuurtoren.compliance import open_work, rule_states, scanning, status
from vuurtoren.compliance.findings import stored
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.outward.languages import CONFIG_KEY
from vuurtoren.pages.sepa import page, report
from vuurtoren.rounds.checks import run_job
from vuurtoren.site.quantities import Cents
from vuurtoren.site.words.kept import FIELD as WORDS
from vuurtoren.site.words.kept import kept, read, told
from vuurtoren.site.words.words import Words

ENGLISH, DUTCH = "was last collected on", "is voor het laatst geïncasseerd op"
ADVICE, DUTCH_ADVICE = "Cancel the mandate; a new one", "Trek de machtiging in; er moet een nieuwe"


def found(site: SQLiteSite, **asked: Any) -> dict[str, Any]:
    (row,) = stored.rows(site, asked)
    return row


def mend(site: SQLiteSite, mandate: str) -> None:
    site.update(
        "SEPA Mandate", mandate, {"status": "Cancelled", "is_active": 0, "cancelled_date": site.now()}
    )


def accept(site: SQLiteSite, reason: str) -> None:
    (row,) = stored.rows(site, {})
    stored.accept(site, row["name"], reason, site.now().date() + timedelta(days=30))


def sealed(site: SQLiteSite, action: str) -> dict[str, Any]:
    (row,) = opened(site, site.get_all(LOG, list(BOX_FIELDS), {"action": action}))
    details: dict[str, Any] = json.loads(row["details"])
    return details


def without_words(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site as it was before the column."""
    schemas = dict(site.store.schemas)
    for doctype in (stored.DOCTYPE, rule_states.DOCTYPE):
        fields = {name: field for name, field in schemas[doctype].fields.items() if name != WORDS}
        schemas[doctype] = replace(schemas[doctype], fields=fields)
    monkeypatch.setattr(site.store, "schemas", schemas)


def test_each_reader_reads_the_language_of_his_own(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    row = found(office)
    assert ENGLISH in row["said"] and row["action"].startswith(ADVICE)
    with office.speaking("nl"):
        row = found(office)
    assert DUTCH in row["said"] and row["action"].startswith(DUTCH_ADVICE)


def test_a_dutch_site_tells_an_english_reader_in_english(office: SQLiteSite) -> None:
    office.set_conf("lang", "nl")
    dormant(office)
    scanning.scan(office)
    assert DUTCH in found(office)["said"]
    with office.speaking("en"):
        row = found(office)
    assert ENGLISH in row["said"] and row["action"].startswith(ADVICE)


def test_what_a_reader_of_another_language_makes_is_kept_in_the_language_of_the_site(
    office: SQLiteSite,
) -> None:
    name = dormant(office)
    with office.speaking("nl"):
        scanning.scan(office)
    assert ENGLISH in found(office)["said"]
    mend(office, name)
    with office.speaking("nl"):
        scanning.scan(office)
        assert found(office)["ended_because"] == "Het is hersteld."
    assert found(office)["ended_because"] == "It is mended."
    assert sealed(office, "finding_ended")["said"].endswith(" – It is mended.")


def test_pages_commands_reports_and_answers_say_it(
    office: SQLiteSite, capsys: pytest.CaptureFixture[str]
) -> None:
    office.set_conf("lang", "nl")
    name = dormant(office)
    scanning.scan(office)
    with office.speaking("en"):
        assert ENGLISH in str(page.page_body(office, {"q": name}))
        commands.show_findings(office)
        assert ENGLISH in (said := capsys.readouterr().out) and ADVICE in said
        assert next(each.action for each in open_work.open_rules(office)).startswith(ADVICE)
        accept(office, "It is used next week")
        day = office.now().date()
        assert ENGLISH in str(report.body(office, day, day))


def test_what_could_not_be_judged_is_said_in_the_language_of_the_reader(office: SQLiteSite) -> None:
    office.set_conf("lang", "nl")
    dormant(office)
    scanning.scan(office)
    because = "nothing was collected in 30 days"
    assert rule_states.read(office)["R07"].not_applicable_because not in ("", because)
    with office.speaking("en"):
        assert rule_states.read(office)["R07"].not_applicable_because == because
        answer = status.read(office).as_dict(office.translate)
    (rule,) = [each for each in answer["rules"] if each["rule"] == "R07"]
    assert (rule["title"], rule["why"]) == ("No more comes back than is usual", because)


def test_an_alert_about_findings_is_mailed_to_each_in_the_own_language(
    office: SQLiteSite, postman: RememberingPostman
) -> None:
    readers = ["treasurer@example.org", "penningmeester@example.nl"]
    office.set_conf(CONFIG_KEY, ["@example.nl nl"])
    office.set_single("Monitoring Settings", {"recipients": "\n".join(readers)})
    suspended_batch(office, 1)
    scanning.scan(office)
    office.commit()
    run_job(office, "tick")
    mails = {mail.recipients[0]: mail.text for mail in postman.sent if "B-1" in mail.text}
    assert set(mails) == set(readers)
    assert ", which is Suspended" in mails[readers[0]]
    assert ", which is Suspended" not in mails[readers[1]] and "Suspended" in mails[readers[1]]


def test_a_row_of_before_stays_as_it_was_kept(office: SQLiteSite) -> None:
    before = {"said": "LIGHT-1 ends soon", "action": "Collect on it before that day, or cancel it."}
    office.seed(stored.DOCTYPE, [{"name": "old", "rule": "M04", "severity": "M", "status": "Open", **before}])
    with office.speaking("nl"):
        row = found(office)
        assert row["said"] == "LIGHT-1 ends soon"
        assert row["action"] == office.translate(before["action"]) != before["action"]


def test_an_old_row_is_of_our_day_once_it_is_confirmed(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    office.update(stored.DOCTYPE, found(office)["name"], {WORDS: None})
    scanning.scan(office)
    with office.speaking("nl"):
        assert DUTCH in found(office)["said"]


@pytest.mark.parametrize(
    "written",
    [
        "{", "7", "[]", '{"said": 7}', '{"said": {"text": "{0}", "values": []}}',
        '{"said": {"text": "{0:>999999999}", "values": [1]}}',
        '{"said": {"text": "{0.__class__}", "values": ["x"]}}', '{"said": {"text": 1, "values": 1}}',
    ],
)  # fmt: skip
def test_what_none_of_us_wrote_is_not_said(office: SQLiteSite, written: str) -> None:
    dormant(office)
    scanning.scan(office)
    office.update(stored.DOCTYPE, found(office)["name"], {WORDS: written})
    with office.speaking("nl"):
        assert ENGLISH in found(office)["said"]


def test_a_sentence_that_hides_more_than_its_parts_do_keeps_no_parts(office: SQLiteSite) -> None:
    account = "0417164300"
    values = kept(office, {"said": Words("rekening {0} is shut", account)}, 500)
    assert account not in str(values)
    assert json.loads(values[WORDS]) == {}


def test_a_sentence_is_as_long_in_every_language(office: SQLiteSite) -> None:
    values = kept(office, {"said": Words("{0} had ended and is in use again", "x" * 600)}, 500)
    with office.speaking("nl"):
        again = told(office, values, ["said"], 500)
    assert len(again["said"]) == len(values["said"]) < 520


def test_before_its_migration_a_site_is_judged_all_the_same(
    office: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = dormant(office)
    with monkeypatch.context() as earlier:
        without_words(office, earlier)
        scanning.scan(office)
        assert ENGLISH in found(office)["said"]
        accept(office, "It is used next week")
        mend(office, name)
        scanning.scan(office)
    with office.speaking("nl"):
        row = found(office)
    assert ENGLISH in row["said"] and row["ended_because"] == "Het is hersteld."


def test_the_trail_seals_the_sentence_of_the_site_and_what_it_is_made_of(
    office: SQLiteSite, clock: MovableClock
) -> None:
    office.set_conf("lang", "nl")
    books.mandate(office)
    dormant(office)
    scanning.scan(office)
    clock.move(minutes=1)
    with office.speaking("en"):
        accept(office, "Used next week")
    office.commit()
    seal(office)
    for action, ends_with in (("finding_opened", "geleden"), ("finding_accepted", " – Used next week")):
        details = sealed(office, action)
        assert DUTCH in details["said"] and details["said"].endswith(ends_with)
        words = [read(each) for each in details["words"]]
        assert isinstance(words[0], Words) and ENGLISH in words[0]
        assert " – ".join([words[0].said(office.translate), *words[1:]]) == details["said"]
    assert not verify(office).tampered


def test_an_entry_of_before_verifies_beside_those_of_today(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    row = found(office)
    office.update(stored.DOCTYPE, row["name"], {WORDS: None})
    accept(office, "Used next week")
    assert "words" not in sealed(office, "finding_accepted")
    mend(office, name)
    scanning.scan(office)
    office.commit()
    seal(office)
    assert not verify(office).tampered


def test_an_amount_within_a_sentence_is_written_as_the_reader_writes_it(office: SQLiteSite) -> None:
    values = kept(office, {"said": Words("the file collects EUR {0}", Cents(148_000))}, 500)
    assert values["said"] == "the file collects EUR 1,480.00"
    with office.speaking("nl"):
        assert "1.480,00" in told(office, values, ["said"], 500)["said"]
    assert read({"text": "1", "values": ["x"], "kind": "cents"}) == ""
    assert read({"text": "1", "values": [], "kind": "cents"}) == ""
