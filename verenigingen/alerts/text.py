"""Text from anywhere made fit for a database column, a header line and a person, without losing its sense."""

from __future__ import annotations

import re

from verenigingen.audit.redaction import redact_text

NUL_PICTURE = "\u2400"
LONGEST_TEXT = 20_000
_UNPRINTABLE = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: object) -> str:
    """The text redacted, with NUL drawn as ␀, lone surrogates replaced and other control characters gone.

    Every database and every mail program takes what comes out; over 20,000 characters it is cut.
    """
    stored = str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", NUL_PICTURE)
    stored = stored.encode("utf-8", "replace").decode("utf-8")
    return shorten(redact_text(_UNPRINTABLE.sub("", stored)), LONGEST_TEXT)


def storable(text: str) -> bool:
    """Whether every database takes the text as it is: without control characters and lone surrogates."""
    return not _UNSTORABLE.search(text)


def one_line(text: object, longest: int) -> str:
    """The text on one line, spaces collapsed, at most `longest` characters: fit for a subject or a title."""
    return shorten(" ".join(clean(text).split()), longest)


def shorten(text: str, longest: int) -> str:
    """The text itself, or its beginning and an ellipsis, together at most `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
