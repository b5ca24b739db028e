"""Entries from before the trail are taken over once, as they are found; from then on every change is seen."""

from __future__ import annotations

import json
import unittest
from datetime import timedelta
from pathlib import Path

import pytest

from tests.audit.adoption_rows import IBAN, insert, write_found
from tests.audit.clear_entries import clear_entries
from tests.audit.seals import adversary
from tests.audit.seals.trail import write_events
from tests.audit.test_retention import BOTH, COMMITTEE, TREASURER, add_people, add_person
from tests.pages.whole import build_page
from verenigingen.tests.contracts import adoption_contract
from verenigingen.tests.contracts.adoption_contract import AdoptionContract
from vuurtoren.audit.adoption import adopting, adoption, command
from vuurtoren.audit.adoption.adopted import ADOPTED, CONFIG_KEY, GIVEN_BACK, NotTakenOver, is_adopted, memory
from vuurtoren.audit.adoption.adopting import adopt
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.retention.retention import RetentionRefused, erase
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import ADOPTED as FOUND
from vuurtoren.audit.seals.findings import FOREIGN_ROW, NOT_ANCHORED, NOT_SEALED
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.audit.search.searching import search
from vuurtoren.audit.search.sensitive_details import shown_details
from vuurtoren.audit.search.summary import compliance_rate
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.daily_verification import verify_now
from vuurtoren.audit.verification.entry_state import states
from vuurtoren.audit.verification.export import export, newest
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.sealing import seal_and_tell
from vuurtoren.settings import settings
from vuurtoren.signals.measuring import collect
from vuurtoren.site.errors import SiteError

FOUND_ROWS = 10
HOST_COLUMNS = (
    "name", "event_id", "timestamp", "process_type", "action", "compliance_status", "reference_doctype",
    "reference_name", "user", "trace_id", "details", "sensitive_data", "creation", "owner",
)  # fmt: skip


@pytest.fixture
def found(site: SQLiteSite) -> SQLiteSite:
    """A site of another app on its first day with us: its ten entries, one with an IBAN in clear."""
    add_people(site)
    append_only_guard.install(site)
    for number in range(FOUND_ROWS - 1):
        write_found(site, number)
    write_found(site, FOUND_ROWS - 1, details=json.dumps({"iban": IBAN}))
    return site


def rows(site: SQLiteSite) -> list[dict[str, object]]:
    return clear_entries(site, HOST_COLUMNS, {"user": "penning@club.example"}, order_by="name")


def kinds(site: SQLiteSite) -> set[str]:
    return {finding.kind for finding in verify(site).findings}


def take_over(site: SQLiteSite) -> None:
    adopt(site)
    seal(site)


# day one
def test_each_entry_bears_the_mark_and_names_its_batch_and_its_user(found: SQLiteSite) -> None:
    take_over(found)
    row = found.get(LOG, write_found_name(0)) or {}
    assert (row["rule_id"], row["batch"], row["actor"]) == (ADOPTED, "BATCH-0", "penning@club.example")


def write_found_name(number: int) -> str:
    return f"audit_{1764000000000 + number}_{10000 + number}"


def test_a_run_of_the_monitor_takes_them_over_by_itself(found: SQLiteSite) -> None:
    done = seal_and_tell(found, settings.read(found))
    assert (done.sealed, done.flagged) == (FOUND_ROWS + 1, [])
    assert found.count("System Alert") == 0


def test_a_run_that_comes_while_another_is_at_it_seals_nothing(found: SQLiteSite) -> None:
    with found.lock(adopting.LOCK):
        done = seal_and_tell(found, settings.read(found))
    assert (done.sealed, done.overtaken) == (0, True)


def test_a_site_without_such_entries_has_nothing_to_tell(site: SQLiteSite) -> None:
    write_events(site, 3)
    assert adopt(site) is None
    seal(site)
    assert kinds(site) == {NOT_ANCHORED}


def test_before_it_is_done_nothing_is_sealed_and_nobody_is_accused(found: SQLiteSite) -> None:
    with pytest.raises(NotTakenOver, match="monitoring audit adopt"):
        seal(found)
    assert found.count(CHECKPOINT) == 0
    result = verify(found)
    assert not result.tampered
    assert "wait to be taken over" in result.of(NOT_SEALED)[0].explanation


# after it
def test_one_that_goes_is_found(found: SQLiteSite) -> None:
    take_over(found)
    adversary.run(found, f'DELETE FROM "tab{LOG}" WHERE event_id = ?', write_found_name(1))
    assert verify(found).tampered


