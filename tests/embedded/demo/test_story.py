"""The story is the same every time, hangs together, and holds nothing that could be anybody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import MovableClock
from vuurtoren.embedded.demo import HOST_DOCTYPES, builders
from vuurtoren.embedded.demo.dues.accounts import test_iban as made_up_iban
from vuurtoren.embedded.demo.story import aftermath, story, tell
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.privacy.iban import find, mask_iban
from vuurtoren.signals.measuring import collect

NOW = datetime(2026, 11, 6, 9, 12)


@pytest.fixture
def association(tmp_path: Path, clock: MovableClock) -> Iterator[SQLiteSite]:
    made = SQLiteSite(
        tmp_path / "association",
        clock=clock,
        config={"time_zone": "Europe/Amsterdam"},
        extra_schema=[HOST_DOCTYPES],
    )
    yield made
    made.store.close()


def test_it_is_the_same_story_every_time() -> None:
    assert story(NOW) == story(NOW)


def test_it_can_end_at_any_moment() -> None:
    at_noon, at_new_year = (
        Counter(each.doctype for each in story(now) if each.doctype != "Error Log")
        for now in (NOW + timedelta(hours=3), datetime(2027, 1, 1, 0, 30))
    )

    assert at_noon == at_new_year


def test_nothing_in_it_lies_in_the_future() -> None:
    assert max(happening.at for happening in story(NOW)) <= NOW


def test_what_changes_was_there_before() -> None:
    there = set()
    for happening in story(NOW):
        if happening.changes:
            assert (happening.doctype, happening.changes) in there
        else:
            there.add((happening.doctype, happening.values["name"]))


def test_no_two_rows_have_one_name() -> None:
    named = Counter((each.doctype, each.values["name"]) for each in story(NOW) if not each.changes)

    assert named.most_common(1)[0][1] == 1


def test_no_account_number_is_readable_in_it() -> None:
    for happening in story(NOW):
        for value in happening.values.values():
            assert not list(find(str(value)))


def test_its_account_numbers_have_a_valid_check_number_at_no_bank() -> None:
    iban = made_up_iban(42)
    digits = "".join(str(int(character, 36)) for character in iban[4:] + iban[:4])

    assert int(digits) % 97 == 1
    assert iban[4:8] == "TEST"
    assert mask_iban(iban).count("*") == 4


def test_every_mail_address_in_it_is_reserved_for_examples() -> None:
    for happening in story(NOW):
        for value in happening.values.values():
            assert "@" not in str(value) or ".example" in str(value)


def test_it_is_a_bad_week_by_the_monitors_own_measure(association: SQLiteSite) -> None:
    tell(association)
    measured = collect(association, ["business", "errors", "jobs", "mail"], fresh=True)

    values = {
        key: measured.get(key).value
        for key in (
            "errors.last_hour",
            "jobs.stuck",
            "mail.waiting",
            "mail.stuck_sending",
            "members.terminated_today",
            "members.without_customer",
            "sepa.failed_last_hour",
            "dues.stuck",
            "payments.without_reference",
        )
    }
    assert values == {
        "errors.last_hour": 13,
        "jobs.stuck": 1,
        "mail.waiting": 41,
        "mail.stuck_sending": 2,
        "members.terminated_today": 9,
        "members.without_customer": 4,
        "sepa.failed_last_hour": 7,
        "dues.stuck": 6,
        "payments.without_reference": 0,
    }


def test_the_invoices_and_the_collections_agree(association: SQLiteSite) -> None:
    tell(association)

    paid = association.count("Sales Invoice", {"status": "Paid"})
    assert paid == association.count("Direct Debit Batch Invoice", {"status": "Successful"})
    assert paid == association.count("Payment Entry", {"mode_of_payment": "SEPA Direct Debit"})


def test_life_goes_on_afterwards() -> None:
    to_come = aftermath(NOW)

    assert min(happening.at for happening in to_come) > NOW
    assert {happening.doctype for happening in to_come} == {"Error Log"}


def test_its_pieces_can_be_put_on_a_site_one_by_one(association: SQLiteSite) -> None:
    builders.log_errors(association, 3, minutes=5)
    builders.queue_mails(association, 2, hours=2)
    builders.run_job(association, "app.tasks.work", status="Failed", minutes=1)
    member = builders.add_members(association, 2)[0]
    builders.end_membership(association, member)
    measured = collect(association, ["business", "errors", "jobs", "mail"], fresh=True)

    assert measured.get("errors.last_hour").value == 4
    assert measured.get("mail.waiting").value == 2
    assert measured.get("jobs.failed_last_hour").value == 1
    assert measured.get("members.active").value == 1
    assert measured.get("members.terminated_today").value == 1
