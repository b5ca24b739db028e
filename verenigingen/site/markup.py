"""Plain text made fit for places that show markup."""

from __future__ import annotations

from html import escape as _escape


def escape(text: str) -> str:
    """The text on one line with everything escaped that HTML would take for its own."""
    return _escape(" ".join(text.split()))


def in_paragraphs(text: str) -> str:
    """The text escaped, its lines kept."""
    return "<p>" + _escape(text.strip()).replace("\n", "<br>") + "</p>"
