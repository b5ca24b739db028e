"""The runbooks: reachable from the alert, on the page and in the mail, and drawn as text."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from tests.conftest import RememberingPostman
from verenigingen.alerts.checks import run_job
from verenigingen.alerts.rules import BY_KEY
from verenigingen.alerts.runbooks import file_of, path_of
from verenigingen.dashboard import runbooks
from verenigingen.dashboard.render import render_page_body
from verenigingen.dashboard.view import build_page
from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.standalone.gate import Gate
from verenigingen.standalone.server import Application


def get(site: SQLiteSite, path: str) -> tuple[int, str]:
    client = Client(Application(site, Gate("127.0.0.1", 8000)))
    answer = client.get(path, headers={"Host": "127.0.0.1:8000"})
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize("rule", sorted(BY_KEY))
def test_the_runbook_of_every_rule_opens(site: SQLiteSite, rule: str) -> None:
    status, html = get(site, f"/{path_of(rule)}")
    assert status == 200
    assert html.count("<h2>") == 4 and "<ol>" in html
    assert "`" not in html


@pytest.mark.parametrize("rule", ["", "nothing", "../OPERATIONS_MANUAL", "/etc/passwd", "cpu.md", "<script>"])
def test_anything_else_shows_the_list_of_all(site: SQLiteSite, rule: str) -> None:
    status, html = get(site, f"/monitoring_runbook?rule={rule}")
    assert status == 200 and "<script>" not in html
    assert html.count("monitoring_runbook?rule=") == len(BY_KEY)
    assert file_of(rule) is None and path_of(rule) == ""


def test_text_of_a_runbook_is_escaped(site: SQLiteSite) -> None:
    html = str(runbooks.page_body(site, "database_connections"))
    assert "<code>Sleep</code>" in html
    assert "&#39;max_connections&#39;" in html


def test_a_link_to_another_runbook_leads_to_its_page(site: SQLiteSite) -> None:
    html = str(runbooks.page_body(site, "audit_silent"))
    assert '<a href="/monitoring_runbook?rule=audit_spool_waiting">' in html and ".md" not in html


def test_commands_are_code_on_the_page_and_in_the_mail(site: SQLiteSite, postman: RememberingPostman) -> None:
    site.insert(
        "Alert Rule",
        {"rule_key": "error_rate_hourly", "enabled": 1, "runbook": "See `<b>` and `bench doctor`."},
    )
    site.seed("Error Log", [{"method": f"boom {number}", "error": "x"} for number in range(11)])
    site.commit()
    run_job(site, "tick")
    (mail,) = [mail for mail in postman.sent if "11 errors" in mail.subject]
    page = render_page_body(build_page(site), translate=site.translate)
    for html in (mail.html, page):
        assert "See <code>&lt;b&gt;</code> and <code>bench doctor</code>." in html
    assert "`bench doctor`" in mail.text


def test_the_mail_and_the_page_link_to_it(site: SQLiteSite, postman: RememberingPostman) -> None:
    site.seed("Error Log", [{"method": f"boom {number}", "error": "x"} for number in range(11)])
    site.commit()
    run_job(site, "tick")
    (mail,) = [mail for mail in postman.sent if "11 errors" in mail.subject]
    assert "monitoring_runbook?rule=error_rate_hourly" in mail.text
    assert "monitoring_runbook?rule=error_rate_hourly" in mail.html
    alerts = build_page(site).alerts.content
    assert alerts is not None
    links = {link for alert in alerts.open for link in alert.links}
    assert ("Runbook", "/monitoring_runbook?rule=error_rate_hourly") in links
