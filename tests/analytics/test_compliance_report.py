"""What the SEPA audit trail shows is counted with its n, and what it lacks is named document by document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import vuurtoren.embedded.demo
from tests.compliance import books
from verenigingen.utils.analytics_engine import AnalyticsEngine
from vuurtoren.audit.recording import trail
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.compliance import scanning
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

if TYPE_CHECKING:
    from conftest import MovableClock

HOST_DOCTYPES = Path(vuurtoren.embedded.demo.__file__).with_name("host_doctypes.json")


@pytest.fixture
def association(tmp_path: Path, clock: MovableClock) -> Iterator[SQLiteSite]:
    """A site on which the host app is installed."""
    made = SQLiteSite(tmp_path / "association", clock=clock, extra_schema=[HOST_DOCTYPES])
    yield made
    made.store.close()


def gaps(site: SQLiteSite) -> dict[str, Any]:
    report = AnalyticsEngine(site).identify_compliance_gaps()
    return {gap["title"]: gap["names"] for gap in report["gaps"]}


def pay(site: SQLiteSite, name: str, *, success: bool = True) -> None:
    trail.log_payment_processing(
        site, {"doctype": "Payment Request", "name": name}, success, None if success else "no"
    )
    site.commit()


def test_an_empty_trail_has_no_score(site: SQLiteSite) -> None:
    report = AnalyticsEngine(site).identify_compliance_gaps()
    assert report["overall_compliance_score"] is None
    assert report["unknown"]["overall_compliance_score"] == "No decided SEPA operation in the last 90 days."
    assert report["compliance_areas"] == []


def test_a_site_without_the_trail_says_so(site: SQLiteSite) -> None:
    site.store.schemas = {k: v for k, v in site.store.schemas.items() if k != "SEPA Audit Log"}
    report = AnalyticsEngine(site).identify_compliance_gaps()
    assert report["compliance_areas"] is None and report["gaps"] is None
    assert "not installed" in report["unknown"]["compliance_areas"]
    assert "not installed" in report["unknown"]["gaps"]


def test_the_score_is_that_of_the_printed_formula(site: SQLiteSite) -> None:
    for number in range(19):
        pay(site, f"P{number}")
    pay(site, "P19", success=False)
    trail.log_sepa_event(site, "Payment Processing", {"doctype": "Payment Request", "name": "P20"}, "odd")
    site.commit()
    report = AnalyticsEngine(site).identify_compliance_gaps()
    assert report["overall_compliance_score"] == 95.0  # 1 of 20 decided; the undecided one is left out
    assert "Failed ÷ (Compliant + Exception + Failed)" in report["formulas"]["overall_compliance_score"]
    area = report["compliance_areas"][0]
    assert (area["entries"], area["decided"], area["failed"]) == (21, 20, 1)
    assert (area["failure_percent_low"], area["failure_percent_high"]) == (0.9, 23.6)


def test_the_sentence_states_the_number_and_what_it_may_mean(site: SQLiteSite) -> None:
    for number in range(20):
        pay(site, f"P{number}", success=number > 0)
    insights = AnalyticsEngine(site).identify_compliance_gaps()["insights"]
    assert insights[0]["text"] == (
        "Payment Processing: 1 of 20 operations failed in the last 90 days "
        "(5 %; the true share: 0.9 % to 23.6 %)."
    )
    assert insights[0]["source"].startswith(
        "count by process_type and compliance_status of SEPA Audit Log where"
    )


def test_before_the_first_scan_the_rules_are_not_said_to_be_kept(site: SQLiteSite) -> None:
    report = AnalyticsEngine(site).identify_compliance_gaps()
    assert report["regulatory_risks"] is None
    assert "not been judged" in report["unknown"]["regulatory_risks"]


def test_rules_that_are_broken_are_risks_with_what_to_do(association: SQLiteSite) -> None:
    append_only_guard.install(association)
    books.association(association)
    books.mandate(association, used_on=date(2020, 1, 1))
    scanning.scan(association)
    (risk,) = AnalyticsEngine(association).identify_compliance_gaps()["regulatory_risks"]
    assert (risk["rule"], risk["findings"]) == ("M04", 1)
    assert "Cancel the mandate" in risk["action"]


def test_what_the_rules_found_is_no_step_of_the_process(association: SQLiteSite) -> None:
    append_only_guard.install(association)
    books.association(association)
    books.mandate(association, used_on=date(2020, 1, 1))
    scanning.scan(association)
    assert AnalyticsEngine(association).identify_compliance_gaps()["compliance_areas"] == []


def test_a_failure_without_a_later_success_is_a_gap(site: SQLiteSite, clock: MovableClock) -> None:
    pay(site, "P1", success=False)
    pay(site, "P2", success=False)
    clock.move(minutes=1)
    pay(site, "P1")
    assert gaps(site) == {"Payment Processing failed, and nothing says that it was put right": ["P2"]}


def test_a_failure_after_a_success_is_a_gap_again(site: SQLiteSite, clock: MovableClock) -> None:
    pay(site, "P1")
    clock.move(minutes=1)
    pay(site, "P1", success=False)
    assert list(gaps(site).values()) == [["P1"]]


def test_a_mandate_that_was_made_later_closes_the_failure_about_its_member(
    site: SQLiteSite, clock: MovableClock
) -> None:
    trail.log_mandate_creation(site, "MEM-1", None, None, None, success=False, error_msg="no IBAN")
    site.commit()
    assert list(gaps(site).values()) == [["MEM-1"]]
    clock.move(minutes=1)
    trail.log_mandate_creation(site, "MEM-1", {"doctype": "SEPA Mandate", "name": "M-1"}, None, None)
    site.commit()
    assert gaps(site) == {}


def test_documents_that_the_trail_does_not_mention_are_named(
    association: SQLiteSite, clock: MovableClock
) -> None:
    association.seed("SEPA Mandate", [{"name": "M-before"}])
    clock.move(days=1)
    pay(association, "P1")
    clock.move(hours=1)
    association.seed("SEPA Mandate", [{"name": "M-with"}, {"name": "M-without"}])
    association.seed(
        "Direct Debit Batch", [{"name": "B-draft", "status": "Draft"}, {"name": "B-1", "status": "Generated"}]
    )
    trail.log_mandate_creation(
        association, "MEM-1", {"doctype": "SEPA Mandate", "name": "M-with"}, None, None
    )
    association.commit()
    assert gaps(association) == {
        "SEPA Mandate without an entry in the audit trail": ["M-without"],
        "Direct Debit Batch without an entry in the audit trail": ["B-1"],
    }


def test_documents_cannot_be_missing_from_a_trail_that_has_not_begun(association: SQLiteSite) -> None:
    association.seed("SEPA Mandate", [{"name": "M-1"}])
    association.commit()
    report = AnalyticsEngine(association).identify_compliance_gaps()
    assert report["gaps"] == []
    assert "no entry yet" in report["unknown"]["gaps.SEPA Mandate"]


def test_what_is_not_installed_is_named(site: SQLiteSite) -> None:
    report = AnalyticsEngine(site).identify_compliance_gaps()
    assert "not installed" in report["unknown"]["gaps.Direct Debit Batch"]


def test_a_review_that_waits_for_a_week_is_a_gap_until_it_is_decided(
    site: SQLiteSite, clock: MovableClock
) -> None:
    batch = {"doctype": "Direct Debit Batch", "name": "B-1"}
    trail.log_sepa_event(site, "Bank Submission", batch, "submitted")
    site.commit()
    clock.move(days=6)
    assert gaps(site) == {}
    clock.move(days=2)
    assert list(gaps(site).values()) == [["B-1"]]
    trail.log_sepa_event(site, "Bank Submission", batch, "accepted", compliance_status="Compliant")
    site.commit()
    assert gaps(site) == {}


def test_each_gap_says_what_to_do_and_where_it_comes_from(site: SQLiteSite) -> None:
    pay(site, "P1", success=False)
    report = AnalyticsEngine(site).identify_compliance_gaps()
    step = report["remediation_plan"][0]
    assert step["documents"] == ["P1"]
    assert step["action"]
    assert "SEPA Audit Log where compliance_status = Failed" in step["evidence"]


def test_the_advice_about_failed_collections_is_to_collect_nothing_again(site: SQLiteSite) -> None:
    pay(site, "P2", success=False)
    report = AnalyticsEngine(site).identify_compliance_gaps()
    (advice,) = [step["action"] for step in report["remediation_plan"] if "Payment" in step["title"]]
    assert "Collect nothing again" in advice and "MD01" in advice
    assert "repeat the step" not in advice
