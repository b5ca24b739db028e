"""What this app does when somebody else's document is written."""

from __future__ import annotations

from typing import Any

from verenigingen.audit.redaction import redact_text
from verenigingen.audit.sensitive_details import may
from verenigingen.site.schema import SHORT_TEXT_LENGTH

NOT_REDACTED = "[left out: it could not be redacted]"


def redact_error_log(document: Any, _event: str | None = None) -> None:
    """Take IBANs, addresses and secrets out of an Error Log row before it is stored; never raises."""
    title = str(document.get("method") or "")
    document.set("error", _redacted(str(document.get("error") or "")))
    if len(title) <= SHORT_TEXT_LENGTH:  # a longer one is for Frappe to shorten or to refuse
        document.set("method", _redacted(title)[:SHORT_TEXT_LENGTH])


def _redacted(text: str) -> str:
    try:
        return redact_text(text)
    except Exception:  # better no text than one with somebody's data, and an error must not fail to be logged
        return NOT_REDACTED


def may_do_with_the_trail(
    doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False
) -> bool:
    """The `has_permission` of the audit DocTypes: no permission row that somebody adds lets anybody write.

    Always a plain yes or no: Frappe 14, 15 and 16 each read None in another way.
    """
    return may(ptype)
