"""Process types that must not go on without their audit entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vuurtoren.audit.recording import spool
from vuurtoren.audit.recording.fail_closed import NotRecorded
from vuurtoren.audit.recording.trail import log_mandate_creation, log_sepa_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import SiteError

SENT = {"compliance_status": "Compliant"}


class RefusingSite(SQLiteSite):
    """A site whose audit table takes nothing."""

    def insert(self, doctype: str, values: Any) -> str:
        if doctype == "SEPA Audit Log":
            raise SiteError("no")
        return super().insert(doctype, values)


@pytest.fixture(params=[["Bank Submission"], "Bank Submission, Return Processing", '["Bank Submission"]'])
def closed(request: Any, tmp_path: Path) -> Iterator[SQLiteSite]:
    made = RefusingSite(tmp_path / "closed", config={"audit_fail_closed": request.param})
    yield made
    made.store.close()


def test_a_listed_process_type_refuses_the_operation(closed: SQLiteSite) -> None:
    with pytest.raises(NotRecorded, match="Bank Submission"):
        log_sepa_event(closed, "Bank Submission", None, "file_sent", SENT)
    assert spool.waiting(closed) == []


def test_other_process_types_go_to_the_spool(closed: SQLiteSite) -> None:
    assert log_mandate_creation(closed, "LID-1", "M-1", None, None) is None
    assert len(spool.waiting(closed)) == 1


def test_a_failure_is_kept_and_refuses_nothing(closed: SQLiteSite) -> None:
    failed = {"compliance_status": "Failed"}
    assert log_sepa_event(closed, "Bank Submission", None, "file_refused", failed) is None
    assert len(spool.waiting(closed)) == 1


def test_nothing_is_listed_by_default(tmp_path: Path) -> None:
    site = RefusingSite(tmp_path / "open")
    assert log_sepa_event(site, "Bank Submission", None, "file_sent", SENT) is None
    assert len(spool.waiting(site)) == 1
    site.store.close()


def test_a_trail_that_takes_the_entry_refuses_nothing(site: SQLiteSite) -> None:
    site.set_conf("audit_fail_closed", ["Bank Submission"])
    assert log_sepa_event(site, "Bank Submission", None, "file_sent", SENT)
