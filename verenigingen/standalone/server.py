"""The embedded web server: the monitoring page, its methods and the documents behind it, for this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound, Unauthorized
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

import verenigingen.dashboard
from verenigingen.alerts.own_errors import explain, report
from verenigingen.dashboard.actions import answer_form
from verenigingen.site.sqlite_site import SQLiteSite
from verenigingen.site.whitelist import use_csrf_token
from verenigingen.standalone import pages
from verenigingen.standalone.access_log import REQUEST_LOG, AccessLog, Visit
from verenigingen.standalone.documents import document, document_list
from verenigingen.standalone.gate import LARGEST_BODY_BYTES, Gate
from verenigingen.standalone.methods import call, failure, open_to_guests, register_endpoints
from verenigingen.standalone.monitoring_page import backtest, monitoring_page, runbook_page
from verenigingen.standalone.outbox import outbox_list, outbox_message
from verenigingen.standalone.settings_form import save_settings, settings_page

PAGE_SCRIPT = Path(verenigingen.dashboard.__file__).with_name("page.js")
METHOD_PREFIX = "/api/method/"
NO_SUCH_PAGE = "There is no such page here."
ROUTES = Map(
    [
        Rule("/", endpoint="start", methods=["GET"]),
        Rule("/monitoring_dashboard", endpoint="monitoring"),
        Rule("/monitoring_backtest", endpoint="backtest", methods=["GET"]),
        Rule("/monitoring_runbook", endpoint="runbook", methods=["GET"]),
        Rule("/api/method/<path:path>", endpoint="method"),
        Rule("/app/monitoring-settings", endpoint="settings"),
        Rule("/app/monitoring-settings/<path:name>", endpoint="settings"),
        Rule("/app/<slug>", endpoint="documents", methods=["GET"]),
        Rule("/app/<slug>/<path:name>", endpoint="document", methods=["GET"]),
        Rule("/outbox", endpoint="outbox", methods=["GET"]),
        Rule("/outbox/<name>", endpoint="outbox_message", methods=["GET"]),
    ],
    strict_slashes=False,
)


class Application:
    """A WSGI application over one embedded site; every request ends its own transaction.

    A GET is rolled back, as in Frappe; a POST is committed when it succeeded.
    """

    def __init__(self, site: SQLiteSite, gate: Gate) -> None:
        register_endpoints()
        use_csrf_token(gate.token)
        self.site = site
        self.gate = gate
        self.log = AccessLog(site.folder / REQUEST_LOG, site.name)
        self.policy = content_security_policy()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_BODY_BYTES
        began_utc, began = self.site.now_utc(), time.perf_counter()
        response = self._guarded(request)
        self._finish(response)
        duration_ms = (time.perf_counter() - began) * 1000
        length = response.calculate_content_length() or 0
        address = request.remote_addr or ""
        self.log.write(
            Visit(began_utc, duration_ms, address, request.method, request.path, response.status_code, length)
        )
        return response(environ, start_response)

    def _guarded(self, request: Request) -> Response:
        try:
            guests = open_to_guests(request.path.removeprefix(METHOD_PREFIX))
            known = self.gate.admit(request, guests=guests)
            response = self._answer(request) if known else self._guest(request)
        except HTTPException as refusal:
            response = self._refusal(request, refusal)
        except Exception as problem:  # the boundary of a request: the visitor is told, the server goes on
            self.site.rollback()
            report(self.site, f"request {request.path}", problem)
            response = self._failed(request, explain(problem))
        finally:
            self.site.rollback()
            self.site.store.close()
        return response

    def _answer(self, request: Request) -> Response:
        endpoint, found = ROUTES.bind_to_environ(request.environ).match()
        response: Response = getattr(self, f"_{endpoint}")(request, **found)
        if request.method == "POST" and response.status_code < 400:
            self.site.commit()
        return response

    def _guest(self, request: Request) -> Response:
        """Somebody without the password, who asks for what anybody may know."""
        return _json(*call(self.site, request.path.removeprefix(METHOD_PREFIX), request, guest=True))

    def _start(self, request: Request) -> Response:
        return redirect("/monitoring_dashboard", Response=Response)

    def _monitoring(self, request: Request) -> Response:
        notice = answer_form(self.site, request.form) if request.method == "POST" else None
        return _html(monitoring_page(self.site, self.gate.token, notice))

    def _runbook(self, request: Request) -> Response:
        return _html(runbook_page(self.site, request.args.get("rule", "")))

    def _backtest(self, request: Request) -> Response:
        return _html(backtest(self.site, request.args))

    def _method(self, request: Request, path: str) -> Response:
        return _json(*call(self.site, path, request))

    def _settings(self, request: Request, name: str = "") -> Response:
        notice, typed = save_settings(self.site, request.form) if request.method == "POST" else (None, None)
        return _html(settings_page(self.site, self.gate.token, notice, typed))

    def _documents(self, request: Request, slug: str) -> Response:
        return _html(document_list(self.site, slug))

    def _document(self, request: Request, slug: str, name: str) -> Response:
        return _html(document(self.site, slug, name))

    def _outbox(self, request: Request) -> Response:
        return _html(outbox_list(self.site))

    def _outbox_message(self, request: Request, name: str) -> Response:
        return _html(outbox_message(self.site, name))

    def _refusal(self, request: Request, refusal: HTTPException) -> Response:
        if refusal.code and refusal.code < 400:
            return Response.force_type(refusal.get_response(), request.environ)
        status, said = refusal.code or 500, refusal.description or refusal.name
        said = NO_SUCH_PAGE if isinstance(refusal, NotFound) else said
        if request.path.startswith(METHOD_PREFIX):
            response = _json(*failure(status, type(refusal).__name__, said))
        else:
            response = _html(pages.message(self.site, refusal.name, self.site.translate(said)), status)
        if isinstance(refusal, Unauthorized):
            response.headers.extend(refusal.get_headers())
            response.headers["Content-Type"] = "text/html; charset=utf-8"
        return response

    def _failed(self, request: Request, said: str) -> Response:
        if request.path.startswith(METHOD_PREFIX):
            return _json(*failure(500, "InternalServerError", said))
        return _html(pages.message(self.site, self.site.translate("That did not work"), said), 500)

    def _finish(self, response: Response) -> None:
        response.headers.update(
            {
                "Cache-Control": "no-store",
                "Content-Security-Policy": self.policy,
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
            }
        )


def content_security_policy() -> str:
    """Only the script of the monitoring page may run, known by its hash; nothing is loaded from elsewhere."""
    digest = base64.b64encode(hashlib.sha256(PAGE_SCRIPT.read_bytes()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _html(text: str | None, status: int = 200) -> Response:
    if text is None:
        raise NotFound(NO_SUCH_PAGE)
    return Response(text, status, content_type="text/html; charset=utf-8")


def _json(status: int, body: dict[str, Any]) -> Response:
    """Moments are written as Frappe writes them: "2026-11-04 10:00:00"."""
    return Response(json.dumps(body, default=str), status, content_type="application/json")
