"""The runbooks: reachable from the alert, on the page and in the mail, and drawn as text."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from tests.conftest import RememberingPostman
from tests.pages.whole import build_page, render_page_body
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages import runbooks
from vuurtoren.rounds.checks import run_job
from vuurtoren.signals.catalogue import BY_KEY
from vuurtoren.signals.runbooks import file_of, path_of


def get(site: SQLiteSite, path: str) -> tuple[int, str]:
    client = Client(Application(site, Gate("127.0.0.1", 8000)))
    answer = client.get(path, headers={"Host": "127.0.0.1:8000"})
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize("rule", sorted(BY_KEY))
def test_the_runbook_of_every_rule_opens(site: SQLiteSite, rule: str) -> None:
    status, html = get(site, f"/{path_of(rule)}")
    assert status == 200
    text = html.split('<article class="vm-runbook-page">')[1].split("</article>")[0]
    assert text.count("<h2>") == 4 and "<ol>" in text
    assert "`" not in text


@pytest.mark.parametrize("rule", sorted(BY_KEY))
def test_where_there_is_no_bench_our_commands_are_our_own_and_others_are_said_to_be_of_one(
    site: SQLiteSite, rule: str
) -> None:
    _status, html = get(site, f"/{path_of(rule)}")
    text = html.split('<article class="vm-runbook-page">')[1].split("</article>")[0]
    assert "bench --site SITE monitoring" not in text
    assert ("this site is none" in text) == ("bench" in text)


@pytest.mark.parametrize("rule", ["", "nothing", "../OPERATIONS_MANUAL", "/etc/passwd", "cpu.md", "<script>"])
def test_anything_else_shows_the_list_of_all(site: SQLiteSite, rule: str) -> None:
    status, html = get(site, f"/monitoring_runbook?rule={rule}")
    assert status == 200 and html.count("<script>") == 1
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


@pytest.mark.parametrize("rule", ["queue_depth", "no_such_rule"])
def test_all_of_it_is_in_the_one_main_landmark_of_the_page(site: SQLiteSite, rule: str) -> None:
    _status, html = get(site, f"/monitoring_runbook?rule={rule}")
    main = html.split("<main ")[1].split("</main>")[0]
    assert html.count("<main ") == 1 and str(runbooks.page_body(site, rule)) in main
