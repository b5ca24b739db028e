"""Error Kind: see error_kind.json for its fields."""

from frappe.model.document import Document


class ErrorKind(Document):
    pass
