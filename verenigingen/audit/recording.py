"""One audit event into the SEPA Audit Log: redacted, attributed, and never at the cost of the business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from verenigingen.alerts.own_errors import report
from verenigingen.audit import spool
from verenigingen.audit.fail_closed import refuse_if_closed
from verenigingen.audit.iban import mask_ibans
from verenigingen.audit.redaction import holds_personal_data, redact, redact_text
from verenigingen.audit.refusal import GUARD
from verenigingen.audit.seals.rows import outcome_fields, short_text, times, with_seal
from verenigingen.audit.spool import DOCTYPE
from verenigingen.site.errors import AlreadyExists, TransactionLost
from verenigingen.site.markup import json_without_markup
from verenigingen.site.protocol import Site
from verenigingen.site.values import Row

COMPLIANT = "Compliant"
EXCEPTION = "Exception"
FAILED = "Failed"
PENDING_REVIEW = "Pending Review"
STATUSES = (COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW)
"""A rule was checked and held; a business outcome needs following up; our process broke a rule or failed;
it could not be decided."""


def record(
    site: Site,
    process_type: str,
    reference_doctype: str,
    reference_name: str,
    action: str,
    compliance_status: str = "",
    details: Mapping[str, Any] | None = None,
    *,
    sensitive: bool = False,
    event_id: str = "",
    outcome: Mapping[str, Any] | None = None,
) -> str | None:
    """Write one audit event and return the name of its row, or None when it waits in the spool.

    `outcome` may state severity, rule_id, outcome_code, batch, mandate, amount_cents, currency, iban_masked
    and iban_fingerprint.

    The row belongs to the caller's transaction, which is never committed here. A Failed event survives the
    rollback of that transaction. A status that nobody stated, or that is none of the four, is Pending Review,
    never Compliant. A second event with the same `event_id` is the first one. Raises TransactionLost when
    the database has already undone the caller's work, and NotRecorded as `fail_closed` says; nothing else.
    """
    event = complete(
        site,
        {
            "event_id": event_id,
            "process_type": process_type,
            "action": action,
            "compliance_status": compliance_status,
            "reference_doctype": reference_doctype,
            "reference_name": reference_name,
            "details": details,
            "sensitive_data": sensitive,
            **(outcome or {}),
        },
    )
    return _insert_safely(site, event) if event["compliance_status"] == FAILED else _insert(site, event)


def complete(site: Site, values: Mapping[str, Any]) -> Row:
    """Return a whole row from what is known of an event: redacted, attributed, with id, time and status.

    What is given stays, except that it is redacted; completing a row twice changes nothing.
    """
    status, details = _judged(str(values.get("compliance_status") or ""), as_mapping(values.get("details")))
    shown = redact(details)
    doctype = str(values.get("reference_doctype") or "")
    name = mask_ibans(str(values.get("reference_name") or ""))
    user = values.get("user") or site.user() or "Guest"
    return {
        "event_id": values.get("event_id") or uuid4().hex,
        **times(site, values),
        "process_type": values.get("process_type"),
        "action": short_text(redact_text(str(values.get("action") or ""))),
        "compliance_status": status,
        "reference_doctype": short_text(doctype),
        "reference_name": short_text(name),
        "entity_name": short_text(
            mask_ibans(str(values.get("entity_name") or "/".join(filter(None, (doctype, name)))))
        ),
        "user": user,
        "actor": short_text(str(values.get("actor") or user)),
        "trace_id": short_text(values.get("trace_id") or site.trace_id()),
        "details": json_without_markup(
            json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        ),
        "sensitive_data": int(bool(values.get("sensitive_data")) or holds_personal_data(shown)),
        **outcome_fields(values, status),
    }


def as_mapping(details: Any) -> Mapping[str, Any]:
    """Details as a mapping, also where they come as JSON text or as any other value."""
    if isinstance(details, str):
        try:
            details = json.loads(details)
        except (ValueError, RecursionError):
            pass
    if isinstance(details, Mapping):
        return details
    return {} if details in (None, "") else {"details": details}


def _judged(stated: str, details: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """One of the four statuses; what else was stated is kept in the details, for a person to decide."""
    if stated in STATUSES:
        return stated, details
    return PENDING_REVIEW, ({**details, "stated_status": stated} if stated else details)


def _insert_safely(site: Site, event: Row) -> str | None:
    """Insert an event so that it also survives the rollback of the transaction that it belongs to."""
    path = spool.keep(site, event)
    site.after_rollback(lambda: spool.bring_in(site, event, path))
    return _insert(site, event, spooled=True)


def _insert(site: Site, event: Row, *, spooled: bool = False) -> str | None:
    try:
        return site.append(GUARD, event, partial(with_seal, site))
    except AlreadyExists:
        rows = site.get_all(DOCTYPE, ["name"], {"event_id": event["event_id"]}, limit=1)
        return str(rows[0]["name"]) if rows else None
    except TransactionLost:
        # swallowed, it would let the caller commit the second half of its work
        raise
    except Exception as failure:  # whatever the database does, the business goes on
        if not spooled:
            refuse_if_closed(site, str(event["process_type"]), failure)
            _keep_with_transaction(site, event)
        report(site, "writing to the SEPA Audit Log", failure)
        return None


def _keep_with_transaction(site: Site, event: Row) -> None:
    """Spool an event that tells of a success: when its transaction is rolled back, it never happened."""
    path = spool.keep(site, event)
    if path:
        site.after_rollback(lambda: path.unlink(missing_ok=True))
