"""What a Dutch reader gets of a whole bad week, with all that it holds: no sentence is left in English."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.site.test_dutch import english
from vuurtoren.commands.sepa import show_findings, show_status
from vuurtoren.embedded.demo.opening import DemoSite, open_demo
from vuurtoren.pages.sepa import report

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    opened = open_demo(tmp_path_factory.mktemp("dutch") / "data", URL)
    with opened.speaking("nl"):
        yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def printed(demo: DemoSite) -> str:
    today = demo.now().date()
    return report.document(demo, today - timedelta(days=365), today + timedelta(days=30))


def test_the_report_for_the_audit_committee_is_dutch_from_its_first_line_to_its_last(printed: str) -> None:
    assert '<html lang="nl">' in printed
    assert english(printed) == []


def test_it_holds_something_in_every_part(printed: str) -> None:
    text = html.unescape(re.sub(r"<[^>]+>", " ", printed))
    assert printed.count("<h2") > 4 and len(printed.split("<tr>")) > 20
    assert re.search(r"€ \d{1,3}(\.\d{3})*,\d\d", text) and "EUR" not in text


def test_what_the_commands_list_is_dutch(demo: DemoSite, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_findings(demo, ended=True) in (0, 1, 2)
    assert show_status(demo) in (0, 1, 2)
    said = capsys.readouterr().out
    assert said.count("\n") > 40 and [line for line in said.splitlines() if english(line)] == []
