"""Which functions are callable over HTTP, with or without Frappe: the only gate of `www/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

try:
    import frappe
except ImportError:
    frappe = None

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Endpoint:
    """A function that may be called by its dotted path, and with which HTTP methods."""

    function: Callable[..., Any]
    methods: tuple[str, ...]


ENDPOINTS: dict[str, Endpoint] = {}
"""Dotted path to endpoint, for a server that is not Frappe; filled as modules are imported."""


def whitelist(*, methods: list[str]) -> Callable[[Function], Function]:
    """Mark a function callable at /api/method/<its dotted path> with these HTTP methods only."""

    def mark(function: Function) -> Function:
        ENDPOINTS[f"{function.__module__}.{function.__name__}"] = Endpoint(function, tuple(methods))
        return frappe.whitelist(methods=methods)(function) if frappe else function

    return mark


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


_Objection: Any = frappe.ValidationError if frappe else ValueError


class Refused(_Objection):
    """The call was understood and is not possible now; the message is for people."""

    http_status_code = 409


def refuse(message: str) -> NoReturn:
    """Raise Refused, in Frappe with the message where its clients look for it."""
    if frappe is not None and getattr(frappe.local, "request", None):
        frappe.throw(message, Refused)
    raise Refused(message)
