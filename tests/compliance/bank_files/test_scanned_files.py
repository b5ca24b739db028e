"""The scan reads the files of batches too: faults in them, amended mandates, and what people live with."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.compliance.bank_files.book import CREDITOR, case
from tests.compliance.bank_files.site_book import lay, lay_settings
from tests.compliance.bank_files.test_check import CASE, NAME
from tests.compliance.bank_files.test_check import path as path
from tests.compliance.bank_files.test_check import site as site
from tests.compliance.books import iban
from tests.compliance.test_findings import findings
from vuurtoren.compliance import scanning
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.bank_files.preflight import MAY, MUST_NOT
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.reading.mandates import by_reference
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.rule import judge
from vuurtoren.compliance.rules.catalogue import BY_ID
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

BATCH = "Direct Debit Batch"


def found(site: SQLiteSite, rule: str) -> list[dict[str, Any]]:
    scanning.scan(site)
    return findings(site, rule=rule, status="Open")


def test_a_sound_file_has_no_finding(site: SQLiteSite, path: Path) -> None:
    for rule in ("C05", "C06", "C08", "C10"):
        assert found(site, rule) == []


def test_a_file_that_was_changed_is_found_by_night_and_ends_when_it_is_put_back(
    site: SQLiteSite, path: Path
) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"RCUR", b"FRST"))
    (row,) = found(site, "C08")
    assert (row["severity"], row["batch"], row["subject_doctype"]) == ("C", NAME, BATCH)
    path.write_bytes(content)
    assert found(site, "C08") == []


def test_the_form_of_a_file_is_judged_by_night_as_it_is_before_the_bank(site: SQLiteSite, path: Path) -> None:
    """C10 is not “in order” for a file that the check refuses by C10; the finding counts them."""
    path.write_bytes(
        re.sub(b"MndtRltdInf>", b"MndtRltd_Inf>", path.read_bytes()).replace(b"<Cd>SEPA", b"<Cd>X")
    )
    (row,) = found(site, "C10")
    said = check.check_batch(site, NAME).said
    assert row["severity"] == "C"
    others = len([problem for problem in said.reasons if problem.rule == "C10"]) - 1
    assert others > 0
    assert row["said"].endswith(f"what else is wrong with the file: {others}")


def test_a_file_that_pays_to_another_account_is_found_by_night(site: SQLiteSite, path: Path) -> None:
    site.set_single("Verenigingen Settings", {"company_iban": iban(4)})
    (row,) = found(site, "C08")
    assert "another account than that of the settings" in row["said"]


def test_a_file_that_is_gone_is_said_before_it_is_sent(site: SQLiteSite, path: Path) -> None:
    path.unlink()
    (row,) = found(site, "C08")
    assert "not there any more" in row["said"]


def test_a_file_that_was_cleared_away_after_it_was_sent_is_no_finding(site: SQLiteSite, path: Path) -> None:
    path.unlink()
    site.update(BATCH, NAME, {"status": "Processed"})
    assert found(site, "C08") == []


def test_the_file_of_a_batch_that_was_due_is_judged_no_more(site: SQLiteSite, path: Path, clock: Any) -> None:
    path.write_bytes(b"no payment file")
    assert len(found(site, "C08")) == 1
    clock.move(days=30)
    assert found(site, "C08") == []


def test_two_files_with_one_message_id_are_found(site: SQLiteSite, path: Path) -> None:
    other = case(8, lines=2)
    content = path.read_bytes()
    message = content.split(b"<MsgId>")[1].split(b"</MsgId>")[0]
    its = other.file.split(b"<MsgId>")[1].split(b"</MsgId>")[0]
    lay(site, type(other)(**{**vars(other), "file": other.file.replace(its, message)}))
    assert any("message id" in row["said"] for row in found(site, "C08"))


def with_another_account(site: SQLiteSite) -> str:
    """A member whose account changed last week, and its mandate with it; the reference."""
    line = CASE.batch.collections[0]
    assert line.mandate
    site.insert("Member", {"name": line.mandate.member, "status": "Active", "iban": line.mandate.iban})
    place = {"parent": line.mandate.member, "parenttype": "Member", "parentfield": "iban_history"}
    since = site.now().date() - timedelta(days=7)
    site.insert("Member IBAN History", place | {"from_date": since, "iban": line.mandate.iban})
    site.commit()
    return line.mandate_reference


def test_an_account_that_changed_is_collected_on_without_a_word_to_the_bank(
    site: SQLiteSite, path: Path
) -> None:
    reference = with_another_account(site)
    (row,) = found(site, "M06")
    assert reference in row["said"] and "without an amendment" in row["said"]


def test_an_account_that_changed_with_an_amendment_in_the_file_is_in_order(
    site: SQLiteSite, path: Path
) -> None:
    reference = with_another_account(site).encode()
    before, _, after = path.read_bytes().partition(b"<MndtId>" + reference + b"</MndtId>")
    signed, _, rest = after.partition(b"</DtOfSgntr>")
    amended = b"</DtOfSgntr><AmdmntInd>true</AmdmntInd><AmdmntInfDtls><OrgnlDbtrAcct><Id><Othr><Id>SMNDA</Id>"
    amended += b"</Othr></Id></OrgnlDbtrAcct></AmdmntInfDtls>"
    path.write_bytes(before + b"<MndtId>" + reference + b"</MndtId>" + signed + amended + rest)
    assert found(site, "M06") == []


def test_an_account_that_changed_before_any_file_tells_of_it_cannot_be_judged(site: SQLiteSite) -> None:
    lay(site, CASE).unlink()
    reference = with_another_account(site)
    assert found(site, "M06") == []
    world = World(site)
    verdict = judge(BY_ID["M06"], by_reference(world, [reference])[reference], world.circumstances)
    assert (verdict.answer, verdict.text) == ("pending", "whether the bank was told of the other account")


def test_the_first_account_of_the_association_is_no_change(site: SQLiteSite) -> None:
    lay_settings(site)
    scanning.scan(site)
    assert found(site, "M07") == []


def test_another_account_of_the_association_is_looked_at_for_a_week(site: SQLiteSite, clock: Any) -> None:
    lay_settings(site)
    scanning.scan(site)
    clock.move(days=3)
    site.set_single("Verenigingen Settings", {"company_iban": iban(4)})
    (row,) = found(site, "M07")
    assert "own account was changed on 2026-11-29" in row["said"]
    clock.move(days=7)
    assert len(found(site, "M07")) == 1
    clock.move(days=1)
    assert found(site, "M07") == []
    assert CREDITOR.iban and CREDITOR.iban not in str(site.get_all("Monitoring Run", ["cursor"]))


def test_a_change_of_the_account_is_told_before_the_next_scan_too(site: SQLiteSite, path: Path) -> None:
    scanning.scan(site)
    site.set_single("Verenigingen Settings", {"company_iban": iban(4)})
    reasons = check.check_batch(site, NAME).said.reasons
    assert "M07" in {problem.rule for problem in reasons}


@pytest.mark.parametrize("lives_with_it", [False, True])
def test_what_somebody_lives_with_stops_no_batch(site: SQLiteSite, path: Path, lives_with_it: bool) -> None:
    invoice = CASE.batch.collections[0].invoice
    site.update("Sales Invoice", invoice, {"outstanding_amount": 1})
    (row,) = found(site, "C03")
    if lives_with_it:
        stored.accept(site, row["name"], "The rest was paid in cash", date(2026, 12, 31))
    said = check.check_batch(site, NAME).said
    assert said.answer == (MAY if lives_with_it else MUST_NOT)
    assert "C03" in {problem.rule for problem in (said.remarks if lives_with_it else said.reasons)}
