"""Entries that other code inserts as documents: what they leave out, and what their words mean here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vuurtoren.audit.calls.event_types import OTHER, PROCESS_TYPES, STATUS_OF_SEVERITY, reference_in
from vuurtoren.audit.recording.document_values import named_in
from vuurtoren.audit.recording.recording import as_mapping
from vuurtoren.site.values import Row

WRITTEN_BY_SEVERITY = re.compile(r"audit_\d+_\d+", re.ASCII)
"""Event ids of a writer that derives its status from a severity alone."""
SEVERITY_OF_STATUS = {
    "Compliant": "info",
    "Exception": "warning",
    "Failed": "error",
    "Pending Review": "critical",
}
"""Its derivation, read backwards."""


def by_severity(event_id: object) -> bool:
    """Whether the entry comes from that writer; it looks for its entries by this id as their name."""
    return bool(WRITTEN_BY_SEVERITY.fullmatch(str(event_id or "")))


def understood(values: Mapping[str, Any]) -> Row:
    """The values with process type, document, batch and mandate filled from what they say themselves.

    Where the status was derived from a severity, the severity is kept and says the status anew: that nothing
    went wrong does not mean that a rule was checked and held. What was stated stays in the details.
    """
    row, details = dict(values), as_mapping(values.get("details"))
    known = PROCESS_TYPES.get(
        str(row.get("action") or ""), OTHER if by_severity(row.get("event_id")) else None
    )
    row["process_type"] = row.get("process_type") or known
    if not row.get("reference_doctype"):
        row["reference_doctype"], row["reference_name"] = reference_in(details)
    for column, named in named_in(details).items():
        row[column] = row.get(column) or named
    stated = str(row.get("compliance_status") or "")
    severity = stated.lower() if stated.lower() in STATUS_OF_SEVERITY else ""
    if by_severity(row.get("event_id")):
        severity = severity or SEVERITY_OF_STATUS.get(stated, "")
    if severity:
        row["severity"], row["compliance_status"] = severity, STATUS_OF_SEVERITY[severity]
        row["details"] = {**details, "stated_status": stated}
    return row
