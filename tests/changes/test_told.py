"""Where people see what changed: in the message, on the pages of an alert and an error, on charts, on Now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from tests.alerts.alerting import RULE
from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.changes import faults
from vuurtoren.changes.noting import note_changes
from vuurtoren.changes.suspects import Fault
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.error_kinds import index
from vuurtoren.metrics.subject import Subject, function
from vuurtoren.notifications import delivery
from vuurtoren.settings import settings
from vuurtoren.site.errors import SiteError

TRACEBACK = """Traceback (most recent call last):
  File "apps/frappe/frappe/app.py", line 114, in application
  File "apps/hrms/hrms/doctype/leave/leave.py", line 88, in validate
    self.days = days(self)
TypeError: unsupported operand"""


@pytest.fixture
def updated(site: SQLiteSite, clock: MovableClock) -> Iterator[SQLiteSite]:
    """hrms was updated twelve minutes ago, with two patches."""
    SQLiteSite_versions = {"hrms": "0.9.1"}
    site.installed_versions = lambda: dict(SQLiteSite_versions)  # type: ignore[method-assign]
    note_changes(site)
    clock.move(minutes=4)
    SQLiteSite_versions["hrms"] = "0.9.2"
    for number in range(2):
        site.insert("Patch Log", {"patch": f"hrms.patches.step_{number}"})
    note_changes(site)
    clock.move(minutes=12)
    yield site


def page(site: SQLiteSite, path: str) -> str:
    client = Client(Application(site, Gate("127.0.0.1", 8000, "")))
    return client.get(f"/monitoring_dashboard{path}", headers={"Host": "127.0.0.1:8000"}).get_data(True)


def opened(site: SQLiteSite, readings: Callable[..., Any]) -> str:
    current = settings.read(site)
    for _ in range(2):
        done = evaluate(site, readings(errors__last_hour=50), current, ("tick",), rules=(RULE,))
    delivery.deliver(site, current)
    return done.opened[0] if done.opened else str(site.get_all("System Alert", ["name"])[0]["name"])


SAID = "12 min after hrms 0.9.1 → 0.9.2 and 2 patches"


def test_the_message_says_after_what_it_began(
    updated: SQLiteSite, readings: Callable[..., Any], postman: RememberingPostman
) -> None:
    opened(updated, readings)
    assert SAID in postman.sent[0].text.replace("\u202f", " ")


def test_a_message_goes_on_where_that_cannot_be_read(
    updated: SQLiteSite, readings: Callable[..., Any], postman: RememberingPostman, quiet: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("vuurtoren.changes.before.suspects", _fails)
    opened(updated, readings)
    assert postman.sent and "hrms" not in postman.sent[0].text


def _fails(site: SQLiteSite, fault: Fault) -> None:
    raise SiteError("the table is broken")


def test_the_page_of_the_alert_and_the_chart_say_it(
    updated: SQLiteSite, readings: Callable[..., Any]
) -> None:
    name = opened(updated, readings)
    assert "hrms 0.9.1 → 0.9.2 and 2 patches" in page(updated, f"/alert/{name}")
    assert "hrms 0.9.1 → 0.9.2" in page(updated, "/metric/errors.last_hour")


def test_now_says_what_changed_since_yesterday(updated: SQLiteSite) -> None:
    assert "hrms 0.9.1 → 0.9.2 and 2 patches" in page(updated, "")


def test_the_page_of_an_error_says_after_what_it_was_first_seen(updated: SQLiteSite) -> None:
    updated.insert("Error Log", {"method": "leave", "error": TRACEBACK})
    index.index_new_errors(updated)
    kind = updated.get_all("Error Kind", ["name"])[0]["name"]
    assert "hrms 0.9.1 → 0.9.2 and 2 patches" in page(updated, f"/error/{kind}")


def test_the_page_of_an_error_says_what_it_touched(updated: SQLiteSite) -> None:
    updated.insert("File", {"name": "F-1"})
    about = {"reference_doctype": "File", "reference_name": "F-1"}
    updated.insert("Error Log", {"method": "leave", "error": TRACEBACK, **about})
    index.index_new_errors(updated)
    kind = updated.get_all("Error Kind", ["name"])[0]["name"]
    assert "1 error: 1 × File" in page(updated, f"/error/{kind}")


def test_a_fault_is_about_the_app_and_the_document_of_its_error(updated: SQLiteSite) -> None:
    about = {"reference_doctype": "Leave Application", "reference_name": "HR-1"}
    updated.insert("Error Log", {"method": "leave", "error": TRACEBACK, **about})
    index.index_new_errors(updated)
    kind = str(updated.get_all("Error Kind", ["name"])[0]["name"])
    later = updated.now() + timedelta(hours=5)
    found = faults.fault(updated, later, "errors.last_hour", "r", [Subject("error kind", kind)])
    assert found.apps == {"hrms"}
    assert found.names >= {"Leave Application", "HR-1", "hrms.doctype.leave.leave.validate"}
    assert found.began == updated.now()


def test_a_fault_of_a_job_is_about_its_app(site: SQLiteSite) -> None:
    found = faults.fault(site, site.now(), "jobs.failed_last_hour", subjects=[function("hrms.tasks.leave")])
    assert found.apps == {"hrms"} and "hrms.tasks.leave" in found.names


def test_a_fault_of_mail_is_about_the_settings_of_mail(site: SQLiteSite) -> None:
    assert {"mail_server", "Email Account"} <= faults.fault(site, site.now(), "mail.waiting").names
