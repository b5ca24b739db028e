"""The audit trail under the names that other code of the association calls it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vuurtoren.audit.calls.audit_logger import SEPAAuditLogger, audited_function
from vuurtoren.audit.calls.event_types import AuditEventType, AuditSeverity, value_of
from vuurtoren.audit.recording.recording import as_mapping
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.composition import current_site

__all__ = [
    "AuditEventType",
    "AuditSeverity",
    "SEPAAuditLogger",
    "audit_log",
    "cleanup_old_audit_logs",
    "get_audit_logger",
    "get_audit_statistics",
    "log_data_access",
    "log_security_event",
    "log_sensitive_operation",
    "log_sepa_event",
    "search_audit_logs",
    "setup_audit_logging",
    "weekly_security_health_check",
]

AuditLogger = SEPAAuditLogger
Details = Mapping[str, Any] | None
Level = AuditSeverity | str

_logger = SEPAAuditLogger(current_site)


def get_audit_logger() -> SEPAAuditLogger:
    """The logger of whichever site is current when it is called."""
    return _logger


def log_sepa_event(
    event_type: AuditEventType | str, details: Details = None, severity: Level = "info"
) -> str | None:
    """Write one event; the name of its entry, or None when it waits in the spool."""
    return _logger.log_sepa_event(event_type, details, severity)


def log_security_event(
    event_type: AuditEventType | str, details: Details = None, severity: Level = "warning"
) -> str:
    """Write an event that is not of SEPA itself; its event id."""
    return _logger.log_event(event_type, severity, details=details)


def log_data_access(resource: str, action: str, details: Details = None) -> str:
    """Write that somebody looked at sensitive data; its event id."""
    told = {**as_mapping(details), "resource": resource, "action": action}
    return _logger.log_event(AuditEventType.SENSITIVE_DATA_ACCESS, details=told, sensitive_data=True)


def log_sensitive_operation(
    operation: str, resource: str, details: Details = None, severity: Level = "warning"
) -> str:
    """Write a sensitive operation as the event `sepa_<operation>`; its event id."""
    told = {**as_mapping(details), "operation": operation, "resource": resource}
    kind = value_of(operation) if value_of(operation).startswith("sepa_") else f"sepa_{value_of(operation)}"
    return _logger.log_event(kind, severity, details=told, sensitive_data=True)


def audit_log(
    event_type: AuditEventType | str, severity: Level = "info", capture_args: bool = False
) -> Callable[[Any], Any]:
    """Decorate a function so that each call is an event, of severity error when it raises."""
    return audited_function(_logger, value_of(event_type), value_of(severity), capture_args)


def search_audit_logs(**filters: Any) -> list[dict[str, Any]]:
    """Entries newest first; see `SEPAAuditLogger.search_audit_logs`."""
    return _logger.search_audit_logs(**filters)


def get_audit_statistics(days: int = 7) -> dict[str, Any]:
    """Counts of the last days; see `SEPAAuditLogger.get_statistics`."""
    return _logger.get_statistics(days)


def weekly_security_health_check() -> dict[str, Any]:
    """The counts of a week; the monitor's own rules judge them."""
    return _logger.get_statistics(7)


def cleanup_old_audit_logs() -> int:
    """Deletes nothing: what leaves the trail does so by two people. Always 0."""
    return _logger.cleanup_old_logs()


def setup_audit_logging() -> bool:
    """Whether the database refuses changes of the trail; it needs no other setting up."""
    return not append_only_guard.missing(current_site())
