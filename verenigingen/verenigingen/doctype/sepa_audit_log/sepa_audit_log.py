"""SEPA Audit Log: append-only for everybody; what may enter is decided in vuurtoren.audit."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime

from vuurtoren.audit.calls.inserted_documents import by_severity, understood
from vuurtoren.audit.recording import trail
from vuurtoren.audit.recording.recording import complete
from vuurtoren.audit.seals.append_only_guard import GUARD
from vuurtoren.audit.seals.findings import Verification
from vuurtoren.audit.seals.rows import with_seal
from vuurtoren.audit.search import searching
from vuurtoren.audit.search.sensitive_details import EXPORTED, note_opening, shown_details
from vuurtoren.audit.search.sensitive_details import ROLE as AUDIT_COMMITTEE
from vuurtoren.audit.verification import export, verification
from vuurtoren.audit.verification.entry_state import MOST_AT_ONCE, EntryState, states
from vuurtoren.frappe_adapter import compat
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.frappe_adapter.site import translate as _
from vuurtoren.site.guards import Guard
from vuurtoren.site.names import time_ordered_name
from vuurtoren.site.values import Row

DOCTYPE = "SEPA Audit Log"
INDEXES = (
    ["creation"],
    ["compliance_status", "timestamp"],
    ["process_type", "timestamp"],
    ["reference_doctype", "reference_name"],
)


class AppendOnly(frappe.PermissionError, frappe.ValidationError):
    """Somebody tried to write, change, rename or delete an audit entry by hand."""


class WrittenHere(FrappeSite):
    """The site, and the row that was written through it, with its details in clear for whoever gave them."""

    row: Row | None = None

    def append(self, guard: Guard, values: Mapping[str, Any], finish: Callable[[Row], Row]) -> str:
        finished: Row = {}
        written: Row = {}

        def kept(stored: Row) -> Row:
            finished.update(finish(stored))
            written.update(finished, details=stored.get("details"))
            return finished

        name = super().append(guard, values, kept)
        self.row = {**written, "name": name}
        return name

    def entry(self, name: str | None) -> "SEPAAuditLog | None":
        """The document of that name; one that was there before is read."""
        if not name or not self.row or self.row["name"] != name:
            return frappe.get_doc(DOCTYPE, name) if name else None
        moments = {field: get_datetime(self.row[field]) for field in ("creation", "modified", "timestamp")}
        return frappe.get_doc({"doctype": DOCTYPE, **self.row, **moments})


class SEPAAuditLog(Document):
    """An audit entry. It comes from the SEPA process, not from a form, and stays as it was written.

    Refused for everybody, Administrator included. There is no `clear_old_logs`, so Log Settings cannot take
    the DocType up. What goes around documents (frappe.db.set_value, frappe.db.delete, SQL) is refused by the
    database itself: see `vuurtoren.audit.seals.append_only_guard`.
    """

    @property
    def sealed_position(self) -> str:
        """Where it stands in the tree, counted from 0; empty before it is sealed."""
        state = self._state()
        return "" if state is None or state.position is None else str(state.position)

    @property
    def verified(self) -> str:
        """Yes, no or unknown, and why."""
        state = self._state()
        return state.text(FrappeSite()) if state else ""

    def _state(self) -> EntryState | None:
        """Asked once for both fields; an entry that is just being written has none."""
        if self.is_new() or not self.name:
            return None
        if "_entry_state" not in self.flags:
            self.flags._entry_state = states(FrappeSite(), [self.name]).get(self.name)
        return self.flags._entry_state

    def autoname(self) -> None:
        self.name = str(self.event_id) if by_severity(self.event_id) else time_ordered_name()

    def before_insert(self) -> None:
        if not self.flags.ignore_permissions:
            _refuse(_("Audit entries are written by the SEPA process itself, not by hand."))
        self.update(complete(FrappeSite(), understood(self.as_dict())))

    def before_validate(self) -> None:
        if not self.is_new():
            _refuse_change()

    def db_insert(self, *args: Any, **kwargs: Any) -> Any:
        # here the values are final: Frappe has stripped, sanitised and cast them
        final = self.get_valid_dict(convert_dates_to_str=True, ignore_virtual=True)
        site, given = FrappeSite(), final.get("details")
        self.update(with_seal(site, final))
        inserted = super().db_insert(*args, **kwargs)
        self.details = given  # whoever wrote it has it in clear; the table does not
        site.guard_row(GUARD, self.name)
        compat.remember_dynamic_link(DOCTYPE, "reference_doctype", self.reference_doctype)
        return inserted

    def db_update(self, *args: Any, **kwargs: Any) -> None:
        _refuse_change()

    def db_set(self, *args: Any, **kwargs: Any) -> None:
        _refuse_change()

    def before_rename(self, *args: Any, **kwargs: Any) -> None:
        _refuse_change()

    def after_rename(self, *args: Any, **kwargs: Any) -> None:
        _refuse_change()

    def on_trash(self) -> None:
        _refuse_deletion()

    def after_delete(self) -> None:
        _refuse_deletion()

    def apply_fieldlevel_read_permissions(self) -> None:
        """What a visitor gets: sensitive details are for the audit committee only, and that is written down.

        The field has a permission level that no role holds, so lists, reports and exports leave it out.
        """
        shown = shown_details(FrappeSite(), self.as_dict())
        super().apply_fieldlevel_read_permissions()
        if self.reference_doctype and not frappe.db.exists("DocType", self.reference_doctype):
            # the form would ask that DocType for the title of its document, and not open;
            # "Entity name" shows both
            self.update({"reference_doctype": None, "reference_name": None})
        self.details = shown.details
        self.details_salt = shown.salt
        if shown.logged:
            # a GET is rolled back, unless somebody asks for the commit
            frappe.local.flags.commit = True

    @staticmethod
    def log_sepa_event(
        process_type: str, reference_doc: Any, action: str, details: dict[str, Any] | None = None
    ) -> "SEPAAuditLog | None":
        """Write an event about a document; the status stands in `details["compliance_status"]`.

        In the caller's transaction; without a stated status it is Pending Review. None when it waits in the
        spool because the database did not take it.
        """
        site = WrittenHere()
        return site.entry(trail.log_sepa_event(site, process_type, reference_doc, action, details))

    @staticmethod
    def log_mandate_creation(
        member: Any,
        mandate: Any,
        iban: str | None,
        bic: str | None,
        success: bool = True,
        error_msg: str | None = None,
    ) -> "SEPAAuditLog | None":
        """Write that a mandate was created, or that this failed; a failure survives the rollback."""
        site = WrittenHere()
        return site.entry(trail.log_mandate_creation(site, member, mandate, iban, bic, success, error_msg))

    @staticmethod
    def log_payment_processing(
        payment_request: Any, success: bool = True, error_msg: str | None = None, amount: Any = None
    ) -> "SEPAAuditLog | None":
        """Write that a payment was processed, or that this failed; a failure survives the rollback."""
        site = WrittenHere()
        return site.entry(trail.log_payment_processing(site, payment_request, success, error_msg, amount))

    @staticmethod
    def log_batch_generation(
        batch_doc: Any, success: bool = True, error_msg: str | None = None
    ) -> "SEPAAuditLog | None":
        """Write that a batch was generated, or that this failed; a failure survives the rollback."""
        site = WrittenHere()
        return site.entry(trail.log_batch_generation(site, batch_doc, success, error_msg))

    @staticmethod
    def search(**asked: Any) -> dict[str, Any]:
        """Entries newest first, page by page; see `vuurtoren.audit.search.searching`."""
        return searching.search(FrappeSite(), **asked)

    @staticmethod
    def verify(**how: Any) -> Verification:
        """Verify the whole trail and write nothing; see `vuurtoren.audit.verification`."""
        return verification.verify(FrappeSite(), **how)

    @staticmethod
    def export(folder: str | Path, **period: Any) -> Path:
        """Write the sealed entries into a new folder; see `vuurtoren.audit.verification.export.export`.

        For those who may see sensitive details; that it was done is an entry.
        """
        site = FrappeSite()
        if not site.has_role(AUDIT_COMMITTEE):
            frappe.throw(
                _("Only {0} may export the audit trail.").format(AUDIT_COMMITTEE), frappe.PermissionError
            )
        made = export.export(site, Path(folder), **period)
        note_opening(site, DOCTYPE, "", EXPORTED, {"folder": str(made)})
        return made


# Whoever may write print formats or templates must not open details with them: Jinja calls none of these
for _method in ("apply_fieldlevel_read_permissions", "export", "search"):
    getattr(SEPAAuditLog, _method).alters_data = True


@frappe.whitelist(methods=["GET", "POST"])
def shown_states(names: str) -> dict[str, str]:
    """For the list: what each of these entries (a JSON list of names) says of its proof."""
    frappe.has_permission(DOCTYPE, "read", throw=True)
    site = FrappeSite()
    asked = _names(names)
    permitted = frappe.get_list(DOCTYPE, {"name": ("in", asked)}, pluck="name", limit=MOST_AT_ONCE)
    return {name: state.text(site) for name, state in states(site, permitted).items()}


def _names(given: object) -> list[str]:
    """At most as many as a list shows at once; nothing where the request holds no list."""
    try:
        listed = frappe.parse_json(given)
    except (ValueError, RecursionError):
        listed = None
    return [str(name) for name in listed[:MOST_AT_ONCE]] if isinstance(listed, list) else []


def on_doctype_update() -> None:
    """The indexes over several fields, which the DocType's own file cannot name."""
    for fields in INDEXES:
        # on PostgreSQL the name of an index is taken by the first table that has it
        frappe.db.add_index(DOCTYPE, fields, "_".join(["sepa_audit_log", *fields]))


def _refuse_change() -> None:
    _refuse(_("An audit entry cannot be changed or renamed by anybody."))


def _refuse_deletion() -> None:
    _refuse(_("An audit entry cannot be deleted by anybody."))


def _refuse(message: str) -> None:
    frappe.throw(message, AppendOnly, title=_("SEPA Audit Log is append-only"))
