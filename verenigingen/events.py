"""What Frappe calls when documents are written; Frappe calls functions of installed apps only."""

from vuurtoren.frappe_adapter.beside.refused_cleanup import tell_once_a_week
from vuurtoren.frappe_adapter.beside.visitor import note_visitor
from vuurtoren.frappe_adapter.events import (
    may_do_with_the_trail,
    redact_fields,
    redact_stored_fields,
    redact_version,
)
from vuurtoren.frappe_adapter.machines import tell_after_job, tell_after_request
from vuurtoren.frappe_adapter.sepa_document_events import (
    cancelled,
    changed,
    created,
    deleted,
    elsewhere,
    submitted,
    user_renamed,
)

redact_error_log = redact_fields
"""Its earlier name, which cached hooks still name after an update."""

__all__ = [
    "cancelled",
    "changed",
    "created",
    "deleted",
    "elsewhere",
    "may_do_with_the_trail",
    "note_visitor",
    "redact_error_log",
    "redact_fields",
    "redact_stored_fields",
    "redact_version",
    "submitted",
    "tell_after_job",
    "tell_after_request",
    "tell_once_a_week",
    "user_renamed",
]
