"""What this app does when somebody else's document is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vuurtoren.audit.search.sensitive_details import may
from vuurtoren.privacy.redaction import redact_strings
from vuurtoren.site.kept_text import fit_to_keep, is_own, is_redacted
from vuurtoren.site.schema import Field

NOT_REDACTED = "[left out: it could not be redacted]"
ADDRESS_FIELDS = ("heartbeat_url", "webhook_url")
"""Addresses by which alone one may send: the history of the settings says that they changed, and no more."""
HIDDEN = "[redacted]"


def redact_fields(document: Any, _event: str | None = None) -> dict[str, str]:
    """Take IBANs, addresses and secrets out of the texts of a document before it is stored; never raises.

    Returns what was changed. A title that is too long stays so, for Frappe to shorten or to refuse.
    """
    changed = {name: shown for name, text, shown in _texts(document) if shown != text}
    for name, shown in changed.items():
        document.set(name, shown)
    return changed


def redact_stored_fields(document: Any, _event: str | None = None) -> None:
    """The same after `db_set`, which writes before any hook sees the value; never raises."""
    if changed := redact_fields(document):
        import frappe

        frappe.db.set_value(document.doctype, document.name, changed, update_modified=False)


def redact_version(document: Any, _event: str | None = None) -> None:
    """Redact what Frappe writes down of a change to a document of ours, old values included."""
    if not is_own(str(document.get("ref_doctype") or "")):
        return
    try:
        data = json.loads(document.get("data") or "{}")
        _hide_addresses(data)
        document.set("data", json.dumps(redact_strings(data), indent=1, ensure_ascii=False))
    except Exception:  # a change is saved whatever its history looks like
        document.set("data", json.dumps({"changed": [["", NOT_REDACTED, NOT_REDACTED]]}))


def kept_value(document: Any, fieldname: str, value: Any) -> Any:
    """The value as a stored document may hold it."""
    described = document.meta.get_field(fieldname)
    if described is None:
        return value
    field = Field(fieldname, described.fieldtype, described.options or "")
    try:
        return fit_to_keep(document.doctype, field, value)
    except Exception:  # better no text than one with somebody's data, and an error must not fail to be logged
        return NOT_REDACTED


def _texts(document: Any) -> Iterator[tuple[str, Any, Any]]:
    """Name, text and redacted text of each field that is redacted and was not yet."""
    seen = document.flags.setdefault("verenigingen_redacted", {})
    for described in document.meta.fields:
        name = described.fieldname
        text = document.get(name)
        if text in (None, "") or not is_redacted(document.doctype, name, described.fieldtype):
            continue
        if seen.get(name) != text:
            seen[name] = kept_value(document, name, text if isinstance(text, str) else str(text))
        yield name, text, seen[name]


def _hide_addresses(data: Mapping[str, Any]) -> None:
    for change in data.get("changed") or []:
        if change and change[0] in ADDRESS_FIELDS:
            change[1:] = [HIDDEN if value else value for value in change[1:]]


def may_do_with_the_trail(
    doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False
) -> bool:
    """The `has_permission` of the audit DocTypes: no permission row that somebody adds lets anybody write.

    Always a plain yes or no: Frappe 14, 15 and 16 each read None in another way.
    """
    return may(ptype)
