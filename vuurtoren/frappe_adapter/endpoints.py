"""Callable functions, refusals and the current request, as Frappe has them; None where it has no request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from vuurtoren.frappe_adapter.beside import visitor

PermissionError = frappe.PermissionError
ValidationError = frappe.ValidationError


def mark(function: Callable[..., Any], methods: list[str], allow_guest: bool) -> Callable[..., Any]:
    """The function, callable at /api/method/<its dotted path>."""
    return frappe.whitelist(allow_guest=allow_guest, methods=methods)(function)


def visitor_has_role(*roles: str) -> bool:
    """Of whoever sent the request; true where no site is connected, and so nobody asked Frappe."""
    return visitor.visitor_has_role(*roles) if getattr(frappe.local, "session", None) else True


def visitor_is_guest() -> bool | None:
    return frappe.session.user == "Guest" if getattr(frappe.local, "session", None) else None


def answer_with_status(code: int) -> None:
    if getattr(frappe.local, "request", None):
        frappe.local.response["http_status_code"] = code


def csrf_token() -> str | None:
    if not getattr(frappe.local, "session_obj", None):
        return None
    from frappe.sessions import get_csrf_token

    return str(get_csrf_token())


def form() -> dict[str, Any]:
    """The fields that were posted; empty when the request is no POST."""
    request = getattr(frappe.local, "request", None)
    return dict(frappe.local.form_dict) if request and request.method == "POST" else {}


def argument(name: str) -> str:
    return str(frappe.local.form_dict.get(name) or "")


def text_answer(text: str | bytes, content_type: str) -> Any:
    """A response that Frappe passes on as it is; None outside a request."""
    if not getattr(frappe.local, "request", None):
        return None
    from frappe.utils.response import Response

    return Response(text, content_type=content_type)


def file_answer(name: str, content_type: str, content: bytes) -> Any:
    """The same as a file that a browser keeps; None outside a request."""
    response = text_answer(content, content_type)
    if response is not None:
        response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def request_header(name: str) -> str | None:
    request = getattr(frappe.local, "request", None)
    return str(request.headers.get(name, "")) if request else None


def arguments() -> dict[str, str]:
    request = getattr(frappe.local, "request", None)
    return request.args.to_dict() if request else {}


def refuse(message: str, kind: type[Exception]) -> None:
    """Raise this kind of refusal with the message where Frappe's clients look for it, within a request."""
    if getattr(frappe.local, "request", None):
        frappe.throw(frappe.utils.escape_html(message), kind)


def tell_visitor(text: str) -> None:
    """Show a text to whoever made the current request, as text; nothing where there is no request."""
    if getattr(frappe.local, "request", None):
        frappe.msgprint(f'<pre style="white-space: pre-wrap">{frappe.utils.escape_html(text)}</pre>')
