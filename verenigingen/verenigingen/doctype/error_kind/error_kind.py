"""Error Kind: how often a kind of error was seen; written by `vuurtoren.error_kinds` only."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class ErrorKind(OwnRecord):
    """See error_kind.json for its fields."""
