"""Returns: captured once from wherever they are told, followed up before the next batch."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.compliance import books
from tests.compliance.test_findings import findings
from tests.compliance.test_findings import office as office
from vuurtoren.compliance import scanning
from vuurtoren.compliance.bank_files.intake import place_waiting
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.follow_up import FIND_THE_COLLECTION
from vuurtoren.compliance.reading import returns as reading
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import Agreements
from vuurtoren.compliance.returned import stored
from vuurtoren.compliance.returned.placing import placed
from vuurtoren.compliance.returned.stored import News
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.sepa import page

HARD = ("AC01", "AC04", "MD01", "MD07")
Row = dict[str, Any]


def returned(site: SQLiteSite, **filters: Any) -> list[Row]:
    return site.get_all(stored.DOCTYPE, list(stored.FIELDS), filters, order_by="invoice")


def days_ago(site: SQLiteSite, days: int) -> date:
    return (site.now() - timedelta(days=days)).date()


def came_back(site: SQLiteSite, code: str, days: int = 9) -> str:
    """A mandate whose collection came back with a code; its name."""
    held = books.mandate(site)
    name = f"B-{site.count('Direct Debit Batch'):03d}"
    (line,) = books.batch(site, name, days_ago(site, days), [held], status="Submitted")
    books.came_back(site, line, code)
    return held


def test_a_line_that_failed_is_a_return(office: SQLiteSite) -> None:
    held = came_back(office, "MD01")
    scanning.scan(office)
    (row,) = returned(office)
    assert (row["reason_code"], row["mandate"], row["batch"], row["amount_cents"]) == (
        "MD01",
        held,
        "B-000",
        1500,
    )
    assert (row["state"], row["due_on"], row["arrived_on"]) == (
        "To Do",
        days_ago(office, 9),
        office.now().date(),
    )
    assert row["window_ends_on"] == date(2027, 11, 26)


def test_the_same_return_is_captured_once(office: SQLiteSite) -> None:
    came_back(office, "MD01")
    scanning.scan(office)
    scanning.scan(office)
    assert len(returned(office)) == 1
    assert office.count("SEPA Audit Log", {"action": "collection_returned"}) == 1


def test_the_same_return_from_a_file_and_from_the_batch_is_one(office: SQLiteSite) -> None:
    came_back(office, "MD01")
    world = World(office)
    line = office.get_all("Direct Debit Batch Invoice", ["name", "invoice"])[0]
    told = [News("MD01", "Bank File", "returns.xml", end_to_end_id=line["invoice"])]
    located = placed(world, told)
    assert stored.keep(office, located, Agreements()) == 1
    assert stored.keep(office, located, Agreements()) == 0
    scanning.scan(office)
    assert len(returned(office)) == 1


def test_a_return_for_an_unknown_collection_is_kept_and_found(office: SQLiteSite) -> None:
    told = [News("AC04", "Bank File", "returns.xml", end_to_end_id="NOBODY", arrived_on=office.now().date())]
    stored.keep(office, placed(World(office), told), Agreements())
    office.commit()
    scanning.scan(office)
    (found,) = findings(office, rule="R01")
    assert "do not know" in found["said"]


def test_a_retry_tells_of_a_return_that_nothing_else_told(office: SQLiteSite) -> None:
    held = books.mandate(office)
    (line,) = books.batch(office, "B-1", days_ago(office, 9), [held], status="Submitted")
    invoice = office.get("Direct Debit Batch Invoice", line)["invoice"]  # type: ignore[index]
    why = {"invoice": invoice, "original_amount": 15, "last_failure_reason": "AM04: Insufficient funds"}
    office.insert("SEPA Payment Retry", why | {"status": "Scheduled"})
    scanning.scan(office)
    (row,) = returned(office)
    assert (row["reason_code"], row["source"], row["batch"]) == ("AM04", "Payment Retry", "B-1")


def test_a_reason_in_words_tells_the_code(office: SQLiteSite) -> None:
    held = books.mandate(office)
    (line,) = books.batch(office, "B-1", days_ago(office, 9), [held], status="Submitted")
    office.update(
        "Direct Debit Batch Invoice",
        line,
        {"status": "Failed", "result_message": "Returned: AC04 account closed"},
    )
    office.commit()
    scanning.scan(office)
    assert [row["reason_code"] for row in returned(office)] == ["AC04"]


def test_an_empty_account_needs_nothing_by_hand(office: SQLiteSite) -> None:
    came_back(office, "AM04")
    scanning.scan(office)
    assert [row["state"] for row in returned(office)] == ["Not Needed"]
    assert findings(office, rule="R03") == []


def test_a_hard_code_is_to_do_until_the_mandate_shows_that_it_is_done(office: SQLiteSite, clock: Any) -> None:
    held = came_back(office, "MD01")
    scanning.scan(office)
    assert [row["severity"] for row in findings(office, rule="R03")] == ["H"]
    clock.move(hours=1)
    office.update(
        "SEPA Mandate", held, {"status": "Cancelled", "is_active": 0, "cancelled_date": office.now()}
    )
    scanning.scan_changes(office)
    (row,) = returned(office)
    assert (row["state"], row["done_by"]) == ("Done", "")
    assert [row["status"] for row in findings(office, rule="R03")] == ["Ended"]


def test_a_mandate_that_may_not_be_used_is_critical_before_the_batch_is_sent(
    office: SQLiteSite, clock: Any
) -> None:
    held = came_back(office, "MD01")
    scanning.scan(office)
    clock.move(hours=1)
    books.batch(office, "B-NEXT", (office.now() + timedelta(days=12)).date(), [held])
    scanning.scan_changes(office)
    (found,) = findings(office, rule="R03")
    assert (found["severity"], found["batch"], found["amount_cents"]) == ("C", "B-NEXT", 1500)
    assert found["deadline"] == date(2026, 11, 13)


def test_a_person_says_that_it_is_done(office: SQLiteSite) -> None:
    came_back(office, "MD06")
    scanning.scan(office)
    (row,) = returned(office)
    stored.settle(office, row["name"], "Done", "Called; pays by transfer")
    office.commit()
    scanning.scan(office)
    (row,) = returned(office)
    assert (row["state"], row["done_by"]) == ("Done", office.user())
    assert [row["status"] for row in findings(office, rule="R03")] == ["Ended"]
    assert office.count("SEPA Audit Log", {"action": "return_followed_up", "rule_id": "R03"}) == 1


@pytest.mark.parametrize(("state", "how"), [("Done", ""), ("To Do", "because"), ("Gone", "because")])
def test_a_settled_return_says_how(office: SQLiteSite, state: str, how: str) -> None:
    came_back(office, "MD06")
    scanning.scan(office)
    with pytest.raises(NotPossible):
        stored.settle(office, returned(office)[0]["name"], state, how)


def test_two_people_do_not_settle_one_return(office: SQLiteSite) -> None:
    came_back(office, "MD06")
    scanning.scan(office)
    name = returned(office)[0]["name"]
    stored.settle(office, name, "Done", "Called")
    with pytest.raises(NotPossible):
        stored.settle(office, name, "Not Needed", "They paid")


def test_the_shares_that_come_back_are_told_by_due_date(office: SQLiteSite) -> None:
    for days, codes in ((90, ["AM04", "MD06"]), (20, ["AC04"])):
        mandates = [books.mandate(office) for _each in range(10)]
        due = days_ago(office, days)
        lines = books.batch(office, f"B-{days}", due, mandates, status="Submitted")
        for line, code in zip(lines, codes, strict=False):
            books.came_back(office, line, code)
        books.collected(office, f"B-{days}")
    scanning.scan(office)
    old, new = reading.cohorts(World(office), days_ago(office, 365), office.now().date())
    assert (old.presented, old.returned, old.returned_cents, old.provisional) == (10, 2, 3000, False)
    assert (new.presented, new.returned, new.provisional) == (10, 1, True)


def test_in_a_year_of_dues_no_hard_code_is_without_follow_up_before_the_next_batch(
    office: SQLiteSite, clock: Any
) -> None:
    """Twelve runs over 400 members; the treasurer does what the findings say, and only that."""
    dice = random.Random(2026)
    mandates = [books.mandate(office) for _member in range(400)]
    for run in range(12):
        due = (office.now() + timedelta(days=10)).date()
        due += timedelta(days={5: 2, 6: 1}.get(due.weekday(), 0))
        active = {row["name"] for row in office.get_all("SEPA Mandate", ["name"], {"status": "Active"})}
        name = f"RUN-{run:02d}"
        lines = books.batch(office, name, due, [each for each in mandates if each in active])
        scanning.scan(office)
        waiting = findings(office, rule="R03", severity="C", status="Open")
        assert waiting == [], f"{name} collects on a mandate that came back hard"
        office.update("Direct Debit Batch", name, {"status": "Submitted", "docstatus": 1})
        clock.move(days=12)
        for line in dice.sample(lines, 14):
            books.came_back(office, line, dice.choice(["AM04", "AM04", "MS03", "MD06", *HARD]))
        books.collected(office, name)
        scanning.scan(office)
        for found in findings(office, rule="R03", status="Open"):
            if found["mandate"] and found["severity"] == "H":
                gone = {"status": "Cancelled", "is_active": 0, "cancelled_date": office.now().date()}
                office.update("SEPA Mandate", found["mandate"], gone)
        clock.move(days=18)
        scanning.scan(office)
    hard = {"reason_code": ("in", HARD)}
    assert office.count(stored.DOCTYPE, hard) > 40
    assert office.count(stored.DOCTYPE, hard | {"state": "To Do"}) == 0
    ours = {"action": "collection_returned", "compliance_status": "Failed"}
    assert office.count("SEPA Audit Log", ours) == 0


def stray(site: SQLiteSite, code: str, **about: Any) -> None:
    news = News(code, "Bank File", end_to_end_id="E2E-UNKNOWN-1", cents=1250, **about)
    stored.keep(site, [replace(news, arrived_on=site.now().date())], Agreements())
    site.commit()


def test_of_a_stray_return_it_is_to_be_found_out_which_collection_it_was(office: SQLiteSite) -> None:
    stray(office, "AC04")
    scanning.scan(office)
    assert {row["rule"]: row["action"] for row in findings(office)} == dict.fromkeys(
        ("R01", "R03"), FIND_THE_COLLECTION
    )
    assert [row["action"] for row in returned(office)] == [FIND_THE_COLLECTION]
    assert str(page.page_body(office, {})).count(FIND_THE_COLLECTION) == 3


def test_of_a_stray_return_that_names_a_mandate_of_ours_that_one_is_suspended(office: SQLiteSite) -> None:
    held = books.mandate(office)
    stray(office, "AC04", mandate_reference=(office.get("SEPA Mandate", held) or {})["mandate_id"])
    scanning.scan(office)
    (row,) = findings(office, rule="R03")
    assert row["mandate"] == held
    assert row["action"].startswith("Suspend the mandate")
    office.update("SEPA Mandate", held, {"status": "Suspended", "is_active": 0})
    scanning.scan(office)
    assert [row["state"] for row in returned(office)] == ["Done"]


def test_a_mandate_that_was_renamed_is_still_seen_to_be_cancelled(office: SQLiteSite) -> None:
    held = came_back(office, "MD01")
    scanning.scan(office)
    row = office.get("SEPA Mandate", held) or {}
    office.delete("SEPA Mandate", {"name": held}, limit=1)
    kept = {name: row[name] for name in ("mandate_id", "member", "mandate_type", "iban", "sign_date")}
    ended = {"status": "Cancelled", "is_active": 0, "cancelled_date": office.now()}
    office.insert("SEPA Mandate", {"name": "MAND-RENAMED", **kept, **ended})
    office.commit()
    scanning.scan(office)
    assert [row["state"] for row in returned(office)] == ["Done"]


def test_what_is_placed_later_says_what_can_be_done_then(office: SQLiteSite) -> None:
    news = News("AC04", "Bank File", end_to_end_id="SINV-LATER", cents=1500, arrived_on=office.now().date())
    stored.keep(office, [news], Agreements())
    assert [row["action"] for row in returned(office)] == [FIND_THE_COLLECTION]
    books.batch(office, "B-1", days_ago(office, 3), [], status="Submitted")
    books.line(office, "B-1", books.mandate(office), invoice="SINV-LATER")
    office.commit()
    assert place_waiting(World(office)) == 1
    assert returned(office)[0]["action"].startswith("Suspend the mandate")


def test_what_came_back_in_another_currency_is_shown_in_it_and_is_no_sum_of_euros(
    office: SQLiteSite,
) -> None:
    came_back(office, "AC04")
    due = days_ago(office, 9)
    news = News("MD01", "Bank File", end_to_end_id="E2E-CHF", cents=9_900, currency="CHF", due_on=due)
    stored.keep(office, [replace(news, member="Assoc-Member-X")], Agreements())
    office.commit()
    scanning.scan(office)
    said = str(page.page_body(office, {}))
    assert "CHF 99.00" in said
    assert "EUR 99.00" not in said and "EUR 114.00" not in said
    assert sum(each.returned_cents for each in reading.cohorts(World(office), due, due)) == 1500
    about_it = [row for row in findings(office) if "E2E-CHF" in row["said"]]
    assert [row["amount_cents"] for row in about_it] == [0]


def test_an_amount_that_nobody_knows_is_no_zero(office: SQLiteSite) -> None:
    stored.keep(office, [News("MD06", "Bank File", end_to_end_id="E2E-ODD")], Agreements())
    office.commit()
    assert stored.as_record(returned(office)[0]).cents is None
    said = str(page.page_body(office, {}))
    assert "E2E-ODD" in said and "EUR 0.00" not in said
