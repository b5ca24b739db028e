"""Every link that a visitor of the demo sees leads somewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from tests.embedded.conftest import TOKEN, Visitor
from vuurtoren.composition import current_site, use_site
from vuurtoren.embedded.demo.opening import open_demo
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.pages.facts import Facts

URL = "http://127.0.0.1:8000"
COUNTED = re.compile(r"of ([0-9]+) shown")
NO_COUNT_OF_ROWS = ("%", "s", "h", "d", "ms", "bytes")
"""Units of numbers that are no count of rows."""
OF_TWO_LOGS = ("errors.last_hour", "errors.last_day", "errors.last_week")
"""They count failed jobs beside the Error Log, which their link opens."""
LINK = re.compile(r'href="([^"#][^"]*)"')


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    opened = open_demo(tmp_path_factory.mktemp("links") / "data", URL)
    yield Visitor(Application(opened, Gate("127.0.0.1", 8000, token=TOKEN)))
    use_site(None)
    opened.store.close()


def links(visitor: Visitor, path: str) -> set[str]:
    found = {html.unescape(link).removeprefix(URL) for link in LINK.findall(visitor.get(path).text)}
    return {link.partition("#")[0] for link in found if not link.startswith(("data:", "https://", "http://"))}


def broken(visitor: Visitor, path: str) -> dict[str, int]:
    answers = {link: visitor.get(link).status_code for link in sorted(links(visitor, path))}
    return {link: status for link, status in answers.items() if status >= 400}


@pytest.mark.parametrize("path", ["/monitoring_dashboard", "/outbox", "/app/system-alert", "/app/error-log"])
def test_every_link_leads_somewhere(visitor: Visitor, path: str) -> None:
    assert links(visitor, path)
    assert broken(visitor, path) == {}


def test_every_link_in_the_mails_leads_somewhere(visitor: Visitor) -> None:
    for mail in sorted(links(visitor, "/outbox") - {"/monitoring_dashboard"})[-5:]:
        named = re.findall(rf"{URL}(/[^\s<>\"')]*)", visitor.get(mail).text)
        assert {
            link: visitor.get(html.unescape(link)).status_code for link in named if named
        } == dict.fromkeys(named, 200)


def test_every_number_that_counts_rows_opens_exactly_as_many(visitor: Visitor) -> None:
    facts = Facts(current_site())
    counts = [
        metric
        for metric in facts.snapshot
        if metric.rows
        and metric.key not in OF_TWO_LOGS
        and metric.unit not in NO_COUNT_OF_ROWS
        and facts.has(metric.doctype)
    ]
    assert {"members.without_customer", "dues.stuck", "jobs.stuck", "sepa.failed_last_hour"} <= {
        metric.key for metric in counts if metric.value
    }
    for metric in counts:
        listed = visitor.get(facts.list_href(metric.doctype, dict(metric.rows))).text
        assert [int(found) for found in COUNTED.findall(listed)] == [metric.value], (
            metric.key,
            metric.labels,
        )


def test_an_alert_about_one_batch_opens_the_findings_of_that_batch(visitor: Visitor) -> None:
    site = current_site()
    for alert in site.get_all(
        "System Alert", ["name", "value"], {"rule": ("in", ("sepa_findings_critical", "sepa_findings_high"))}
    ):
        page = links(visitor, f"/monitoring_dashboard/alert/{alert['name']}")
        (findings,) = {link for link in page if link.startswith("/app/sepa-finding?")}
        assert COUNTED.findall(visitor.get(findings).text) == [str(int(alert["value"]))]
