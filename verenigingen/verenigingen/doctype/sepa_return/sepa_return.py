"""SEPA Return: a collection that came back, and what follows; see vuurtoren.compliance.returned."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class SEPAReturn(OwnRecord):
    """Captured from batches, files and statements; its follow-up is said by a method and not by hand."""
