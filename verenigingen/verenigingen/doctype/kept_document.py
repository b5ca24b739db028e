"""Documents of this app: redacted where they are written, by a form, a request, `db_set` or another app."""

from typing import Any

from frappe.model.document import Document

from vuurtoren.frappe_adapter.events import kept_value, redact_fields


class KeptDocument(Document):
    """Nobody's personal data and no secret is stored, by whichever method of the document.

    What goes around documents (frappe.db.set_value, SQL) is not seen here.
    """

    def db_insert(self, *args: Any, **kwargs: Any) -> Any:
        redact_fields(self)
        return super().db_insert(*args, **kwargs)

    def db_update(self, *args: Any, **kwargs: Any) -> Any:
        redact_fields(self)
        return super().db_update(*args, **kwargs)

    def db_set(self, fieldname: Any, value: Any = None, *args: Any, **kwargs: Any) -> None:
        given = fieldname if isinstance(fieldname, dict) else {fieldname: value}
        redacted = {name: kept_value(self, name, each) for name, each in given.items()}
        super().db_set(redacted, None, *args, **kwargs)
