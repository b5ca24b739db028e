"""Details that hold somebody's data are for the audit committee, and every look is written down."""

from __future__ import annotations

import json

import pytest

from tests.audit.clear_entries import clear_entry
from vuurtoren.audit.recording.trail import log_mandate_creation, log_sepa_event
from vuurtoren.audit.search.sensitive_details import may, shown_details
from vuurtoren.audit.verification.verifying import may_verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

LOG = "SEPA Audit Log"
COMMITTEE, ADMIN = "kas@vereniging.example", "admin@vereniging.example"


@pytest.fixture
def sensitive(site: SQLiteSite) -> dict[str, object]:
    for user, role in ((COMMITTEE, "Kascommissie"), (ADMIN, "System Manager")):
        site.insert("Has Role", {"parent": user, "parenttype": "User", "role": role})
    name = log_mandate_creation(site, "LID-1", "M-1", "NL91ABNA0417164300", "ABNANL2A")
    return site.get(LOG, str(name)) or {}


@pytest.mark.parametrize("user", [COMMITTEE, "Administrator"])
def test_the_committee_sees_them_and_the_look_is_an_entry(
    site: SQLiteSite, sensitive: dict[str, object], user: str
) -> None:
    with site.as_user(user):
        assert shown_details(site, sensitive).details == clear_entry(site, str(sensitive["name"]))["details"]
    (look,) = site.get_all(LOG, ["user", "entity_name"], {"action": "sensitive_details_viewed"})
    assert look == {"user": user, "entity_name": f"{LOG}/{sensitive['name']}"}


@pytest.mark.parametrize("user", [ADMIN, "somebody@else.example"])
def test_nobody_else_does(site: SQLiteSite, sensitive: dict[str, object], user: str) -> None:
    with site.as_user(user):
        shown = shown_details(site, sensitive)
    assert "hidden" in json.loads(shown.details or "")
    assert shown.salt is None
    assert site.count(LOG, {"action": "sensitive_details_viewed"}) == 0


def test_other_details_are_for_all_readers(site: SQLiteSite, sensitive: dict[str, object]) -> None:
    entry = site.get(LOG, str(log_sepa_event(site, "Bank Submission", None, "sent", {"files": 1}))) or {}
    with site.as_user(ADMIN):
        assert shown_details(site, entry).details == '{"files":1}'
    assert site.count(LOG, {"action": "sensitive_details_viewed"}) == 0


@pytest.mark.parametrize(
    "right", ["write", "create", "delete", "submit", "cancel", "amend", "import", "share"]
)
def test_nobody_may_do_anything_but_read(right: str) -> None:
    assert may(right) is False
    assert may("read") is True
    assert may(None) is True


@pytest.mark.parametrize(
    ("configured", "role", "sees"),
    [
        (None, "Verenigingen Kascommissie", True),
        ("Auditors", "Auditors", True),
        ("Auditors", "Verenigingen Kascommissie", False),
    ],
)
def test_the_role_of_the_associations_app_is_the_same_committee(
    site: SQLiteSite, sensitive: dict[str, object], configured: str | None, role: str, sees: bool
) -> None:
    if configured:
        site.set_conf("audit_committee_role", configured)
    site.insert("Has Role", {"parent": "their@vereniging.example", "parenttype": "User", "role": role})
    with site.as_user("their@vereniging.example"):
        assert ("LID-1" in str(shown_details(site, sensitive).details)) is sees
        assert may_verify(site) is sees
