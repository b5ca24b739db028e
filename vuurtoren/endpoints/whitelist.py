"""Which functions are callable over HTTP, with or without Frappe: the only gate of the app's pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from vuurtoren.composition import frappe_part
from vuurtoren.site.protocol import Site

Function = TypeVar("Function", bound=Callable[..., Any])

_frappe: Any = frappe_part("endpoints")


@dataclass(frozen=True)
class Endpoint:
    """A function that may be called by its dotted path, with which HTTP methods, and whether by anybody."""

    function: Callable[..., Any]
    methods: tuple[str, ...]
    allow_guest: bool = False


ENDPOINTS: dict[str, Endpoint] = {}
"""Dotted path to endpoint, for a server that is not Frappe; filled as modules are imported."""


def whitelist(*, methods: list[str], allow_guest: bool = False) -> Callable[[Function], Function]:
    """Mark a function callable at /api/method/<its dotted path> with these HTTP methods only."""

    def mark(function: Function) -> Function:
        path = f"{function.__module__}.{function.__name__}"
        ENDPOINTS[path] = Endpoint(function, tuple(methods), allow_guest)
        return _frappe.mark(function, methods, allow_guest) if _frappe else function

    return mark


embedded_guest: ContextVar[bool] = ContextVar("embedded_guest", default=False)
embedded_looks_only: ContextVar[bool] = ContextVar("embedded_looks_only", default=False)
embedded_status: ContextVar[int] = ContextVar("embedded_status", default=200)
"""Set and read by a server that is not Frappe, for the request that it answers."""


def visitor_is_guest() -> bool:
    """Whether the one who calls has not said who they are."""
    said = _frappe.visitor_is_guest() if _frappe else None
    return embedded_guest.get() if said is None else bool(said)


def visitor_has_role(site: Site, *roles: str) -> bool:
    """Whether the current user, and whoever sent the request if that is somebody else, hold one of them."""
    if not site.has_role(*roles):
        return False
    return bool(_frappe.visitor_has_role(*roles)) if _frappe else not embedded_looks_only.get()


def answer_with_status(code: int) -> None:
    """Let the current call answer with this HTTP status instead of 200, body and all."""
    if _frappe:
        _frappe.answer_with_status(code)
    embedded_status.set(code)


class Forbidden(_frappe.PermissionError if _frappe else PermissionError):  # type: ignore[misc]
    """The current user lacks the role; Frappe answers it with 403 and a link to log in."""

    http_status_code = 403


_embedded_token = ""


def use_csrf_token(token: str) -> None:
    """Let every form carry this token; for a server that is not Frappe."""
    global _embedded_token
    _embedded_token = token


def csrf_token() -> str:
    """The token that a posted form must carry: of the current Frappe session, else of the embedded server."""
    said = _frappe.csrf_token() if _frappe else None
    return _embedded_token if said is None else str(said)


def form() -> dict[str, Any]:
    """The fields of the form posted by the current Frappe request; empty when it is no POST."""
    return dict(_frappe.form()) if _frappe else {}


def argument(name: str) -> str:
    """What the address of the current Frappe request says behind the question mark; empty when nothing."""
    return str(_frappe.argument(name)) if _frappe else ""


def arguments() -> dict[str, str]:
    """All that the address of the current Frappe request says behind the question mark."""
    return dict(_frappe.arguments()) if _frappe else {}


class FileAnswer(Exception):
    """The answer of this page is a file; whoever renders pages catches it and sends the file."""

    def __init__(self, name: str, content_type: str, text: str) -> None:
        super().__init__(name)
        self.name, self.content_type, self.text = name, content_type, text


class Refused(_frappe.ValidationError if _frappe else ValueError):  # type: ignore[misc]
    """The call was understood and is not possible now; the message is for people."""

    http_status_code = 409


@dataclass(frozen=True)
class TextAnswer:
    """An answer that is no JSON, for a server that is not Frappe; with a name it is a file to keep."""

    text: str | bytes
    content_type: str
    name: str = ""


def text_answer(text: str, content_type: str) -> Any:
    """What an endpoint returns so that the caller gets this text and nothing around it."""
    said = _frappe.text_answer(text, content_type) if _frappe else None
    return TextAnswer(text, content_type) if said is None else said


embedded_headers: ContextVar[Mapping[str, str]] = ContextVar("embedded_headers")


def file_answer(name: str, content_type: str, content: bytes) -> Any:
    """What an endpoint returns so that the caller keeps this as a file of this name."""
    said = _frappe.file_answer(name, content_type, content) if _frappe else None
    return TextAnswer(content, content_type, name) if said is None else said


def request_header(name: str) -> str:
    """A header of the current request; empty when it has none, or when there is no request."""
    said = _frappe.request_header(name) if _frappe else None
    return str(embedded_headers.get({}).get(name, "")) if said is None else str(said)


def refuse(message: str) -> NoReturn:
    """Raise Refused, in Frappe with the message where its clients look for it."""
    if _frappe:
        _frappe.refuse(message, Refused)
    raise Refused(message)
