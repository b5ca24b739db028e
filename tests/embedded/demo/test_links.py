"""Every link that a visitor of the demo sees leads somewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from tests.embedded.conftest import TOKEN, Visitor
from vuurtoren.composition import use_site
from vuurtoren.embedded.demo.opening import open_demo
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application

URL = "http://127.0.0.1:8000"
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
