"""The embedded server answers to this machine and to nobody else."""

from __future__ import annotations

import base64

import pytest

from tests.embedded.conftest import HOST, TOKEN, Visitor
from vuurtoren.embedded.server.gate import LARGEST_BODY_BYTES, Gate, check_binding
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

PAGE = "/monitoring_dashboard"
PASSWORD = "a long enough password"


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST:8000"])
def test_it_answers_to_its_own_names(visitor: Visitor, host: str) -> None:
    assert visitor.get(PAGE, Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1:8001", "127.0.0.1", "127.0.0.1.evil.example:8000", ""],
)
def test_it_refuses_a_foreign_host_name(visitor: Visitor, host: str) -> None:
    assert visitor.get(PAGE, Host=host).status_code == 421


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost", 200),
        ("127.0.0.1:80", 200),
        ("127.0.0.1:8000", 421),
        ("evil.example", 421),
    ],
)
def test_on_the_port_of_the_web_its_names_need_no_port(site: SQLiteSite, host: str, status: int) -> None:
    visitor = Visitor(Application(site, Gate("127.0.0.1", 80)))
    assert visitor.get(PAGE, Host=host).status_code == status


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9000", "file://", ""])
def test_it_refuses_a_foreign_origin(visitor: Visitor, origin: str) -> None:
    assert visitor.get(PAGE, Origin=origin).status_code == 403
    assert visitor.post(PAGE, Origin=origin).status_code == 403


def test_it_takes_its_own_origin(visitor: Visitor) -> None:
    assert visitor.post(PAGE, Origin=f"http://{HOST}").status_code == 200


def test_it_refuses_a_form_that_another_site_posts(visitor: Visitor) -> None:
    assert visitor.post(PAGE, Sec_Fetch_Site="cross-site").status_code == 403


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "é"])
def test_it_refuses_a_change_without_the_token(visitor: Visitor, token: str) -> None:
    assert visitor.post(PAGE, {"action": "acknowledge"}, token=token).status_code == 400


def test_it_takes_the_token_from_a_form_too(visitor: Visitor) -> None:
    assert visitor.post(PAGE, {"csrf_token": TOKEN}, token="").status_code == 200


def test_two_servers_have_two_tokens() -> None:
    assert Gate("127.0.0.1", 8000).token != Gate("127.0.0.1", 8000).token


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_it_refuses_every_other_method(visitor: Visitor, method: str) -> None:
    assert visitor.open(method, PAGE, {"Host": HOST}).status_code == 405


def test_it_refuses_a_body_that_is_too_large(visitor: Visitor) -> None:
    assert visitor.post(PAGE, {"note": "x" * LARGEST_BODY_BYTES}).status_code == 413


def test_it_asks_for_the_password_before_anything_else(site: SQLiteSite) -> None:
    visitor = Visitor(Application(site, Gate("127.0.0.1", 8000, PASSWORD)))
    refused = visitor.get(PAGE)

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic")
    assert visitor.get("/api/method/whatever").status_code == 401


@pytest.mark.parametrize(
    "header", [basic("wrong"), basic(""), "Basic !!!", "Bearer x", "", basic(PASSWORD + "x")]
)
def test_it_refuses_a_wrong_password(site: SQLiteSite, header: str) -> None:
    visitor = Visitor(Application(site, Gate("127.0.0.1", 8000, PASSWORD)))

    assert visitor.get(PAGE, Authorization=header).status_code == 401


def test_it_lets_in_who_knows_the_password(site: SQLiteSite) -> None:
    visitor = Visitor(Application(site, Gate("127.0.0.1", 8000, PASSWORD)))

    assert visitor.get(PAGE, Authorization=basic(PASSWORD)).status_code == 200


def test_it_answers_to_a_further_name_that_it_was_given(site: SQLiteSite) -> None:
    visitor = Visitor(Application(site, Gate("127.0.0.1", 8000, names=("monitor.example",))))

    assert visitor.get(PAGE, Host="monitor.example").status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_alone_needs_no_password(address: str) -> None:
    check_binding(address, "")


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "monitor.example", ""])
def test_any_other_address_needs_a_password(address: str) -> None:
    with pytest.raises(ValueError, match="--password-file"):
        check_binding(address, "")


def test_a_short_password_is_none_for_other_machines() -> None:
    with pytest.raises(ValueError, match="at least 12 characters"):
        check_binding("0.0.0.0", "short")