def test_an_entry_like_those_that_comes_later_is_a_foreign_one(found: SQLiteSite) -> None:
    take_over(found)
    write_found(found, 50)
    take_over(found)
    assert adoption.last(found) and verify(found).tampered
    assert memory(found)["state"] == "done"


def test_an_event_that_is_written_cannot_claim_to_be_found(site: SQLiteSite) -> None:
    name = record(site, "Reconciliation", "", "", "x", "Compliant", outcome={"rule_id": f"{ADOPTED} IBAN"})
    assert not is_adopted(site.get(LOG, str(name)) or {})


def test_more_marks_than_the_log_tells_of_are_foreign(found: SQLiteSite) -> None:
    take_over(found)
    result = verify(found)
    assert result.of(FOUND)
    adversary.run(found, f'UPDATE "tab{LOG}" SET rule_id = ? WHERE action = ?', ADOPTED, "entries_adopted")
    assert verify(found).of(FOREIGN_ROW)


# keys say whether there was a trail before
def test_where_there_was_a_trail_a_person_must_say_so(found: SQLiteSite) -> None:
    write_events(found, 2)
    with pytest.raises(NotTakenOver, match="--by NAME"):
        adopt(found)
    assert verify(found).tampered
    assert "10 entries were taken over" in command.adopt(found, COMMITTEE)
    assert kinds(found) == {FOUND, NOT_ANCHORED}


def test_taking_all_seals_away_adopts_nothing_unasked(found: SQLiteSite) -> None:
    take_over(found)
    for table in (LEAF, CHECKPOINT):
        adversary.run(found, f'DELETE FROM "tab{table}"')
    adversary.run(found, f'UPDATE "tab{LOG}" SET details = ?, row_mac = NULL', "{}")
    adversary.run(found, f'UPDATE "tab{LOG}" SET details_commit = NULL, schema_version = 0')
    found.commit()
    with pytest.raises(NotTakenOver):
        adopt(found)
    assert verify(found).tampered


def test_after_the_entries_were_given_back_and_changed_they_are_taken_over_again(found: SQLiteSite) -> None:
    take_over(found)
    write_events(found, 2)
    erase(found, write_found_name(9), "GDPR article 17", BOTH)
    for table in (LEAF, CHECKPOINT):
        adversary.run(found, f'DELETE FROM "tab{table}"')
    adversary.run(found, f'UPDATE "tab{LOG}" SET details = ? WHERE event_id = ?', "{}", f"{1:032x}")
    found.commit()
    found.set_conf(CONFIG_KEY, memory(found) | {"state": GIVEN_BACK})
    append_only_guard.install(found)
    write_found(found, 51)
    found._clock.move(days=1)  # type: ignore[attr-defined]
    take_over(found)
    assert kinds(found) == {FOUND, NOT_ANCHORED}
    told = adoption.last(found)
    # the changed one, the erased one, and two notes of the trail that was
    assert told and (told.adopted, told.resealed) == (FOUND_ROWS + 1 + 3, 4)


# killed anywhere
class Killed(BaseException):
    """The process is gone: nothing of ours catches it."""


