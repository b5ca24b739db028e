"""What the app needs on a site beyond its DocTypes, and what it takes away again."""

from __future__ import annotations

import frappe

from verenigingen.alerts import settings, stored_silences
from verenigingen.alerts.own_errors import boundary
from verenigingen.audit import refusal
from verenigingen.audit.sensitive_details import ROLE as AUDIT_COMMITTEE
from verenigingen.audit.spool import try_refused_again
from verenigingen.hooks import scheduler_events
from verenigingen.metrics import kept
from verenigingen.site import compat
from verenigingen.site.frappe_site import FrappeSite

ROLE = "Verenigingen Administrator"
ROLES = (ROLE, AUDIT_COMMITTEE)
"""Made without members: who belongs to which, the association decides."""
MODULE = "Verenigingen"
INDEXES = {
    "System Alert": (["status", "timestamp"], ["rule", "status"]),
    "Metric Series": (["metric", "day"],),
}
"""Indexes over several fields, which a DocType file cannot name; single ones are in the DocType files."""


def before_install() -> None:
    """Forget the cached list of modules: one from before this app came would install it without DocTypes."""
    for key in ("app_modules", "module_app"):
        frappe.cache().delete_value(key)
    frappe.setup_module_map()


def after_install() -> None:
    _set_up()


def before_migrate() -> None:
    """Nobody is woken by what a migration does; a window that is never closed ends by itself."""
    site = FrappeSite()
    with boundary(site, "opening the maintenance window", undo=True):
        stored_silences.begin_migration(site)


def after_migrate() -> None:
    _set_up()
    site = FrappeSite()
    with boundary(site, "closing the maintenance window", undo=True):
        stored_silences.end_migration(site)
    try_refused_again(FrappeSite())


def before_uninstall() -> None:
    """Let the audit table go, which the database would not drop, and stop the scheduled jobs."""
    refusal.remove(FrappeSite())
    stop_scheduled_jobs()


def stop_scheduled_jobs() -> None:
    """`uninstall-app` leaves the jobs, and they would run without their tables."""
    methods = [method for methods in scheduler_events.values() for method in methods]
    for name in frappe.get_all("Scheduled Job Type", {"method": ("in", methods)}, pluck="name"):
        frappe.delete_doc("Scheduled Job Type", name, ignore_permissions=True, force=True)


def after_uninstall() -> None:
    """Take the roles, the stored settings and the kept measurements away, which `uninstall-app` leaves."""
    for role in ROLES:
        remove_unused_role(role)
    frappe.db.delete("Singles", {"doctype": settings.DOCTYPE})
    frappe.db.commit()
    (FrappeSite().site_path() / kept.FILE).unlink(missing_ok=True)


def remove_unused_role(role: str) -> None:
    """Unless something else on the site uses it."""
    used_by = ("DocPerm", "Custom DocPerm")
    if frappe.db.exists("Role", role) and not any(frappe.db.exists(used, {"role": role}) for used in used_by):
        frappe.db.delete("Has Role", {"role": role})
        frappe.delete_doc("Role", role, ignore_permissions=True, force=True)
        frappe.clear_cache()


def _set_up() -> None:
    """Everything here may run any number of times and keeps what the administrator chose."""
    _make_roles()
    _add_indexes()
    _offer_rules()
    refusal.install(FrappeSite())


def _make_roles() -> None:
    for name in ROLES:
        if not frappe.db.exists("Role", name):
            role = {"doctype": "Role", "role_name": name, "desk_access": 1}
            frappe.get_doc(role).insert(ignore_permissions=True)


def _add_indexes() -> None:
    own = frappe.get_all("DocType", {"module": MODULE, "issingle": 0, "istable": 0}, pluck="name")
    for doctype in own:
        for fields in (*INDEXES.get(doctype, ()), *compat.indexes_that_frappe_leaves_out(doctype)):
            frappe.db.add_index(doctype, fields, index_name(doctype, fields))


def index_name(doctype: str, fields: list[str]) -> str:
    """With the table's name in it: PostgreSQL has one name space for the indexes of all tables."""
    return "_".join([frappe.scrub(doctype), *fields, "index"])


def _offer_rules() -> None:
    """One row per shipped rule in Monitoring Settings; switches and thresholds already chosen stay."""
    site = FrappeSite()
    stored = site.get_single(settings.DOCTYPE)["rules"]
    offered = settings.rule_rows(stored, site)
    if offered != [{name: row[name] for name in offered[0]} for row in stored]:
        site.set_single(settings.DOCTYPE, {"rules": offered})
