"""What an entry says of its own proof: yes, no or unknown, always with the reason."""

from __future__ import annotations

import pytest

from tests.audit.seals.trail import anchors_of, write_events
from tests.conftest import MovableClock
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.verification import daily_verification
from vuurtoren.audit.verification.entry_state import EntryState, states
from vuurtoren.audit.verification.verification import verify
from vuurtoren.audit.verification.verifying import verify_for_people
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import Forbidden, Refused
from vuurtoren.pages.actions import answer_form


def first(site: SQLiteSite) -> EntryState:
    (row,) = site.get_all(LOG, ["name"], order_by="creation, name", limit=1)
    return states(site, [row["name"]])[row["name"]]


def forge(site: SQLiteSite) -> None:
    (row,) = site.get_all(LOG, ["name"], order_by="creation, name", limit=1)
    with site.lift_guard(append_only_guard.GUARD, [row["name"]]):
        site.update(LOG, row["name"], {"action": "forged"})
    site.commit()


def test_an_entry_without_a_seal_is_unknown(site: SQLiteSite) -> None:
    write_events(site, 1)
    seal(site)
    write_events(site, 1, 1)
    names = [row["name"] for row in site.get_all(LOG, ["name"], order_by="creation, name")]
    assert states(site, names)[names[1]].text(site) == "Unknown: it is not sealed yet"


def test_an_entry_that_no_verification_covers_is_unknown(site: SQLiteSite) -> None:
    write_events(site, 1)
    seal(site)
    state = first(site)
    assert (state.position, state.verified) == (0, None)
    assert "no verification" in state.why


def test_a_verified_entry_is_as_it_was_sealed(site: SQLiteSite) -> None:
    write_events(site, 2)
    seal(site)
    daily_verification.verify_daily(site)
    state = first(site)
    assert (state.position, state.verified) == (0, True)
    assert state.text(site).startswith("Yes: as it was sealed")


def test_a_changed_entry_says_so_before_anybody_verifies(site: SQLiteSite) -> None:
    write_events(site, 1)
    seal(site)
    daily_verification.verify_daily(site)
    forge(site)
    state = first(site)
    assert state.verified is False
    assert state.text(site).startswith("No: row changed")


def test_a_sound_entry_of_a_trail_that_was_changed_is_unknown(site: SQLiteSite) -> None:
    write_events(site, 2)
    seal(site)
    forge(site)
    daily_verification.verify_daily(site)
    names = [row["name"] for row in site.get_all(LOG, ["name"], order_by="creation, name")]
    state = states(site, names)[names[1]]
    assert state.verified is None
    assert "tampered" in state.why


def test_without_keys_it_is_unknown(site: SQLiteSite) -> None:
    write_events(site, 1)
    seal(site)
    site.set_conf("sepa_audit_mac_keys", None)
    state = first(site)
    assert (state.position, state.verified) == (0, None)


def test_people_get_every_finding_by_class_and_row(site: SQLiteSite, clock: MovableClock) -> None:
    write_events(site, 3)
    seal(site)
    assert verify_for_people(site)["exit_code"] == verify(site).exit_code
    forge(site)
    clock.move(minutes=1)
    found = verify_for_people(site)
    (row,) = site.get_all(LOG, ["name"], {"action": "forged"})
    assert found["exit_code"] == 1 and found["whole"]
    assert ("row changed", row["name"]) in {(each["kind"], each["row"]) for each in found["findings"]}
    assert anchors_of(site)  # what people verify is written down, and the seals stay


def test_two_at_once_do_not_verify(site: SQLiteSite) -> None:
    write_events(site, 1)
    seal(site)
    verify_for_people(site)
    with pytest.raises(Refused, match="just done so"):
        verify_for_people(site)


def test_who_has_no_role_may_not_verify(site: SQLiteSite) -> None:
    with site.as_user("somebody@club.example"), pytest.raises(Forbidden, match="Kascommissie"):
        verify_for_people(site)


def test_the_page_says_what_a_verification_found(site: SQLiteSite, clock: MovableClock) -> None:
    write_events(site, 1)
    seal(site)
    forge(site)
    said = answer_form(site, {"action": "verify_audit"})
    assert said.level == "critical" and "row changed" in said.said
    assert answer_form(site, {"action": "verify_audit"}).level == "warning"
