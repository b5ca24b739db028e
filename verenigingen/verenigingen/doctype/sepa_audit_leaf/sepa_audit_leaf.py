"""SEPA Audit Leaf: the hash of one audit event and its place in the tree."""

from verenigingen.verenigingen.doctype.append_only import AppendOnlyDocument


class SEPAAuditLeaf(AppendOnlyDocument):
    pass
