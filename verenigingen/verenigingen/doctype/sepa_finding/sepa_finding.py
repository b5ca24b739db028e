"""SEPA Finding: a rule of the scheme that is broken by one record; see vuurtoren.compliance.findings."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class SEPAFinding(OwnRecord):
    """Opened, confirmed and ended by the scan; people accept one by a method, with a reason."""
