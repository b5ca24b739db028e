"""The SEPA page, its methods, the report to print, and the commands."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from tests.compliance import books
from tests.compliance.test_findings import dormant, findings
from tests.compliance.test_findings import office as office
from tests.compliance.test_returned import came_back, returned
from verenigingen.www import monitoring_sepa
from vuurtoren.audit.anchors.checkpoint_publishing import hand_out
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification.daily_verification import verify_now
from vuurtoren.commands import sepa as commands
from vuurtoren.compliance import scanning, status
from vuurtoren.compliance.bank_files import check
from vuurtoren.compliance.records import Agreements
from vuurtoren.compliance.returned import stored as stored_returns
from vuurtoren.compliance.returned.stored import News
from vuurtoren.compliance.rule_states import RuleState
from vuurtoren.compliance.rules.catalogue import BY_ID
from vuurtoren.composition import use_site
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.whitelist import Forbidden, Refused
from vuurtoren.pages import actions
from vuurtoren.pages.sepa import answer, minutes, page, report

PAGES = Path(page.__file__).parents[1]
BASE = "http://127.0.0.1:8000"


def body(site: SQLiteSite, **given: str) -> str:
    return str(page.page_body(site, given))


def test_the_first_sentence_says_what_to_do_by_when_and_what_is_at_stake(office: SQLiteSite) -> None:
    for _member in range(2):
        came_back(office, "MD01")
    scanning.scan(office)
    said = body(office)
    assert "2 members may not be collected again (MD01): act by 2026-11-11, EUR 30.00 at stake" in said


def test_one_member_is_one(office: SQLiteSite) -> None:
    came_back(office, "AC04")
    scanning.scan(office)
    assert "1 member may not be collected again (AC04)" in body(office)


def test_a_day_that_is_over_is_not_a_day_to_act_by(office: SQLiteSite, clock: Any) -> None:
    came_back(office, "MD01")
    scanning.scan(office)
    clock.move(days=30)
    assert "(MD01): act now, it was to be done by 2026-11-11, EUR 15.00 at stake" in body(office)


def test_what_belongs_to_no_collection_of_ours_is_no_member(office: SQLiteSite) -> None:
    came_back(office, "AC04")
    unknown = {"end_to_end_id": "E2E-UNKNOWN-1", "mandate_reference": "M-9", "cents": 1250}
    news = News("MD01", "Bank File", arrived_on=office.now().date(), **unknown)
    stored_returns.keep(office, [news], Agreements())
    office.commit()
    scanning.scan(office)
    said = body(office)
    assert "1 member may not be collected again (AC04): " in said
    assert "EUR 15.00 at stake" in said
    assert "E2E-UNKNOWN-1 is about a collection that we do not know" in said


def test_its_classes_are_not_those_of_the_frame_around_it() -> None:
    """A bar of a cohort that has the name of the bar at the top has its padding too, and is not seen."""
    frame = set(re.findall(r"^\.(vm-[a-z-]+) {", (PAGES / "frame.css").read_text("utf-8"), re.MULTILINE))
    shown = set()
    for template in (PAGES / "sepa" / "templates").glob("*.html"):
        for names in re.findall(r'class="([^"{]+)"', template.read_text("utf-8")):
            shown.update(names.split())
    assert "vm-bar" in frame
    assert "vm-share" in shown
    assert not frame & shown


def test_sentences_about_the_trail_do_not_run_together(office: SQLiteSite) -> None:
    said = body(office)
    assert "<p>It was not verified yet.</p>" in said
    assert "<p>Nobody outside has a checkpoint yet.</p>" in said


def test_whoever_asks_whether_a_batch_may_be_sent_has_changed_nothing(office: SQLiteSite) -> None:
    due = (office.now() + timedelta(days=12)).date()
    books.batch(office, "B-1", due, [books.mandate(office)])
    scanning.scan(office)
    check.check_batch(office, "B-1")
    office.commit()
    today = office.now().date()
    assert office.count("SEPA Audit Log", {"process_type": "Batch Generation"}) == 1
    assert "Batch Generation" not in str(report.body(office, today, today))


@pytest.mark.parametrize(
    ("judged", "findings_", "said"),
    [
        (0, 0, "who made it"),
        (3, 0, "not known of some records: who made it"),
        (3, 1, "not known of some records: who made it"),
    ],
)
def test_what_some_records_lack_does_not_read_as_the_reason_of_the_level(
    judged: int, findings_: int, said: str
) -> None:
    state = RuleState("C09", "collections", None, judged, 0, 1, 0, "who made it")
    one = status.RuleStatus(BY_ID["C09"], state, findings_, 0, "H" if findings_ else "", 0, None)
    assert one.because(str) == said
    nothing = status.RuleStatus(BY_ID["C09"], replace(state, held=0, pending_because=""), 0, 0, "", 0, None)
    assert nothing.because(str) == "no record that it judges"


def test_a_second_scan_within_seconds_does_not_claim_that_one_runs(office: SQLiteSite, capsys: Any) -> None:
    commands.scan(office)
    capsys.readouterr()
    assert commands.scan(office) == 2
    assert capsys.readouterr().out == "Another scan is running, or ended less than 15 s ago.\n"


def test_when_nothing_is_urgent_it_says_so(office: SQLiteSite) -> None:
    books.mandate(office)
    scanning.scan(office)
    assert "Nothing is urgent" in body(office)


def test_before_the_first_scan_the_page_claims_nothing(office: SQLiteSite) -> None:
    assert "cannot be said yet" in body(office)


def test_without_the_associations_app_the_page_stands(site: SQLiteSite) -> None:
    assert "No batch waits to be sent." in body(site)


def test_the_next_batch_must_not_be_sent_while_a_finding_stops_it(office: SQLiteSite) -> None:
    due = (office.now() + timedelta(days=12)).date()
    books.batch(office, "B-NEXT", due, [books.mandate(office, status="Suspended", is_active=0)])
    scanning.scan(office)
    said = body(office)
    assert "B-NEXT" in said
    assert "It must not be sent: one finding stops it." in said
    assert "It must be at the bank on 2026-11-13." in said


def test_a_sound_batch_has_nothing_against_it(office: SQLiteSite) -> None:
    books.batch(office, "B-NEXT", (office.now() + timedelta(days=12)).date(), [books.mandate(office)])
    scanning.scan(office)
    assert "No finding stands against it." in body(office)


def test_whether_the_next_batch_may_be_sent_is_asked_on_the_page_and_stands_there(office: SQLiteSite) -> None:
    due = (office.now() + timedelta(days=12)).date()
    books.batch(office, "B-NEXT", due, [books.mandate(office, status="Suspended", is_active=0)])
    scanning.scan(office)
    assert "Batch and file were not checked yet." in body(office)
    use_site(office)
    gate = Gate("127.0.0.1", 8000)
    asked = {"action": "check_batch", "batch": "B-NEXT", "csrf_token": gate.token}
    browser = Client(Application(office, gate))
    said = browser.post("/monitoring_dashboard/sepa", base_url=BASE, data=asked).get_data(as_text=True)
    use_site(None)
    assert "B-NEXT must not be sent, because:" in said
    at = f"{office.now():%Y-%m-%d %H:%M}"
    assert f"Batch and file were last checked at {at}: it must not be sent." in body(office)
    (entry,) = office.get_all("SEPA Audit Log", ["compliance_status"], {"action": "batch_must_not_be_sent"})
    assert entry["compliance_status"] == "Exception"


@pytest.mark.parametrize("name", ["", "nobody", "<b>", "x" * 10_000])
def test_a_batch_that_is_not_there_is_said_so(office: SQLiteSite, name: str) -> None:
    notice = actions.answer_form(office, {"action": "check_batch", "batch": name})
    assert (notice.level, notice.said.startswith("There is no batch")) == ("warning", True)


def test_findings_stand_by_rule_with_what_to_do(office: SQLiteSite) -> None:
    dormant(office)
    dormant(office)
    scanning.scan(office)
    said = body(office)
    assert "M04" in said
    assert "Cancel the mandate; a new one must be signed" in said
    assert "Source: EPC016-06 SDD Core Rulebook, 4.1" in said


def test_mandates_that_end_soon_are_named(office: SQLiteSite) -> None:
    name = books.mandate(office, used_on=date(2023, 12, 20), sign_date=date(2020, 1, 1))
    scanning.scan(office)
    reference = office.get("SEPA Mandate", name)["mandate_id"]  # type: ignore[index]
    assert f"{reference} ends on 2026-12-20 unless something is collected on it" in body(office)


def test_returns_stand_by_due_date_with_their_bounds(office: SQLiteSite) -> None:
    due = (office.now() - timedelta(days=20)).date()
    lines = books.batch(
        office, "B-1", due, [books.mandate(office) for _each in range(10)], status="Submitted"
    )
    books.came_back(office, lines[0], "AM04")
    books.collected(office, "B-1")
    scanning.scan(office)
    said = body(office)
    assert "10.0 %" in said and "provisional" in said and "<svg" in said


@pytest.mark.parametrize(
    "field", ["member", "mandate", "mandate_reference", "batch", "invoice", "reason_code"]
)
def test_whatever_is_known_of_a_return_finds_it(office: SQLiteSite, field: str) -> None:
    came_back(office, "MD06")
    scanning.scan(office)
    asked = str(returned(office)[0][field])
    assert "MD06 The debtor took the money back" in body(office, q=asked)


def test_the_end_to_end_id_of_the_bank_finds_a_return(office: SQLiteSite) -> None:
    news = News("AC04", "Bank File", end_to_end_id="E2E-UNKNOWN-1", arrived_on=office.now().date())
    stored_returns.keep(office, [news], Agreements())
    scanning.scan(office)
    assert "AC04 The account is closed, E2E-UNKNOWN-1" in body(office, q="E2E-UNKNOWN-1")


@pytest.mark.parametrize("asked", ["4711", "Assoc-Member", "LIGHT"])
def test_a_member_finds_the_steps_of_its_mandates_and_whether_they_are_as_sealed(
    office: SQLiteSite, asked: str
) -> None:
    name = dormant(office)
    held = office.get("SEPA Mandate", name) or {}
    office.update("Member", held["member"], {"member_id": "4711"})
    scanning.scan(office)
    seal(office, sweep=True)
    verify_now(office)
    question = {"Assoc-Member": held["member"], "LIGHT": held["mandate_id"]}.get(asked, asked)
    said = body(office, q=question)
    assert "finding opened (M04 A mandate ends 36 months after" in said
    assert "As it was sealed? Yes: as it was sealed" in said
    assert said.count("Proof for the auditor") >= 1


@pytest.mark.parametrize("written", ["{0}", "E2E-{0}", "INCASSO/{0}"])
def test_the_end_to_end_id_of_a_line_finds_what_came_back_and_its_steps(
    office: SQLiteSite, written: str
) -> None:
    came_back(office, "AC04")
    scanning.scan(office)
    said = body(office, q=written.format(returned(office)[0]["invoice"]))
    assert "R03: LIGHT" in said
    assert "collection returned (R01 Whatever comes back is on record" in said
    assert "· AC04 The account is closed), by" in said


def test_an_end_of_an_id_that_names_nothing_finds_nothing(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    assert "Nothing was found." in body(office, q="E2E-")


def test_the_page_says_who_has_the_checkpoint(office: SQLiteSite) -> None:
    office.set_conf("audit_anchor_recipients", "kas@kas.example,boek@boekhouding.example")
    dormant(office)
    scanning.scan(office)
    seal(office, sweep=True)
    hand_out(office)
    assert "It went to: k***@kas.example, b***@boekhouding.example" in body(office)


def test_an_entry_that_was_changed_says_so_where_it_is_found(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    seal(office, sweep=True)
    append_only_guard.remove(office)
    office.store.execute("UPDATE \"tabSEPA Audit Log\" SET action = 'other' WHERE reference_name = ?", [name])
    office.commit()
    assert "As it was sealed? No: row changed" in body(office, q=name)


def test_the_last_four_of_an_account_find_its_mandate_and_show_no_account(office: SQLiteSite) -> None:
    account = books.iban(80_017)
    name = books.mandate(office, iban=account)
    scanning.scan(office)
    said = body(office, q=account[-4:])
    reference = office.get("SEPA Mandate", name)["mandate_id"]  # type: ignore[index]
    assert reference in said
    assert account not in said


def test_the_report_of_a_period_is_shown_to_print(office: SQLiteSite) -> None:
    scanning.scan(office)
    said = str(answer.body(office, {"from": "2026-01-01", "to": "2026-12-31"}))
    assert "For audit committee and board, 2026-01-01 to 2026-12-31" in said


def test_a_period_that_ends_before_it_begins_shows_the_page(office: SQLiteSite) -> None:
    assert 'role="search"' in str(answer.body(office, {"from": "2026-12-31", "to": "2026-01-01"}))


def test_the_steps_of_a_mandate_stand_in_words_with_the_way_to_their_proof(office: SQLiteSite) -> None:
    name = dormant(office)
    scanning.scan(office)
    said = body(office, q=name)
    assert "finding opened (M04 A mandate ends 36 months after" in said
    assert "www.monitoring_sepa.get_proof" in said
    assert "Proof for the auditor" in said


def test_a_question_about_nobody_finds_nothing(office: SQLiteSite) -> None:
    scanning.scan(office)
    assert "Nothing was found." in body(office, q="<script>alert(1)</script>")


def test_what_is_typed_is_escaped(office: SQLiteSite) -> None:
    said = body(office, q="<script>alert(1)</script>", minutes='"><b>')
    assert "<script>alert" not in said
    assert "<b>" not in said


def test_the_digits_of_the_minutes_are_confirmed_without_a_shell(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    seal(office, sweep=True)
    verify_now(office)
    short = minutes.short_form(office)
    assert short
    assert minutes.minutes_answer(office, short).startswith("Confirmed")
    size, digits = short.split()
    other = ("0" if digits[0] != "0" else "1") + digits[1:]
    assert "other digits" in minutes.minutes_answer(office, f"{size} {other}")
    assert "no checkpoint" in minutes.minutes_answer(office, f"999999 {digits}")


@pytest.mark.parametrize("typed", ["", "hello", "12", "12 abc", "12 zzzzzzzzzzzzzzzz", "-1 0123456789abcdef"])
def test_what_is_no_digits_of_minutes_is_said_so(office: SQLiteSite, typed: str) -> None:
    assert minutes.minutes_answer(office, typed).startswith("Type the number")


def test_the_report_says_what_was_collected_and_what_is_open(office: SQLiteSite) -> None:
    came_back(office, "AM04")
    dormant(office)
    scanning.scan(office)
    said = report.document(office, date(2026, 10, 1), date(2026, 11, 30))
    assert "One collection, EUR 15.00; 1 came back, EUR 15.00." in said
    assert "AM04 There was not enough money on the account" in said
    assert "M04" in said
    assert "@page" in said


def test_without_a_maker_of_pdfs_the_report_says_how_to_get_one(office: SQLiteSite) -> None:
    scanning.scan(office)
    said = report.document(office, date(2026, 1, 1), date(2026, 12, 31))
    assert "This platform makes no PDF: open the page in a browser" in said
    assert "As PDF" not in said
    use_site(office)
    with pytest.raises(Refused, match="makes no PDF"):
        monitoring_sepa.get_sepa_report_pdf("2026-01-01", "2026-12-31")
    with pytest.raises(Refused, match="first and the last day"):
        monitoring_sepa.get_sepa_report_pdf("soon", "2026-12-31")
    use_site(None)


def test_with_a_maker_of_pdfs_the_report_is_one(
    office: SQLiteSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(type(office), "pdf_maker", lambda _site: lambda html: b"%PDF " + html[:15].encode())
    scanning.scan(office)
    assert "As PDF" in report.document(office, date(2026, 1, 1), date(2026, 12, 31))
    file = tmp_path / "report.PDF"
    assert commands.write_report(office, file, date(2026, 1, 1), date(2026, 12, 31)) == 0
    assert file.read_bytes() == b"%PDF <!doctype html>"
    use_site(office)
    made = monitoring_sepa.get_sepa_report_pdf("2026-01-01", "2026-12-31")
    assert (made.content_type, made.name) == ("application/pdf", "sepa-2026-01-01-2026-12-31.pdf")
    use_site(None)


def test_a_report_that_cannot_be_made_leaves_no_file(office: SQLiteSite, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "report.pdf"
    assert commands.write_report(office, file, date(2026, 1, 1), date(2026, 12, 31)) == 2
    assert "makes no PDF" in capsys.readouterr().err
    assert not file.exists()


def test_the_report_names_what_was_accepted_and_why(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    until = office.now().date() + timedelta(days=9)
    use_site(office)
    monitoring_sepa.accept_finding(findings(office)[0]["name"], "It is used next week", until.isoformat())
    use_site(None)
    said = report.document(office, date(2026, 10, 1), date(2026, 11, 30))
    assert "It is used next week" in said


def test_no_account_stands_on_page_or_report(office: SQLiteSite) -> None:
    account = books.iban(80_001)
    books.batch(
        office, "B-1", (office.now() + timedelta(days=12)).date(), [books.mandate(office, iban=account)]
    )
    scanning.scan(office)
    assert account[-10:] not in body(office) + report.document(office, date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def visitor(office: SQLiteSite) -> Any:
    use_site(office)
    yield Client(Application(office, Gate("127.0.0.1", 8000)))
    use_site(None)


def test_the_embedded_server_serves_page_and_methods(visitor: Any, office: SQLiteSite) -> None:
    scanning.scan(office)
    assert visitor.get("/monitoring_sepa", base_url=BASE).status_code == 200
    method = "/api/method/verenigingen.www.monitoring_sepa."
    answer = visitor.get(method + "get_sepa_status", base_url=BASE).get_json()["message"]
    assert answer["formula"]
    assert len(answer["rules"]) == 27
    document = visitor.get(
        method + "get_sepa_report?since=2026-01-01&until=2026-12-31", base_url=BASE
    ).get_json()["message"]
    assert document.startswith("<!doctype html>")
    assert visitor.get(method + "get_sepa_report?since=x&until=y", base_url=BASE).status_code == 409


class Nobody(SQLiteSite):
    """Somebody without any role."""

    def has_role(self, *roles: str) -> bool:
        return False


class Committee(SQLiteSite):
    """The audit committee, which looks and does nothing."""

    def has_role(self, *roles: str) -> bool:
        return "Kascommissie" in roles


def test_who_has_no_role_sees_nothing(tmp_path: Path, clock: Any) -> None:
    use_site(Nobody(tmp_path / "nobody", clock=clock))
    for call in (monitoring_sepa.get_sepa_status, lambda: monitoring_sepa.get_context(type("C", (), {})())):
        with pytest.raises(Forbidden):
            call()
    use_site(None)


def test_the_audit_committee_looks_and_does_nothing(tmp_path: Path, clock: Any) -> None:
    use_site(Committee(tmp_path / "committee", clock=clock))
    assert monitoring_sepa.get_sepa_status()["formula"]
    context = type("Context", (), {})()
    monitoring_sepa.get_context(context)
    assert "The digits of the minutes" in context.monitoring_page
    assert "Check now" not in context.monitoring_page
    assert "For audit committee and board" in monitoring_sepa.get_sepa_report("2026-01-01", "2026-12-31")
    with pytest.raises(Forbidden):
        monitoring_sepa.accept_finding("x", "because", "2026-12-01")
    with pytest.raises(Forbidden):
        monitoring_sepa.settle_return("x", "Done", "because")
    use_site(None)


def test_a_decision_that_cannot_be_is_refused_in_words(office: SQLiteSite) -> None:
    use_site(office)
    with pytest.raises(Refused, match="Name the day"):
        monitoring_sepa.accept_finding("x", "because", "soon")
    with pytest.raises(Refused, match="no return"):
        monitoring_sepa.settle_return("x", "Done", "because")
    use_site(None)


def test_the_commands_scan_show_close_and_report(office: SQLiteSite, tmp_path: Path, capsys: Any) -> None:
    dormant(office)
    assert commands.scan(office) == 1
    assert "Findings opened: 1," in capsys.readouterr().out
    assert commands.show_findings(office) == 1
    assert "M04" in capsys.readouterr().out
    name = findings(office)[0]["name"]
    assert commands.close(office, name, "because", office.now().date() + timedelta(days=9)) == 0
    assert commands.close(office, name, "because", office.now().date() + timedelta(days=9)) == 2
    assert commands.show_findings(office) == 0
    file = tmp_path / "report.html"
    assert commands.write_report(office, file, date(2026, 1, 1), date(2026, 12, 31)) == 0
    assert file.read_text("utf-8").startswith("<!doctype html>")
    assert commands.show_status(office, as_json=True) in (0, 1)


def test_each_advice_stands_once_after_the_findings_that_it_belongs_to(
    office: SQLiteSite, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in ("AC04", "MD01", "AC04"):
        came_back(office, code)
    scanning.scan(office)
    commands.show_findings(office, rule="R03")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines] == ["H  R03", "H  R03", " " * 6, "H  R03", " " * 6]
    assert lines[2].strip().startswith("Suspend the mandate")
    assert lines[4].strip().startswith("Cancel the mandate now")
    said = body(office).partition("Returns to follow up</h2>")[2].partition("<h2>")[0]
    assert said.count("Suspend the mandate") == said.count("Cancel the mandate now") == 1
    assert said.count('rowspan="2"') == 2
    assert said.count("<tr>") == 4


def test_the_answer_about_a_batch_is_shown_line_by_line(office: SQLiteSite) -> None:
    due = (office.now() + timedelta(days=12)).date()
    books.batch(office, "B-1", due, [books.mandate(office, status="Suspended", is_active=0)])
    said = actions.check_batch(office, "B-1").said.splitlines()
    assert said[0] == "B-1 must not be sent, because:"
    assert "white-space: pre-line" in (PAGES / "page.css").read_text("utf-8")
