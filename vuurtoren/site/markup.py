"""Plain text made fit for places that show markup."""

from __future__ import annotations

import re
from html import escape as _escape

NO_MARKUP = str.maketrans("<>", "\u2039\u203a")
_FORMULA = re.compile(r"[=@]|[+-]\D")


def without_markup(text: str) -> str:
    """The text with ‹ and › in place of < and >, fit for columns that Frappe's desk shows as HTML.

    Its forms, lists and reports take Text, Small Text and some Data columns for markup, and its own filter
    looks only at what is saved as a document, where it deletes half of the text.
    """
    return text.translate(NO_MARKUP)


def without_formula(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would calculate; a signed number stays.

    Frappe exports the lists of its desk to spreadsheets cell by cell, as they are stored.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def json_without_markup(text: str) -> str:
    """JSON that says the same without one character that HTML would take for markup."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def escape(text: str) -> str:
    """The text on one line with everything escaped that HTML would take for its own."""
    return _escape(" ".join(text.split()))


def in_paragraphs(text: str) -> str:
    """The text escaped, its lines kept."""
    return "<p>" + _escape(text.strip()).replace("\n", "<br>") + "</p>"
