"""Which functions are callable over HTTP, with or without Frappe: the only gate of `www/`."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

try:
    import frappe
except ImportError:
    frappe = None

Function = TypeVar("Function", bound=Callable[..., Any])


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
        return frappe.whitelist(allow_guest=allow_guest, methods=methods)(function) if frappe else function

    return mark


embedded_guest: ContextVar[bool] = ContextVar("embedded_guest", default=False)
embedded_status: ContextVar[int] = ContextVar("embedded_status", default=200)
"""Set and read by a server that is not Frappe, for the request that it answers."""


def visitor_is_guest() -> bool:
    """Whether the one who calls has not said who they are."""
    if frappe is not None and getattr(frappe.local, "session", None):
        return bool(frappe.session.user == "Guest")
    return embedded_guest.get()


def answer_with_status(code: int) -> None:
    """Let the current call answer with this HTTP status instead of 200, body and all."""
    if frappe is not None and getattr(frappe.local, "request", None):
        frappe.local.response["http_status_code"] = code
    embedded_status.set(code)


_Refusal: Any = frappe.PermissionError if frappe else PermissionError


class Forbidden(_Refusal):
    """The current user lacks the role; Frappe answers it with 403 and a link to log in."""

    http_status_code = 403


_embedded_token = ""


def use_csrf_token(token: str) -> None:
    """Let every form carry this token; for a server that is not Frappe."""
    global _embedded_token
    _embedded_token = token


def csrf_token() -> str:
    """The token that a posted form must carry: of the current Frappe session, else of the embedded server."""
    if frappe is None or not getattr(frappe.local, "session_obj", None):
        return _embedded_token
    from frappe.sessions import get_csrf_token

    return str(get_csrf_token())


def form() -> dict[str, Any]:
    """The fields of the form posted by the current Frappe request; empty when it is no POST."""
    request = getattr(frappe.local, "request", None) if frappe else None
    return dict(frappe.local.form_dict) if request and request.method == "POST" else {}


def argument(name: str) -> str:
    """What the address of the current Frappe request says behind the question mark; empty when nothing."""
    return str(frappe.local.form_dict.get(name) or "") if frappe else ""


_Objection: Any = frappe.ValidationError if frappe else ValueError


class Refused(_Objection):
    """The call was understood and is not possible now; the message is for people."""

    http_status_code = 409


def refuse(message: str) -> NoReturn:
    """Raise Refused, in Frappe with the message where its clients look for it."""
    if frappe is not None and getattr(frappe.local, "request", None):
        frappe.throw(frappe.utils.escape_html(message), Refused)
    raise Refused(message)
