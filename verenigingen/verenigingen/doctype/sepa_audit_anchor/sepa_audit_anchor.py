"""SEPA Audit Anchor: to whom outside a checkpoint was handed, and when."""

from verenigingen.verenigingen.doctype.append_only import AppendOnlyDocument


class SEPAAuditAnchor(AppendOnlyDocument):
    pass
