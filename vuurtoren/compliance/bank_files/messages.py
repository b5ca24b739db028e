"""Which message of ISO 20022 a file is, and what to say to one that stands where another is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vuurtoren.compliance.bank_files.xml_reading import NotReadable
from vuurtoren.site.words.words import Words, as_words

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_VERSION = re.compile(r"([a-z]{4}\.[0-9]{3})\.[0-9]{3}\.[0-9]{2}")
KINDS = {
    "pain.001": Words("credit transfers: it pays money out"),
    "pain.002": Words("a status report: what the bank says about a file"),
    "pain.007": Words("reversals of collections"),
    "pain.008": Words("direct debits"),
    "camt.052": Words("an account report of the day"),
    "camt.053": Words("a bank statement"),
    "camt.054": Words("a notification of bookings"),
}
ROOTS = {
    "CstmrCdtTrfInitn": "pain.001",
    "CstmrPmtStsRpt": "pain.002",
    "CstmrPmtRvsl": "pain.007",
    "CstmrDrctDbtInitn": "pain.008",
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message by its namespace: `kind` such as "pain.008", `version` such as "pain.008.001.08"."""

    kind: str = ""
    version: str = ""

    @staticmethod
    def by_root(name: str) -> Message:
        """By its outermost element, where the namespace says nothing."""
        return Message(ROOTS.get(name, ""))


def message_of(namespace: str) -> Message:
    version = namespace.removeprefix(NAMESPACE)
    match = _VERSION.fullmatch(version)
    return Message(match[1], version) if match and version != namespace else Message("", "")


def not_ours(message: Message, wanted: str, root: str = "") -> NotReadable:
    """The refusal of a message that is another one than is wanted."""
    if message.kind in KINDS and message.kind != wanted:
        found = Words("{0} ({1})", message.kind, KINDS[message.kind])
        looked_for = Words("{0} ({1})", wanted, KINDS[wanted]) if wanted in KINDS else as_words(wanted)
        return NotReadable("the file is a {0}, not a {1}", found, looked_for)
    return NotReadable("the file holds “{0}”, which is no {1}", (message.version or root)[:40], wanted)
