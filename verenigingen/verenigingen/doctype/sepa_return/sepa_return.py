"""SEPA Return: a collection that came back, and what follows; see vuurtoren.compliance.returned."""

from verenigingen.verenigingen.doctype.append_only import OwnRecord
from vuurtoren.compliance.follow_up import advice
from vuurtoren.compliance.returned import stored
from vuurtoren.frappe_adapter.site import translate


class SEPAReturn(OwnRecord):
    """Captured from batches, files and statements; its follow-up is said by a method and not by hand."""

    def onload(self) -> None:
        """Its form says what to do as far as it is known today, in the language of whoever opens it."""
        self.action = translate(advice(stored.as_record(self.as_dict())))
