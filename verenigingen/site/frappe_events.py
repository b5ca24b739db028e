"""Forwarded for one release: jobs queued before the update, cached hooks and other apps name it here."""

from vuurtoren.frappe_adapter.events import may_do_with_the_trail
from vuurtoren.frappe_adapter.events import redact_fields as redact_error_log

__all__ = ["may_do_with_the_trail", "redact_error_log"]
