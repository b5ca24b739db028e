"""A visitor of the embedded server, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from vuurtoren.embedded.server import methods
from vuurtoren.embedded.server.gate import TOKEN_HEADER, Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints import whitelist

HOST = "127.0.0.1:8000"
TOKEN = "the-token-of-this-server"


class Visitor:
    """A browser on this machine; `token` goes along with every POST."""

    def __init__(self, application: Application) -> None:
        self._client = Client(application)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._open("GET", path, headers)

    def post(self, path: str, data: Any = None, *, token: str = TOKEN, **headers: str) -> TestResponse:
        return self._open("POST", path, headers | ({TOKEN_HEADER: token} if token else {}), data=data)

    def open(self, method: str, path: str, headers: dict[str, str], **options: Any) -> TestResponse:
        return self._client.open(path, method=method, headers=headers, **options)

    def _open(self, method: str, path: str, headers: dict[str, str], **options: Any) -> TestResponse:
        sent = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.open(method, path, sent, **options)


@pytest.fixture
def application(site: SQLiteSite) -> Application:
    return Application(site, Gate("127.0.0.1", 8000, token=TOKEN))


@pytest.fixture
def visitor(application: Application) -> Visitor:
    return Visitor(application)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Register a function for one test: endpoint(function, "GET") gives its path."""
    monkeypatch.setattr(methods, "ENDPOINTS", dict(methods.ENDPOINTS))

    def register(function: Any, *allowed: str) -> str:
        path = f"tests.{function.__name__}"
        methods.ENDPOINTS[path] = whitelist.Endpoint(function, allowed)
        return f"/api/method/{path}"

    yield register
