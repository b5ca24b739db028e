"""Who may scrape, over HTTP: the holder of the token and people with the role; nobody else."""

from __future__ import annotations

import sqlite3
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from verenigingen.tests.contracts.scraping_contract import TOKEN, ScrapingContract
from vuurtoren.composition import use_site
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.embedded.store.sqlite_store import SQLiteStore
from vuurtoren.exposition import exposition
from vuurtoren.exposition.token import TOKEN_KEY

METHODS = "/api/method/verenigingen.www.monitoring_dashboard."
HOST = "http://127.0.0.1:8000"


@pytest.fixture
def client(site: SQLiteSite) -> Iterator[Client]:
    exposition._kept.clear()
    use_site(site)
    yield Client(Application(site, Gate("127.0.0.1", 8000, "a password of good length")))
    use_site(None)
    exposition._kept.clear()


def scrape(client: Client, header: str = "", method: str = "prometheus") -> TestResponse:
    headers = {"Authorization": header} if header else {}
    return client.get(METHODS + method, base_url=HOST, headers=headers)


class TestScraping(ScrapingContract, unittest.TestCase):
    refusals = (401,)

    @pytest.fixture(autouse=True)
    def _given(self, client: Client, site: SQLiteSite) -> None:
        self.client, self.site = client, site

    @contextmanager
    def with_token(self, stored: Any) -> Iterator[None]:
        self.site.set_conf(TOKEN_KEY, stored)
        yield
        self.site.set_conf(TOKEN_KEY, None)

    def ask(self, method: str, header: str = "") -> TestResponse:
        return scrape(self.client, header, method)


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"Bearer monitoring {TOKEN}"])
def test_the_embedded_site_takes_the_token_with_and_without_its_name(
    client: Client, site: SQLiteSite, header: str
) -> None:
    site.set_conf(TOKEN_KEY, TOKEN)
    answer = scrape(client, header)
    assert answer.status_code == 200
    assert f'site="{site.name}"' in answer.text


def test_the_token_is_in_no_log(client: Client, site: SQLiteSite) -> None:
    site.set_conf(TOKEN_KEY, TOKEN)
    scrape(client, f"Bearer {TOKEN}")
    scrape(client, f"Bearer {TOKEN}x")
    logged = [path.read_text("utf-8") for path in (site.folder / "logs").rglob("*") if path.is_file()]
    assert logged
    assert not any(TOKEN in text for text in logged)


@pytest.mark.usefixtures("quiet")
def test_while_the_database_is_gone_a_scrape_fails_and_says_nothing(
    client: Client, site: SQLiteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scrape that fails is what `up` and the dead man's rules see; an empty answer would look calm."""

    def gone(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    site.set_conf(TOKEN_KEY, TOKEN)
    with monkeypatch.context() as trouble:
        trouble.setattr(SQLiteStore, "execute", gone)
        answer = scrape(client, f"Bearer {TOKEN}")
    assert answer.status_code >= 500
    assert "monitoring_" not in answer.text
    assert TOKEN not in answer.text
    assert scrape(client, f"Bearer {TOKEN}").status_code == 200
