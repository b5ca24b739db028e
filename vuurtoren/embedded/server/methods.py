"""Answers /api/method/<dotted path> as Frappe does, for registered functions only."""

from __future__ import annotations

import importlib
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request

from vuurtoren import carrier
from vuurtoren.embedded.server.arguments import arguments_for
from vuurtoren.endpoints.whitelist import (
    ENDPOINTS,
    Endpoint,
    TextAnswer,
    embedded_guest,
    embedded_headers,
    embedded_status,
)
from vuurtoren.failures import explain, report
from vuurtoren.site.protocol import Site

MODULES_WITH_ENDPOINTS = (
    "sepa",
    "www.monitoring_backtest",
    "www.monitoring_dashboard",
    "www.monitoring_sepa",
    "utils.alert_manager",
    "utils.resource_monitor",
    "utils.analytics_engine",
)
"""In the app that carries the product: the path of a method is the dotted path of its function."""

Answer = tuple[int, dict[str, Any] | TextAnswer]
"""HTTP status and body."""


def register_endpoints() -> None:
    """Import every module that marks functions; a request never makes the server import anything."""
    for module in MODULES_WITH_ENDPOINTS:
        importlib.import_module(f"{carrier.app_name()}.{module}")


def open_to_guests(path: str) -> bool:
    """Whether anybody may call this, password or not."""
    endpoint = ENDPOINTS.get(path)
    return endpoint is not None and endpoint.allow_guest


def call(site: Site, path: str, request: Request, *, guest: bool = False) -> Answer:
    """Call the function and give `{"message": …}`, or `{"exc_type", "exception"}` with Frappe's status.

    A failure is recorded in the Error Log; the caller is told its kind, never a traceback.
    """
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        return failure(HTTPStatus.FORBIDDEN, "PermissionError", f"Function {path[:140]} is not whitelisted.")
    if _method(request) not in endpoint.methods or (guest and not endpoint.allow_guest):
        return failure(HTTPStatus.FORBIDDEN, "PermissionError", "Not permitted")
    try:
        return _called(endpoint, request, guest)
    except Exception as problem:  # the boundary of a request: told to the caller, kept for the administrator
        return _explained(site, path, problem)


def _called(endpoint: Endpoint, request: Request, guest: bool) -> Answer:
    embedded_guest.set(guest)
    embedded_status.set(HTTPStatus.OK)
    embedded_headers.set(request.headers)  # type: ignore[arg-type]
    result = endpoint.function(**arguments_for(endpoint.function, _given(request)))
    if isinstance(result, TextAnswer):
        return int(embedded_status.get()), result
    return int(embedded_status.get()), {} if result is None else {"message": result}


def _given(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {**request.args, **request.form}
    if request.method == "POST" and request.is_json:
        body = _json_body(request)
        if not isinstance(body, dict):
            raise BadRequest("The body must be a JSON object.")
        given |= body
    return given


def _json_body(request: Request) -> Any:
    try:
        return request.get_json()
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None


def _explained(site: Site, path: str, problem: Exception) -> Answer:
    status = int(getattr(problem, "http_status_code", 0) or getattr(problem, "code", 0) or 500)
    site.rollback()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        report(site, f"request {path}", problem)
    return failure(status, type(problem).__name__, explain(problem))


def failure(status: int, exc_type: str, exception: str) -> Answer:
    """The body in which Frappe reports a refusal."""
    return int(status), {"exc_type": exc_type, "exception": exception}


def _method(request: Request) -> str:
    return "GET" if request.method == "HEAD" else request.method
