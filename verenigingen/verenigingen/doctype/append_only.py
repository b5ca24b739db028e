"""Documents that stay as they were written: refused for everybody, Administrator included."""

from typing import Any

import frappe

from verenigingen.verenigingen.doctype.kept_document import KeptDocument
from vuurtoren.frappe_adapter.site import translate as _


class AppendOnlyDocument(KeptDocument):
    """Written by the software itself, with permissions ignored; never changed, renamed or deleted.

    What goes around documents (frappe.db.set_value, frappe.db.delete, SQL) is not refused here: that is found
    by the verification of the audit trail.
    """

    def before_insert(self) -> None:
        if not self.flags.ignore_permissions:
            self._refuse(_("These entries are written by the software itself, not by hand."))

    def before_validate(self) -> None:
        if not self.is_new():
            self._refuse_change()

    def db_update(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_change()

    def db_set(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_change()

    def before_rename(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_change()

    def after_rename(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_change()

    def on_trash(self) -> None:
        self._refuse_change()

    def after_delete(self) -> None:
        self._refuse_change()

    def _refuse_change(self) -> None:
        self._refuse(_("This entry cannot be changed, renamed or deleted, by nobody."))

    def _refuse(self, message: str) -> None:
        frappe.throw(message, frappe.PermissionError, title=_("{0} is append-only").format(_(self.doctype)))


class OwnRecord(AppendOnlyDocument):
    """What the monitor keeps of its own doings: only its own code changes it, past the life of a document.

    No form, no REST, no import changes it, whoever asks: figures by which people judge are nobody's to write.
    """

    def _refuse_change(self) -> None:
        self._refuse(_("The monitor keeps this itself: nobody changes, renames or deletes it by hand."))

    def _refuse(self, message: str) -> None:
        frappe.throw(
            message, frappe.PermissionError, title=_("{0} is kept by the monitor").format(_(self.doctype))
        )
