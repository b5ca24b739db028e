"""Which columns of the audit trail the database itself holds fast."""

from __future__ import annotations

from vuurtoren.audit.seals.canonical import ROW_FIELDS
from vuurtoren.site.errors import SiteError
from vuurtoren.site.guards import Guard
from vuurtoren.site.protocol import Site

GUARD = Guard(
    "SEPA Audit Log",
    (*ROW_FIELDS, "timestamp", "creation"),
    unique=("event_id",),
    then="vuurtoren.rounds.sealing.seal_soon",
)
"""Everything that is sealed, the time as people see it, and when the row was written. Not `user`, `owner` and
`reference_name`: Frappe renames them with the documents that they name. `actor` and `entity_name` keep the
names of the time, and the verification compares."""


def install(site: Site) -> None:
    """Have the database refuse changes of the trail; idempotent. A refusal to install is left to the daily
    check, which alerts: a site must come up without it."""
    try:
        site.install_guard(GUARD)
    except SiteError as refused:
        site.log_error("The audit trail could not be guarded", str(refused))


def remove(site: Site) -> None:
    """Take the guard away, because the app is being uninstalled."""
    site.remove_guard(GUARD)


def missing(site: Site) -> str:
    """What of the guard is not there; empty when the database refuses every change."""
    return site.guard_missing(GUARD)
