"""What the app needs on a site beyond its DocTypes, and what it takes away again."""

from __future__ import annotations

import click
import frappe
from frappe.modules.patch_handler import get_patches_from_app

from verenigingen.hooks import scheduler_events
from verenigingen.installing import shared_doctypes
from verenigingen.installing.desk import forget_desk
from verenigingen.installing.refusing import refuse_to_replace
from verenigingen.installing.roles import remove_unused_role
from vuurtoren import carrier
from vuurtoren.alerts import stored_silences
from vuurtoren.audit.adoption.adopted import waits
from vuurtoren.audit.adoption.adopting import adopt
from vuurtoren.audit.details import details_encryption
from vuurtoren.audit.recording.spool import try_refused_again
from vuurtoren.audit.retention import ended
from vuurtoren.audit.seals.keys import newest_details_key
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.search.sensitive_details import ROLE as AUDIT_COMMITTEE
from vuurtoren.audit.zones import zone_memory
from vuurtoren.failures import error_boundary
from vuurtoren.frappe_adapter import compat
from vuurtoren.frappe_adapter.beside import checklist_names
from vuurtoren.frappe_adapter.beside.committee import let_the_other_role_read
from vuurtoren.frappe_adapter.beside.giving_back import end_trail
from vuurtoren.frappe_adapter.jobs import remove_waiting_jobs
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.metrics import measurement_cache as kept
from vuurtoren.names import switch
from vuurtoren.rounds import guarding
from vuurtoren.settings import settings
from vuurtoren.settings.channels import DESK
from vuurtoren.site.values import Row

ROLE = "Verenigingen Administrator"
ROLES = (ROLE, AUDIT_COMMITTEE)
"""Made without members: who belongs to which, the association decides."""
INDEXES = {
    "System Alert": (["status", "timestamp"], ["rule", "status"]),
    "Metric Series": (["metric", "day"],),
}
"""Indexes over several fields, which a DocType file cannot name; single ones are in the DocType files."""


def before_install() -> None:
    """Refuse to replace another app; forget the cached list of modules, which would install no DocTypes."""
    refuse_to_replace()
    for key in ("app_modules", "module_app"):
        frappe.cache().delete_value(key)
    frappe.setup_module_map()


def after_install() -> None:
    shared_doctypes.keep_ours()
    _set_up()
    _do_what_patches_do()
    site = FrappeSite()
    with error_boundary(site, "naming the audit trail that went before", undo=True):
        ended.name_former(site)


def after_app_install(app: str) -> None:
    """Another app came, which may ship a DocType of the name of one of ours."""
    if app != carrier.app_name():
        shared_doctypes.keep_ours()
        let_the_other_role_read()
        guarding.restore(FrappeSite())


def before_migrate() -> None:
    """Refuse to replace another app. Nobody is woken by what a migration does; a window that is never closed
    ends by itself."""
    refuse_to_replace()
    site = FrappeSite()
    with error_boundary(site, "keeping other apps' files off our DocTypes", undo=True):
        shared_doctypes.skip_foreign_files()
    with error_boundary(site, "opening the maintenance window", undo=True):
        stored_silences.begin_migration(site)


def after_migrate() -> None:
    shared_doctypes.keep_ours()
    _set_up()
    site = FrappeSite()
    with error_boundary(site, "closing the maintenance window", undo=True):
        stored_silences.end_migration(site)
    _encrypt_older_details(site)
    try_refused_again(FrappeSite())


def before_uninstall() -> None:
    """End the audit trail and let its table go, which the database would not drop, back to another app where
    one ships it; and stop the scheduled jobs."""
    if _is_only_shown():
        return
    forget_bells()
    forget_desk()
    end_trail()
    stop_scheduled_jobs()
    with error_boundary(FrappeSite(), "taking waiting jobs out of the queues"):
        remove_waiting_jobs(carrier.app_name())


def _is_only_shown() -> bool:
    """Frappe calls these hooks for `uninstall-app --dry-run` as well, and does not tell them."""
    command = click.get_current_context(silent=True)
    return command is not None and bool(command.params.get("dry_run"))


