"""SEPA Audit Checkpoint: a signed statement of how many events were sealed, and of their one root."""

from verenigingen.verenigingen.doctype.append_only import AppendOnlyDocument


class SEPAAuditCheckpoint(AppendOnlyDocument):
    pass
