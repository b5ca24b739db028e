"""Text from anywhere made fit for a database column, a header line and a person, without losing its sense."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from vuurtoren.privacy.redaction import redact_cut, redact_text

NUL_PICTURE = "\u2400"
LONGEST_TEXT = 20_000
_LONGEST_READ = LONGEST_TEXT + 6_000
"""More than a cut before the redaction takes away."""
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[BbQq]\?[^?\s]*\?=")
_MOST_LAYERS = 4
"""An encoded word may hold another; deeper than this nothing honest is nested."""
_UNPRINTABLE = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: object) -> str:
    """The text redacted, with NUL drawn as ␀, lone surrogates replaced and other control characters gone.

    Every database and every mail program takes what comes out; over 20,000 characters it is cut.
    """
    whole = str(text)
    stored = _printable(whole[:_LONGEST_READ].replace("\r\n", "\n").replace("\r", "\n"))
    if len(whole) > _LONGEST_READ:
        return shorten(redact_cut(stored) + "…", LONGEST_TEXT)
    return shorten(redact_text(stored), LONGEST_TEXT)


def storable(text: str) -> bool:
    """Whether every database takes the text as it is: without control characters and lone surrogates."""
    return not _UNSTORABLE.search(text)


def one_line(text: object, longest: int) -> str:
    """The text on one line, spaces collapsed, at most `longest` characters: fit for a subject or a title.

    It is one line as a mail program reads it: encoded words (RFC 2047) are decoded first, and none is left.
    """
    return shorten(" ".join(clean(without_encoded_words(str(text)[:_LONGEST_READ])).split()), longest)


def _printable(text: str) -> str:
    """The text with NUL drawn as ␀, lone surrogates replaced and other control characters gone."""
    stored = text.replace("\0", NUL_PICTURE).encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub("", stored)


def without_encoded_words(text: str) -> str:
    """The text with what RFC 2047 would decode in a header decoded now, so that nothing is hidden in it.

    What no header can hold goes first: an encoded word may come of what it leaves.
    """
    text = _printable(text)
    for _ in range(_MOST_LAYERS):
        decoded = _printable(_ENCODED_WORD.sub(_decoded, text)) if "=?" in text else text
        if decoded == text:
            break
        text = decoded
    return text.replace("=?", "= ?")


def _decoded(word: re.Match[str]) -> str:
    try:
        return str(make_header(decode_header(word[0])))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return word[0]


def shorten(text: str, longest: int) -> str:
    """The text itself, or its beginning and an ellipsis, together at most `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
