"""The check on a site of the host app: what it says, what the trail is told, when it holds a batch back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.compliance.bank_files.book import case
from tests.compliance.bank_files.site_book import lay, lay_settings
from vuurtoren.audit.details.details_box import FIELDS, opened
from vuurtoren.audit.recording import document_events
from vuurtoren.audit.recording.process_events import log_prenotification
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.bank_files.check import MustNotBeSent
from vuurtoren.compliance.bank_files.preflight import MAY, MUST_NOT, UNDECIDED
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.compliance.records import Agreements
from vuurtoren.compliance.returned import stored
from vuurtoren.compliance.returned.stored import News
from vuurtoren.composition import use_site
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.signals.measuring import collect

CASE = case(7, lines=3)
NAME = CASE.batch.name


@pytest.fixture
def site(association: SQLiteSite, clock: Any) -> Iterator[SQLiteSite]:
    clock.moment = datetime(2026, 11, 26, 9, 0, tzinfo=timezone.utc)
    append_only_guard.install(association)
    use_site(association)
    yield association
    use_site(None)


@pytest.fixture
def path(site: SQLiteSite) -> Path:
    return lay(site, CASE)


def entries(site: SQLiteSite) -> list[dict[str, Any]]:
    fields = list(dict.fromkeys([*FIELDS, "action", "compliance_status", "batch", "rule_id", "amount_cents"]))
    asked = {"action": ("in", tuple(check.ACTIONS.values()))}
    rows = opened(site, site.get_all("SEPA Audit Log", fields, asked, order_by="timestamp"))
    return [row | {"details": json.loads(row["details"])} for row in rows]


def rules(checked: check.Checked) -> set[str]:
    return {problem.rule for problem in checked.said.reasons}


def test_a_sound_batch_may_be_sent_and_what_could_not_be_looked_at_is_named(
    site: SQLiteSite, path: Path
) -> None:
    checked = check.check_batch(site, NAME)
    assert checked.said.answer == MAY, check.as_text(site, checked)
    assert check.as_text(site, checked).startswith(f"{NAME} may be sent.")
    assert {problem.rule for problem in checked.said.remarks} == {"C07"}
    assert "pre-notifications, which are not recorded on this site" in check.as_text(site, checked)


def test_every_check_is_an_entry_with_the_hash_of_the_file(site: SQLiteSite, path: Path) -> None:
    checked = check.check_batch(site, NAME)
    (entry,) = entries(site)
    assert (entry["action"], entry["compliance_status"]) == ("batch_may_be_sent", "Compliant")
    assert entry["details"]["file_sha256"] == checked.said.sha256
    assert (entry["batch"], entry["amount_cents"]) == (NAME, CASE.batch.total_cents)


def test_a_file_that_was_changed_after_it_was_made_must_not_be_sent(site: SQLiteSite, path: Path) -> None:
    path.write_bytes(CASE.file.replace(b"</GrpHdr>", b" </GrpHdr>"))
    checked = check.check_batch(site, NAME)
    assert checked.said.answer == MUST_NOT
    assert rules(checked) == {"C08"}
    assert entries(site)[0]["compliance_status"] == "Exception"


def test_a_no_is_no_failed_step_however_often_somebody_asks(site: SQLiteSite, path: Path) -> None:
    path.write_bytes(CASE.file.replace(b"</GrpHdr>", b" </GrpHdr>"))
    for _ in range(6):
        check.check_batch(site, NAME)
    site.commit()
    assert collect(site, fresh=True).get("sepa.failed_last_hour").value == 0


def test_a_batch_whose_file_was_made_before_anybody_looked_is_not_decided(site: SQLiteSite) -> None:
    made = lay(site, CASE)
    other = case(8, lines=2)
    lay(site, other)
    made.rename(made.with_name("other.xml"))
    site.update("Direct Debit Batch", NAME, {"sepa_file": f"/private/files/{NAME}-2.xml"})
    made.with_name("other.xml").rename(made.with_name(f"{NAME}-2.xml"))
    assert check.check_batch(site, NAME).said.answer == MAY
    site.update("Direct Debit Batch", NAME, {"sepa_file": ""})
    assert check.check_batch(site, NAME).said.answer == UNDECIDED


def test_a_file_that_is_gone_is_said(site: SQLiteSite, path: Path) -> None:
    path.unlink()
    with pytest.raises(NotPossible, match="cannot be read: No such file"):
        check.check_batch(site, NAME)


def test_no_batch_of_that_name_is_said(site: SQLiteSite) -> None:
    with pytest.raises(NotPossible, match="There is no batch NOT-THERE"):
        check.check_batch(site, "NOT-THERE")


def test_a_suspended_mandate_stops_the_batch_with_what_to_do(site: SQLiteSite, path: Path) -> None:
    mandate = CASE.batch.collections[1].mandate
    assert mandate
    site.update("SEPA Mandate", mandate.name, {"status": "Suspended"})
    said = check.as_text(site, check.check_batch(site, NAME))
    assert said.startswith(f"{NAME} must not be sent, because:\n  C01  ")
    assert "Take the line out of the batch." in said


def test_a_mandate_that_came_back_as_unauthorised_stops_the_next_batch(site: SQLiteSite, path: Path) -> None:
    mandate = CASE.batch.collections[0].mandate
    assert mandate
    site.insert(
        "SEPA Return",
        {
            "end_to_end_id": "E2E-OLD", "reason_code": "MD01", "state": "To Do", "mandate": mandate.name,
            "mandate_reference": mandate.mandate_id, "arrived_on": date(2026, 11, 3), "amount_cents": 100,
            "return_key": "e2e|E2E-OLD", "batch": "BATCH-26-10-0001",
        },
    )  # fmt: skip
    checked = check.check_batch(site, NAME)
    assert (checked.said.answer, rules(checked)) == (MUST_NOT, {"R03"})


def test_a_paid_invoice_stops_the_batch(site: SQLiteSite, path: Path) -> None:
    site.update("Sales Invoice", CASE.batch.collections[2].invoice, {"outstanding_amount": 0})
    assert rules(check.check_batch(site, NAME)) == {"C03"}


def test_an_invoice_in_two_batches_stops_both(site: SQLiteSite, path: Path) -> None:
    row = CASE.batch.collections[0]
    site.insert(
        "Direct Debit Batch", {"name": "BATCH-X", "batch_date": date(2026, 12, 15), "status": "Draft"}
    )
    site.insert(
        "Direct Debit Batch Invoice",
        {
            "parent": "BATCH-X",
            "parenttype": "Direct Debit Batch",
            "invoice": row.invoice,
            "status": "Pending",
        },
    )
    assert rules(check.check_batch(site, NAME)) == {"C04"}


def test_announcements_are_held_against_the_due_date(site: SQLiteSite, path: Path) -> None:
    for row in CASE.batch.collections:
        log_prenotification(site, row.invoice, amount=(row.cents or 0) / 100, due_date=str(row.due_on))
    checked = check.check_batch(site, NAME)
    due = CASE.batch.due_on
    assert due
    days = (due - date(2026, 11, 26)).days
    assert (rules(checked) == {"C07"}) == (days < 14)


def test_another_account_in_the_settings_stops_the_batch(site: SQLiteSite, path: Path) -> None:
    site.set_single("Verenigingen Settings", {"company_iban": "NL02ABNA0123456789"})
    assert "C08" in rules(check.check_batch(site, NAME))


def test_a_message_id_of_another_batch_stops_it(site: SQLiteSite, path: Path) -> None:
    check.check_batch(site, NAME)
    other = case(8, lines=1)
    own = CASE.file.decode().split("<MsgId>")[1].split("<")[0]
    theirs = other.file.decode().split("<MsgId>")[1].split("<")[0]
    lay(site, type(other)(other.batch, other.file.replace(theirs.encode(), own.encode()), "", ""))
    assert rules(check.check_batch(site, other.batch.name)) == {"C08"}


def test_a_file_finds_its_batch_by_itself(site: SQLiteSite, path: Path, tmp_path: Path) -> None:
    lay(site, case(8, lines=2))
    copy = tmp_path / "for-the-bank.xml"
    copy.write_bytes(CASE.file)
    checked = check.check_file(site, copy)
    assert (checked.said.batch, checked.said.answer) == (NAME, MAY)


def test_a_file_of_nobody_is_not_decided(site: SQLiteSite, tmp_path: Path) -> None:
    copy = tmp_path / "strange.xml"
    copy.write_bytes(case(9).file)
    lay_settings(site)
    checked = check.check_file(site, copy)
    assert checked.said.answer == UNDECIDED
    assert "no batch on this site belongs to the file" in check.as_text(site, checked)


def test_a_file_that_is_none_must_not_be_sent(site: SQLiteSite, tmp_path: Path) -> None:
    copy = tmp_path / "strange.xml"
    copy.write_bytes(b"%PDF-1.7")
    checked = check.check_file(site, copy)
    assert checked.said.answer == MUST_NOT
    assert "the file is no XML but a PDF" in check.as_text(site, checked)


@pytest.mark.parametrize("asked", [None, [], ["Batch Generation", "Mandate Creation"]])
def test_nothing_is_held_back_unless_the_site_asks_for_it(
    site: SQLiteSite, path: Path, asked: list[str] | None
) -> None:
    if asked is not None:
        site.set_conf("audit_fail_closed", asked)
    path.write_bytes(b"<broken")
    check.refuse_unless_it_may(site, NAME)
    assert entries(site) == []


def test_a_site_that_asks_for_it_sends_nothing_that_must_not_be_sent(site: SQLiteSite, path: Path) -> None:
    site.set_conf("audit_fail_closed", ["Bank Submission"])
    check.refuse_unless_it_may(site, NAME)
    path.write_bytes(b"<broken")
    with pytest.raises(MustNotBeSent, match=r"must not be sent: .*the XML is broken at line 1"):
        check.refuse_unless_it_may(site, NAME)


def test_no_account_of_a_member_is_in_what_is_said_or_kept(site: SQLiteSite, path: Path) -> None:
    account = CASE.batch.collections[0].iban
    path.write_bytes(CASE.file.replace(account.encode(), account[:-1].encode() + b"X"))
    checked = check.check_batch(site, NAME)
    told = check.as_text(site, checked) + json.dumps(check.as_dict(site, checked)) + str(entries(site))
    assert not any(row.iban in told or row.iban[:-1] in told for row in CASE.batch.collections)


def test_a_file_made_anew_counts_from_then_on(site: SQLiteSite, path: Path) -> None:
    again = path.with_name("again.xml")
    again.write_bytes(CASE.file.replace(b"</GrpHdr>", b" </GrpHdr>"))
    url = "/private/files/again.xml"
    site.update("Direct Debit Batch", NAME, {"sepa_file": url})
    before = {"status": "Generated", "sepa_file_generated": 1, "sepa_file": CASE.batch.file}
    now = {"doctype": "Direct Debit Batch", "name": NAME, **before, "sepa_file": url}
    assert document_events.file_was_made(now, before)
    document_events.batch_changed(site, now, before)
    assert check.check_batch(site, NAME).said.answer == MAY


def test_what_all_collections_have_is_said_once_with_what_mends_the_file(
    site: SQLiteSite, path: Path
) -> None:
    path.write_bytes(CASE.file.replace(b"MndtRltdInf>", b"MndtRltd_Inf>"))
    said = check.as_text(site, check.check_batch(site, NAME))
    assert (
        "  C10  “MndtRltd_Inf” stands in “DrctDbtTx”, where the schema has no such element"
        " (all collections)\n"
        "       Make the file anew from the batch; if it says the same again, tell whoever looks after"
    ) in said


def test_each_advice_stands_once_below_the_reasons_that_it_belongs_to(site: SQLiteSite, path: Path) -> None:
    faulty = CASE.file.replace(b"MndtRltdInf>", b"MndtRltd_Inf>").replace(b"<Ccy>EUR", b"<Ccy>CHF")
    path.write_bytes(faulty.replace(b'<InstdAmt Ccy="EUR">', b'<InstdAmt Ccy="CHF">'))
    checked = check.check_batch(site, NAME)
    lines = check.as_text(site, checked).splitlines()
    until = lines.index("Also noticed:") if "Also noticed:" in lines else len(lines)
    advice = [line.strip() for line in lines[1:until] if line.startswith("       ")]
    reasons = [line for line in lines[1:until] if re.match(r"  [A-Z][0-9]{2}  ", line)]
    assert len(reasons) == len(checked.said.reasons) > len(advice) > 0
    assert len(set(advice)) == len(advice)
    told = check.as_dict(site, checked)["advice"]
    assert [each["action"] for each in told] == advice
    assert sorted(kind for each in told for kind in each["kinds"]) == sorted(
        problem.kind for problem in checked.said.reasons
    )


def test_no_batch_is_named_to_whoever_has_a_file_alone(site: SQLiteSite, tmp_path: Path) -> None:
    lay_settings(site)
    alone = tmp_path / "alone.xml"
    alone.write_bytes(CASE.file.replace(b"MndtRltdInf>", b"MndtRltd_Inf>"))
    said = check.as_text(site, check.check_file(site, alone))
    assert "from the batch" not in said
    assert "Tell whoever looks after the program that writes the file" in said


def test_a_file_alone_is_judged_by_its_own_days(site: SQLiteSite, tmp_path: Path) -> None:
    lay_settings(site)
    alone, due = tmp_path / "alone.xml", f"{CASE.batch.due_on}".encode()
    alone.write_bytes(CASE.file.replace(due, b"2026-11-26"))
    assert "had to be at the bank on 2026-11-25" in check.as_text(site, check.check_file(site, alone))
    signed = re.sub(b"<DtOfSgntr>[0-9-]*<", b"<DtOfSgntr>%b<" % due, CASE.file, count=1)
    alone.write_bytes(signed)
    said = check.as_text(site, check.check_file(site, alone))
    assert f"the mandate is signed on {CASE.batch.due_on}, and collected on {CASE.batch.due_on}" in said


def test_what_came_back_under_the_reference_of_a_mandate_stops_it(site: SQLiteSite, path: Path) -> None:
    reference = CASE.batch.collections[0].mandate_reference
    stray = News("MD01", "Bank File", end_to_end_id="E2E-UNKNOWN", mandate_reference=reference, cents=1500)
    stored.keep(site, [stray], Agreements())
    said = check.as_text(site, check.check_batch(site, NAME))
    assert f"{reference} is in {NAME} again, and came back with MD01" in said
    assert "Take the line out of the batch. Cancel the mandate now" in said


def test_every_kind_of_fault_says_what_to_do(site: SQLiteSite, path: Path) -> None:
    site.set_single("Verenigingen Settings", {"company_iban": "NL02ABNA0123456789"})
    path.write_bytes(CASE.file.replace(b"EUR", b"CHF"))
    said = check.as_dict(site, check.check_batch(site, NAME))
    assert all(reason["action"] for reason in said["reasons"])
    actions = {reason["kind"]: reason["action"] for reason in said["reasons"]}
    assert actions["creditor_account_differs"].startswith("Do not send it. Ask a second person")


def test_a_dutch_reader_is_told_in_dutch_what_to_do_and_how_the_file_was_looked_at(
    site: SQLiteSite, path: Path
) -> None:
    site.set_single("Verenigingen Settings", {"company_iban": "NL02ABNA0123456789"})
    path.write_bytes(CASE.file.replace(b"EUR", b"CHF"))
    english = check.as_dict(site, check.check_batch(site, NAME))
    with site.speaking("nl"):
        dutch = check.as_dict(site, check.check_batch(site, NAME))
    left = {each["action"] for each in english["reasons"]} & {each["action"] for each in dutch["reasons"]}
    assert not left
    assert dutch["structure"] == "de structuur is door onze eigen lezer gecontroleerd"
