"""An operation in the audit trail as one event: that it was done, or that it failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from vuurtoren.audit.recording.document_values import identity
from vuurtoren.audit.recording.recording import FAILED, as_mapping, record, text_of
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site


@dataclass
class Operation:
    """What the body of `audited` may state while it works; a status that nobody states is Pending Review."""

    compliance_status: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    outcome: dict[str, Any] = field(default_factory=dict)


@contextmanager
def audited(
    site: Site,
    process_type: str,
    reference_doc: Any,
    action: str,
    compliance_status: str = "",
    details: Mapping[str, Any] | None = None,
) -> Iterator[Operation]:
    """Write exactly one event about the body: `action`, or `action` with "_failed" when it raised.

    What the body raises is raised again. The failure survives the rollback that follows; the success goes
    with the caller's transaction. Raises NotRecorded where the process type must not go on unrecorded.
    """
    operation = Operation(compliance_status, dict(as_mapping(details)))
    try:
        about = identity(reference_doc)
    except Exception:  # a document of other code may do anything when it is asked
        about = "", text_of(reference_doc)
    try:
        yield operation
        record(
            site, process_type, *about, action, operation.compliance_status, operation.details,
            outcome=operation.outcome,
        )  # fmt: skip
    except BaseException as failure:
        # the first error is the one that people must see; the event waits in the spool anyway
        with suppress(SiteError):
            told = operation.details | {"error": f"{type(failure).__name__}: {failure}"}
            outcome = operation.outcome | {"outcome_code": type(failure).__name__}
            record(site, process_type, *about, f"{action}_failed", FAILED, told, outcome=outcome)
        raise