def forget_bells() -> None:
    """Notifications on the desk that would lead to documents which are gone."""
    ours = frappe.get_all("DocType", {"module": carrier.module_name()}, pluck="name")
    frappe.db.delete("Notification Log", {"document_type": ("in", ours)})
    for row in frappe.get_all("Alert Delivery", {"channel": DESK}, ["reference"]):
        names = (row.reference or "").splitlines()
        if names:
            frappe.db.delete("Notification Log", {"name": ("in", names)})


def stop_scheduled_jobs() -> None:
    """`uninstall-app` leaves the jobs, and they would run without their tables."""
    methods = [method for methods in scheduler_events.values() for method in methods]
    for name in frappe.get_all("Scheduled Job Type", {"method": ("in", methods)}, pluck="name"):
        frappe.delete_doc("Scheduled Job Type", name, ignore_permissions=True, force=True)


def after_uninstall() -> None:
    """Take the roles, the stored settings and the kept measurements away, which `uninstall-app` leaves."""
    if _is_only_shown():
        return
    for role in ROLES:
        remove_unused_role(role)
    frappe.db.delete("Singles", {"doctype": settings.DOCTYPE})
    frappe.db.commit()
    (FrappeSite().site_path() / kept.FILE).unlink(missing_ok=True)
    with error_boundary(FrappeSite(), "giving the checklist's names back"):
        _give_names_back()


def _give_names_back() -> None:
    """With the last site of the bench that has the app."""
    places = checklist_names.places()
    if switch.is_on(*places) and not checklist_names.other_site_has(carrier.app_name()):
        switch.turn_off(*places)


def _set_up() -> None:
    """Everything here may run any number of times and keeps what the administrator chose."""
    _make_roles()
    _add_indexes()
    _offer_rules()
    let_the_other_role_read()
    site = FrappeSite()
    zone_memory.remember(site)
    guarding.restore(site)
    _take_over_older_entries(site)
    with error_boundary(site, "making the key of the audit details", undo=True):
        newest_details_key(site)


def _take_over_older_entries(site: FrappeSite) -> None:
    """Entries that another app wrote into the audit log are sealed as they are found, once, and before any
    key of the trail is made. What cannot be taken over now, or not unasked, the monitor tells of, and nothing
    is sealed before."""
    with error_boundary(site, "taking over audit entries from before", undo=True):
        if waits(site):
            adopt(site)
            seal(site)


def _encrypt_older_details(site: FrappeSite) -> None:
    """Of a version from before details were encrypted; what is left of a long trail, the hourly runs do."""
    with error_boundary(site, "encrypting older audit details", undo=True):
        details_encryption.encrypt_older(site, most=4 * details_encryption.AT_ONCE)


def _do_what_patches_do() -> None:
    """`install-app` marks every patch as done without running it, and on this site another app may have left
    rows that they are about; each may run any number of times."""
    for line in get_patches_from_app(carrier.app_name()):
        frappe.get_attr(f"{line.split()[0]}.execute")()


def _make_roles() -> None:
    for name in ROLES:
        if not frappe.db.exists("Role", name):
            role = {"doctype": "Role", "role_name": name, "desk_access": 1}
            frappe.get_doc(role).insert(ignore_permissions=True)


def _add_indexes() -> None:
    own = frappe.get_all(
        "DocType", {"module": carrier.module_name(), "issingle": 0, "istable": 0}, pluck="name"
    )
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
        _tell_timeline(stored, offered)


def _tell_timeline(before: list[Row], after: list[Row]) -> None:
    """One line in the timeline of the settings for all the rules that a migration brings or takes away."""
    old, new = ({str(row["rule"]) for row in rows} for rows in (before, after))
    changes = (("new", sorted(new - old)), ("gone", sorted(old - new)))
    said = "; ".join(f"{what}: {', '.join(rules)}" for what, rules in changes if rules)
    if before and said:
        frappe.get_doc(settings.DOCTYPE).add_comment("Info", f"Rules of the installed apps, {said}")
