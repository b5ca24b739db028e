"""One audit event into the SEPA Audit Log: redacted, attributed, and never at the cost of the business."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast
from uuid import uuid4

from vuurtoren.audit.recording import spool
from vuurtoren.audit.recording.fail_closed import NotRecorded, refuse_if_closed
from vuurtoren.audit.recording.spool import DOCTYPE
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.rows import LONGEST_SHORT_TEXT, outcome_fields, short_text, times, with_seal
from vuurtoren.audit.zones import zone_memory
from vuurtoren.failures import report
from vuurtoren.privacy.iban import mask_ibans
from vuurtoren.privacy.redaction import holds_personal_data, redact, redact_start
from vuurtoren.site.errors import AlreadyExists, TransactionLost
from vuurtoren.site.markup import json_without_markup
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

COMPLIANT = "Compliant"
EXCEPTION = "Exception"
FAILED = "Failed"
PENDING_REVIEW = "Pending Review"
STATUSES = (COMPLIANT, EXCEPTION, FAILED, PENDING_REVIEW)
"""A rule was checked and held; a business outcome needs following up; our process broke a rule or failed;
it could not be decided."""


Given = ParamSpec("Given")
Answer = TypeVar("Answer")
OTHER = "Reconciliation"
"""Where an event is filed that says nothing of its kind."""
LONGEST_TEXT = 500


def unfailing(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """A function of the trail, with the site first, that takes whatever it is given.

    What it cannot read becomes an entry of its own, to be reviewed, with everything as text. Raises
    TransactionLost and NotRecorded as `record` does, and nothing else.
    """

    @functools.wraps(function)
    def careful(*given: Given.args, **named: Given.kwargs) -> Answer:
        try:
            return function(*given, **named)
        except (TransactionLost, NotRecorded):
            raise
        except Exception as failure:  # whatever was given, the business goes on
            return cast(Answer, _as_text(function.__name__, failure, given, named))

    return careful


def text_of(value: object) -> str:
    """The value as text, also where it refuses to be one."""
    try:
        return str(value)[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")
    except Exception:  # an object of other code may do anything when it is asked
        return f"a {type(value).__name__} that is no text"


def _as_text(name: str, failure: Exception, given: tuple[Any, ...], named: Mapping[str, Any]) -> str | None:
    site: Site = given[0] if given else named["site"]
    details = {
        "given": [text_of(each) for each in given[1:]],
        "named": {text_of(key): text_of(value) for key, value in named.items() if key != "site"},
        "not_understood": text_of(failure),
    }
    event_id = text_of(named.get("event_id") or "")
    try:
        report(site, f"reading what {name} was given", failure)
        return _record(
            site, OTHER, "", "", f"{name}_not_understood", PENDING_REVIEW, details, event_id=event_id
        )
    except (TransactionLost, NotRecorded):
        raise
    except Exception as second:  # the Error Log has what the trail has not
        report(site, f"recording what {name} was given", second)
        return None


def _record(
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


record = unfailing(_record)
record.__name__ = record.__qualname__ = "record"


def complete(site: Site, values: Mapping[str, Any]) -> Row:
    """Return a whole row from what is known of an event: redacted, attributed, with id, time and status.

    What is given stays, except that it is redacted; completing a row twice changes nothing.
    """
    status, details = _judged(str(values.get("compliance_status") or ""), as_mapping(values.get("details")))
    shown = redact(details)
    doctype = str(values.get("reference_doctype") or "")
    name = mask_ibans(str(values.get("reference_name") or "")[:LONGEST_SHORT_TEXT])
    user = values.get("user") or site.user() or "Guest"
    return {
        "event_id": values.get("event_id") or uuid4().hex,
        **times(site, values),
        "process_type": values.get("process_type"),
        "action": short_text(redact_start(str(values.get("action") or ""), LONGEST_SHORT_TEXT)),
        "compliance_status": status,
        "reference_doctype": short_text(doctype),
        "reference_name": short_text(name),
        "entity_name": short_text(
            mask_ibans(
                str(values.get("entity_name") or "/".join(filter(None, (doctype, name))))[:LONGEST_SHORT_TEXT]
            )
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
        zone_memory.remember(site)
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
