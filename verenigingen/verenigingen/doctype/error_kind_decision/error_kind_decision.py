"""Error Kind Decision: what people decided about a kind of error; written by `vuurtoren.error_kinds` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class ErrorKindDecision(OwnRecord):
    """See error_kind_decision.json for its fields."""
