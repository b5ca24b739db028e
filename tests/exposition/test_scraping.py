"""Who may scrape, over HTTP: the holder of the token and people with the role; nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import Client, TestResponse

from vuurtoren.composition import use_site
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.exposition import exposition
from vuurtoren.exposition.token import TOKEN_KEY

ADDRESS = "/api/method/verenigingen.www.monitoring_dashboard.prometheus"
TOKEN = "sleutel-van-prometheus-0123456789"
HOST = "http://127.0.0.1:8000"


@pytest.fixture
def client(site: SQLiteSite) -> Iterator[Client]:
    exposition._kept.clear()
    use_site(site)
    yield Client(Application(site, Gate("127.0.0.1", 8000, "a password of good length")))
    use_site(None)
    exposition._kept.clear()


def scrape(client: Client, header: str = "") -> TestResponse:
    headers = {"Authorization": header} if header else {}
    return client.get(ADDRESS, base_url=HOST, headers=headers)


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"Bearer monitoring {TOKEN}"])
def test_the_holder_of_the_token_reads_the_numbers(client: Client, site: SQLiteSite, header: str) -> None:
    site.set_conf(TOKEN_KEY, TOKEN)
    answer = scrape(client, header)
    assert answer.status_code == 200
    assert answer.content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    assert f'site="{site.name}"' in answer.text


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer other {TOKEN}",
        f"Token {TOKEN}",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer é",
    ],
)
def test_nobody_else_does(client: Client, site: SQLiteSite, header: str) -> None:
    site.set_conf(TOKEN_KEY, TOKEN)
    assert scrape(client, header.encode("utf-8").decode("latin-1")).status_code == 403


@pytest.mark.parametrize("stored", [None, "", "short", 7, ["a token in a list, long enough"]])
def test_without_a_good_token_in_the_configuration_no_token_is_right(
    client: Client, site: SQLiteSite, stored: object
) -> None:
    site.set_conf(TOKEN_KEY, stored)
    assert scrape(client, f"Bearer {stored or TOKEN}").status_code == 403


def test_the_token_opens_nothing_else(client: Client, site: SQLiteSite) -> None:
    site.set_conf(TOKEN_KEY, TOKEN)
    page = client.get(
        "/monitoring_dashboard", base_url=HOST, headers={"Authorization": f"Bearer monitoring {TOKEN}"}
    )
    assert page.status_code == 401


def test_the_token_is_in_no_log(client: Client, site: SQLiteSite) -> None:
    site.set_conf(TOKEN_KEY, TOKEN)
    scrape(client, f"Bearer {TOKEN}")
    scrape(client, f"Bearer {TOKEN}x")
    logged = [path.read_text("utf-8") for path in (site.folder / "logs").rglob("*") if path.is_file()]
    assert logged
    assert not any(TOKEN in text for text in logged)
