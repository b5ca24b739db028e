"""The embedded web server: the monitoring page, its methods and the documents behind it, for this machine."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import Forbidden as NotForReaders
from werkzeug.exceptions import HTTPException, NotFound, TooManyRequests, Unauthorized
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from vuurtoren.embedded.server import pages
from vuurtoren.embedded.server.access_log import REQUEST_LOG, AccessLog, Visit
from vuurtoren.embedded.server.documents import document, document_list
from vuurtoren.embedded.server.gate import LARGEST_BODY_BYTES, Gate, WrongPassword
from vuurtoren.embedded.server.lesson_page import lesson_page
from vuurtoren.embedded.server.lesson_strip import PATH as LESSON
from vuurtoren.embedded.server.methods import call, failure, open_to_guests, register_endpoints
from vuurtoren.embedded.server.monitoring_page import (
    backtest,
    checklist,
    document_of,
    monitoring_page,
    runbook_page,
    sepa,
)
from vuurtoren.embedded.server.outbox import outbox_list, outbox_message
from vuurtoren.embedded.server.settings_form import save_settings, settings_page
from vuurtoren.embedded.server.shell import STYLE
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.endpoints.permission import may_act, must_act
from vuurtoren.endpoints.whitelist import Forbidden, TextAnswer, embedded_looks_only, use_csrf_token
from vuurtoren.failures import error_boundary, explain, report
from vuurtoren.pages.frame.answers import File
from vuurtoren.pages.render import page_script, page_style
from vuurtoren.pages.sepa.page import style as sepa_style

METHOD_PREFIX = "/api/method/"
SHORTEST_PACKED, PACKED_LEVEL = 1_000, 5
"""Bytes, and how hard to try: the fifth level takes a millisecond for a page."""
NO_SUCH_PAGE = "There is no such page here."
ROUTES = Map(
    [
        Rule("/", endpoint="start", methods=["GET"]),
        Rule("/monitoring_dashboard", endpoint="monitoring"),
        Rule(LESSON, endpoint="lesson", methods=["GET", "POST"]),
        Rule("/monitoring_dashboard/<path:path>", endpoint="monitoring"),
        Rule("/monitoring_backtest", endpoint="backtest", methods=["GET"]),
        Rule("/monitoring_checklist", endpoint="checklist", methods=["GET", "POST"]),
        Rule("/monitoring_runbook", endpoint="runbook", methods=["GET"]),
        Rule("/monitoring_sepa", endpoint="sepa", methods=["GET"]),
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
        _pack(request, response)
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
            embedded_looks_only.set(known and self.gate.looks_only(request))
            response = self._answer(request) if known else self._guest(request)
        except WrongPassword as refusal:
            self._note_wrong_password(request)
            response = self._refusal(request, refusal)
        except HTTPException as refusal:
            response = self._refusal(request, refusal)
        except Forbidden as refusal:
            self.site.rollback()
            response = self._refusal(request, NotForReaders(str(refusal)))
        except Exception as problem:  # the boundary of a request: the visitor is told, the server goes on
            self.site.rollback()
            report(self.site, f"request {request.path}", problem)
            response = self._failed(request, explain(problem))
        finally:
            self.site.rollback()
            self.site.store.close()
        return response

    def _note_wrong_password(self, request: Request) -> None:
        """Where refused log-ins are counted; the brake bounds how many there can be."""
        with error_boundary(self.site, "noting a refused log-in", undo=True):
            tried = {"operation": "Login", "status": "Failed", "user": "Guest"}
            self.site.insert(
                "Activity Log", tried | {"subject": f"wrong password from {request.remote_addr}"}
            )
            self.site.commit()

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

    def _monitoring(self, request: Request, path: str = "") -> Response:
        form = request.form if request.method == "POST" else {}
        served = monitoring_page(self.site, path, request.args, form, self.gate.token)
        if served.file:
            return _file(served.file)
        return _html(document_of(self.site, served), 200 if served.found else 404)

    def _lesson(self, request: Request) -> Response:
        form = request.form if request.method == "POST" else {}
        return _html(lesson_page(self.site, self.gate.token, form))

    def _runbook(self, request: Request) -> Response:
        return _html(runbook_page(self.site, request.args.get("rule", ""), self.gate.token))

    def _backtest(self, request: Request) -> Response:
        return _html(backtest(self.site, request.args, self.gate.token))

    def _checklist(self, request: Request) -> Response:
        form = request.form if request.method == "POST" else {}
        served = checklist(self.site, request.args, form, self.gate.token)
        return _file(served.file) if served.file else _html(document_of(self.site, served))

    def _sepa(self, request: Request) -> Response:
        return _html(sepa(self.site, request.args, self.gate.token))

    def _method(self, request: Request, path: str) -> Response:
        return _json(*call(self.site, path, request))

    def _settings(self, request: Request, name: str = "") -> Response:
        if request.method == "POST":
            must_act(self.site)
        elif not may_act(self.site):
            return redirect("/monitoring_dashboard/settings", Response=Response)
        notice, typed = save_settings(self.site, request.form) if request.method == "POST" else (None, None)
        return _html(settings_page(self.site, self.gate.token, notice, typed))

    def _documents(self, request: Request, slug: str) -> Response:
        listed = document_list(self.site, slug, request.args.to_dict())
        return _file(listed) if isinstance(listed, File) else _html(listed)

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
            response = _html(
                pages.message(self.site, self.site.translate(refusal.name), self.site.translate(said)), status
            )
        if isinstance(refusal, Unauthorized | TooManyRequests):
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


def _pack(request: Request, response: Response) -> None:
    """Compress what is long, for whoever takes it so: a page is a seventh of its length then."""
    if request.accept_encodings["gzip"] <= 0 or response.status_code != 200:
        return
    text = response.get_data()
    if len(text) > SHORTEST_PACKED:
        response.set_data(gzip.compress(text, PACKED_LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")


def content_security_policy() -> str:
    """Only the one script and the style of the pages count, known by their hashes; nothing is loaded from
    elsewhere."""
    styles = " ".join(map(_hash, (page_style(), sepa_style(), STYLE)))
    return (
        f"default-src 'none'; script-src {_hash(page_script())}; style-src {styles}; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _file(file: File) -> Response:
    response = Response(file.text, content_type=file.content_type)
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


def _html(text: str | None, status: int = 200) -> Response:
    if text is None:
        raise NotFound(NO_SUCH_PAGE)
    return Response(text, status, content_type="text/html; charset=utf-8")


def _json(status: int, body: dict[str, Any] | TextAnswer) -> Response:
    """Moments are written as Frappe writes them: "2026-11-04 10:00:00"; a text stays as it is."""
    if isinstance(body, TextAnswer):
        response = Response(body.text, status, content_type=body.content_type)
        if body.name:
            response.headers.set("Content-Disposition", "attachment", filename=body.name)
        return response
    return Response(json.dumps(body, default=str), status, content_type="application/json")
