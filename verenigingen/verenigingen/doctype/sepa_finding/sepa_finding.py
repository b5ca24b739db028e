"""SEPA Finding: a rule of the scheme that is broken by one record; see vuurtoren.compliance.findings."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord
from vuurtoren.compliance.findings import stored
from vuurtoren.frappe_adapter.site import FrappeSite


class SEPAFinding(OwnRecord):
    """Opened, confirmed and ended by the scan; people accept one by a method, with a reason."""

    def onload(self) -> None:
        """Its form says what is wrong in the language of whoever opens it."""
        self.update(stored.sentences_told(FrappeSite(), self.as_dict()))