@pytest.mark.parametrize("step", ["_write", "record", "ensure_keys", "_end"])
@pytest.mark.parametrize("calls_before", [0, 1, 3])
def test_killed_it_goes_on_where_it_was(
    found: SQLiteSite, monkeypatch: pytest.MonkeyPatch, step: str, calls_before: int
) -> None:
    monkeypatch.setattr(adopting, "BATCH_ROWS", 3)
    real, calls = getattr(adopting, step), 0

    def dying(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls > calls_before:
            raise Killed
        return real(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(adopting, step, dying)
        try:
            adopt(found)
        except Killed:
            found.rollback()
    take_over(found)
    told = adoption.last(found)
    assert told and told.adopted == FOUND_ROWS
    assert kinds(found) == {FOUND, NOT_ANCHORED}
    assert found.count(LOG, {"action": adoption.ACTION}) == 1


def test_a_run_takes_no_more_than_it_may_and_the_next_goes_on(
    found: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopting, "BATCH_ROWS", 2)
    assert adopt(found, most=4) is None
    assert found.count(LOG, {"rule_id": ADOPTED}) == 4
    assert adopt(found) is not None


# what is odd about them
def test_an_entry_without_identity_or_time_gets_one(found: SQLiteSite) -> None:
    write_found(found, 60, name="odd", event_id=None, timestamp=None, creation=None, details=None, user=None)
    take_over(found)
    row = found.get(LOG, "odd") or {}
    assert (row["event_id"], row["timestamp"]) == ("found-odd", found.now())
    assert kinds(found) == {FOUND, NOT_ANCHORED}


def test_a_time_that_no_clock_showed_is_no_change(found: SQLiteSite) -> None:
    write_found(found, 61, timestamp="2026-03-29 02:30:00.000000")
    take_over(found)
    assert kinds(found) == {FOUND, NOT_ANCHORED}


def test_an_entry_that_has_a_name_of_its_own_for_its_document_is_not_called_renamed(
    found: SQLiteSite,
) -> None:
    write_found(found, 62, reference_doctype="Member", reference_name="LID-1", entity_name="batch of May")
    take_over(found)
    assert kinds(found) == {FOUND, NOT_ANCHORED}


def test_details_that_are_no_json_are_taken_as_they_are(found: SQLiteSite) -> None:
    write_found(found, 63, details="{half")
    take_over(found)
    assert kinds(found) == {FOUND, NOT_ANCHORED}


# IBANs in clear
def test_nobody_is_shown_them(found: SQLiteSite) -> None:
    take_over(found)
    entry = found.get(LOG, write_found_name(9)) or {}
    assert IBAN not in str(shown_details(found, entry).details)
    with found.as_user(TREASURER):
        assert "hidden" in str(shown_details(found, entry).details)
    assert IBAN not in str(search(found))


# by name
def test_a_person_confirms_it_by_name_once(found: SQLiteSite) -> None:
    assert "confirmed by kas@club.example" in command.adopt(found, COMMITTEE)
    command.adopt(found, "beheer@club.example")
    told = adoption.last(found)
    assert told and told.confirmed_by == COMMITTEE
    assert found.count(LOG, {"action": adoption.CONFIRMED}) == 1


@pytest.mark.parametrize("name", [TREASURER, "left@club.example", "Administrator", "nobody@club.example"])
def test_who_may_not_confirm_changes_nothing(found: SQLiteSite, name: str) -> None:
    with pytest.raises(RetentionRefused):
        command.adopt(found, name)
    assert found.count(LOG, {"rule_id": ADOPTED}) == 0


# what counts from it
def test_completeness_counts_from_the_adoption(association: SQLiteSite) -> None:
    write_found(association, 0)
    before = association.now() - timedelta(days=20)
    association.seed("SEPA Mandate", [{"name": "OLD", "creation": before, "modified": before}])
    take_over(association)
    association.seed("SEPA Mandate", [{"name": "NEW"}])
    rate = compliance_rate(association)
    assert (rate.since, rate.audited, rate.mandates) == (association.now(), 0, 1)


def test_nobody_is_blamed_on_day_one_for_a_checkpoint_that_no_one_outside_has(found: SQLiteSite) -> None:
    take_over(found)
    measured = collect(found, ["audit.trail"], fresh=True)
    assert measured.get("audit.last_anchor_age_hours").value == 0


def test_the_state_of_an_entry_says_that_it_was_found(found: SQLiteSite) -> None:
    take_over(found)
    verify_now(found)
    state = states(found, [write_found_name(1)])[write_found_name(1)]
    assert state.verified and "as it was found" in state.why


def test_the_page_tells_of_them(found: SQLiteSite) -> None:
    take_over(found)
    section = build_page(found).sepa
    assert "10 entries are from before the trail" in section.content.said
    assert "1 of them holds IBANs in clear" in section.content.said
    assert IBAN not in section.content.said


# without us
def test_the_verifier_that_needs_nothing_of_us_accepts_them_and_says_so(
    found: SQLiteSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take_over(found)
    key = newest(found).key.text
    assert verify_sepa_audit.main([str(export(found, tmp_path / "export")), "--key", key]) == 0
    assert f"{FOUND_ROWS} events are from before the log" in capsys.readouterr().out


class TestAdoption(AdoptionContract, unittest.TestCase):
    """The contract, by a run of the monitor."""

    @pytest.fixture(autouse=True)
    def _given(self, site: SQLiteSite) -> None:
        self.site = self.embedded = site
        add_person(site, adoption_contract.TREASURER, "")
        add_person(site, adoption_contract.COMMITTEE, "Kascommissie")

    def insert(self, row: dict[str, str]) -> None:
        insert(self.embedded, row)

    def set_past_everything(self, name: str, column: str, value: object) -> None:
        adversary.run(self.embedded, f'UPDATE "tab{LOG}" SET "{column}" = ? WHERE name = ?', value, name)

    def is_kept(self, name: str) -> None:
        with pytest.raises(SiteError, match="append-only"):
            self.embedded.store.write(f'UPDATE "tab{LOG}" SET details = NULL WHERE name = ?', (name,))

    def take_over(self) -> None:
        take_over(self.embedded)

    def command(self, by: str) -> str:
        return command.adopt(self.site, by)
