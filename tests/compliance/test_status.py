"""Whether the rules are kept: by area, and as one number with its formula."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.compliance import books
from tests.compliance.test_findings import dormant, findings
from tests.compliance.test_findings import office as office
from vuurtoren.compliance import scanning, status
from vuurtoren.compliance.findings import stored
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def test_before_the_first_scan_nothing_can_be_said(office: SQLiteSite) -> None:
    found = status.read(office)
    assert (found.judged, found.kept) == (0, 0)
    assert found.level("mandates") == "cannot be said"
    assert all(each.why == status.NOT_SCANNED for each in found.rules)


def test_sound_mandates_are_in_order(office: SQLiteSite) -> None:
    books.mandate(office)
    scanning.scan(office)
    found = status.read(office)
    assert found.level("mandates") == "in order"
    assert found.kept == found.judged > 0


def test_what_is_only_named_in_the_digest_needs_work(office: SQLiteSite) -> None:
    books.mandate(office)
    dormant(office)
    scanning.scan(office)
    found = status.read(office)
    assert found.level("mandates") == "needs work"
    assert found.judged - found.kept == 1


def test_a_finding_that_is_not_about_money_puts_no_cent_at_stake(office: SQLiteSite) -> None:
    books.mandate(office)
    dormant(office)
    scanning.scan(office)
    assert [each.cents for each in status.read(office).rules if each.findings] == [0]


def test_a_batch_that_may_not_be_sent_is_broken(office: SQLiteSite) -> None:
    held = books.mandate(office, status="Suspended", is_active=0)
    books.batch(office, "B-1", (office.now() + timedelta(days=12)).date(), [held])
    scanning.scan(office)
    assert status.read(office).level("collections") == "broken"


def test_what_was_accepted_is_not_kept(office: SQLiteSite) -> None:
    dormant(office)
    scanning.scan(office)
    (found,) = findings(office)
    stored.accept(office, found["name"], "because", office.now().date() + timedelta(days=9))
    (rule,) = [each for each in status.read(office).rules if each.rule.id == "M04"]
    assert (rule.findings, rule.accepted, rule.kept) == (0, 1, False)


def test_a_rule_that_could_not_be_judged_counts_for_nothing_and_says_why(office: SQLiteSite) -> None:
    books.mandate(office)
    scanning.scan(office)
    (rule,) = [each for each in status.read(office).rules if each.rule.id == "M03"]
    assert rule.level == "cannot be said"
    assert "signature" in rule.why


@pytest.mark.parametrize("area", ["mandates", "collections", "returns"])
def test_without_the_associations_app_nothing_can_be_said(site: SQLiteSite, area: str) -> None:
    scanning.scan(site)
    assert status.read(site).level(area) == "cannot be said"  # type: ignore[arg-type]
