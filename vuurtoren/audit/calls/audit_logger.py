"""The logger that the association's code asks for: events by type and severity, searching, counting."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from vuurtoren.audit.calls.event_types import (
    OTHER,
    PROCESS_TYPES,
    SEPA_EVENT_TYPES,
    STATUS_OF_SEVERITY,
    AuditEventType,
    AuditSeverity,
    no_better_than,
    reference_in,
    value_of,
)
from vuurtoren.audit.recording.document_values import named_in
from vuurtoren.audit.recording.recording import (
    PENDING_REVIEW,
    STATUSES,
    as_mapping,
    record,
    text_of,
    unfailing,
)
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.audit.search import searching
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import whole
from vuurtoren.site.values import Row

Function = TypeVar("Function", bound=Callable[..., Any])
USUAL_LIMIT, USUAL_DAYS, MOST_DAYS = 100, 7, 36_500
MOST_PAGES = 50
"""So many pages of 200 entries a search looks through."""


class SEPAAuditLogger:
    """Writes into the trail of a site, in the caller's transaction; it never commits and never deletes."""

    SEPA_EVENT_TYPES = SEPA_EVENT_TYPES

    def __init__(self, site_of: Callable[[], Site]) -> None:
        self._site_of = site_of

    def log_event(
        self,
        event_type: AuditEventType | str,
        severity: AuditSeverity | str = AuditSeverity.INFO,
        user: str | None = None,
        ip_address: str | None = None,
        details: Mapping[str, Any] | None = None,
        sensitive_data: bool = False,
    ) -> str:
        """Write one event and return its event id, also when it waits in the spool.

        A user who is not the current one is kept in the details: whoever acts is the actor.
        """
        event_id = uuid4().hex
        stated = {"user": user, "ip_address": ip_address}
        _log_event(self._site_of(), event_type, details, severity, stated, sensitive_data, event_id=event_id)
        return event_id

    def log_sepa_event(
        self,
        event_type: AuditEventType | str,
        details: Mapping[str, Any] | None = None,
        severity: AuditSeverity | str = "info",
    ) -> str | None:
        """Write one event and return the name of its entry, or None when it waits in the spool.

        `details` may name the document, as reference_doctype and reference_name, batch, mandate, invoice or
        member, and may state compliance_status; else the severity decides, and never for Compliant. An
        unknown severity is to be reviewed. An event of severity error or critical survives a rollback.
        """
        written: str | None = _log_event(self._site_of(), event_type, details, severity, {}, False)
        return written

    def search_audit_logs(
        self,
        event_types: Iterable[AuditEventType | str] | None = None,
        users: Iterable[str] | None = None,
        start_date: datetime | str | None = None,
        end_date: datetime | str | None = None,
        severity: AuditSeverity | str | Iterable[AuditSeverity | str] | None = None,
        limit: int = 100,
    ) -> list[Row]:
        """Entries that fit everything that was asked, newest first; sensitive details are left out."""
        kinds = {value_of(each) for each in _several(event_types)}
        actors, levels = set(_several(users)), {value_of(each).lower() for each in _several(severity)}
        most = whole(_number(limit), USUAL_LIMIT)
        found: list[Row] = []
        page = ""
        for _ in range(MOST_PAGES):
            asked = {"since": start_date, "until": end_date, "limit": searching.LARGEST_PAGE, "page": page}
            answer = searching.search(self._site_of(), **asked)  # type: ignore[arg-type]
            found += [
                entry
                for entry in answer["entries"]
                if (not kinds or entry["action"] in kinds)
                and (not actors or entry["actor"] in actors)
                and (not levels or entry["severity"] in levels)
            ]
            page = answer["next_page"]
            if not page or len(found) >= most:
                break
        return found[:most]

    def get_statistics(self, days: int = 7) -> dict[str, Any]:
        """{days, total_events, by_process_type, by_status, by_severity, by_action} of the last days."""
        site, days = self._site_of(), min(whole(_number(days), USUAL_DAYS), MOST_DAYS)
        period = {"timestamp": (">=", site.now() - timedelta(days=days))}
        counted = {
            f"by_{name}": {str(value or ""): count for value, count in site.tally(LOG, field, period).items()}
            for name, field in (
                ("process_type", "process_type"),
                ("status", "compliance_status"),
                ("severity", "severity"),
                ("action", "action"),
            )
        }
        return {"days": days, "total_events": sum(counted["by_status"].values()), **counted}

    def cleanup_old_logs(self) -> int:
        """Nothing is ever deleted by age alone: what leaves the trail does so by two people."""
        return 0


@unfailing
def _log_event(
    site: Site,
    event_type: object,
    details: object,
    severity: object,
    stated: Mapping[str, Any],
    sensitive: bool,
    *,
    event_id: str = "",
) -> str | None:
    given, kind, level = dict(as_mapping(details)), value_of(event_type), value_of(severity).lower()
    user, address = stated.get("user"), stated.get("ip_address")
    given |= {} if user in (None, "", site.user()) else {"stated_user": user}
    given |= {"ip_address": address} if address else {}
    said = str(given.pop("compliance_status", None) or "")
    sensitive = bool(given.pop("sensitive_data", False)) or bool(sensitive)
    status = said if said in STATUSES else STATUS_OF_SEVERITY.get(level, PENDING_REVIEW)
    return record(
        site,
        PROCESS_TYPES.get(kind, OTHER),
        *reference_in(given),
        kind,
        no_better_than(level, status),
        given,
        sensitive=sensitive,
        event_id=event_id,
        outcome={"severity": level, **named_in(given)},
    )


def audited_function(
    logger: SEPAAuditLogger, event_type: object, severity: object, capture_args: bool
) -> Callable[[Function], Function]:
    """A decorator: one event about each call, of severity error when it raised; arguments are redacted."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def audited(*arguments: Any, **named: Any) -> Any:
            details: dict[str, Any] = {"function": f"{function.__module__}.{function.__qualname__}"}
            if capture_args:
                details["arguments"] = [text_of(each) for each in arguments]
                details["named_arguments"] = {name: text_of(each) for name, each in named.items()}
            try:
                result = function(*arguments, **named)
            except Exception as failure:
                told = details | {"error": f"{type(failure).__name__}: {text_of(failure)}"}
                logger.log_event(value_of(event_type), AuditSeverity.ERROR, details=told)
                raise
            logger.log_event(value_of(event_type), value_of(severity), details=details)
            return result

        return audited  # type: ignore[return-value]

    return decorate


def _number(given: object) -> object:
    """A number that came as text too, as from a form; what is none stays what it is."""
    try:
        return float(given) if isinstance(given, str) else given
    except ValueError:
        return given


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple | set | frozenset) else [given]
