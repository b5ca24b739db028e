"""SEPA Rule State: how the last whole scan found one rule; see vuurtoren.compliance.scanning."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord


class SEPARuleState(OwnRecord):
    """Written by the scan at its end, one row a rule."""
