"""Which errors are the same error: one key per exception, place in the code and normalised message."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import islice

from vuurtoren.error_kinds.normalise import PLACE, normalise
from vuurtoren.error_kinds.reading.database_errors import is_lock_error, same_in_every_class
from vuurtoren.error_kinds.reading.deciding import Decided, deciding, interrupt
from vuurtoren.error_kinds.reading.tracebacks import GROUP_HEADER, Frame, Raised, first_header, read
from vuurtoren.error_kinds.reading.variables import values_beside
from vuurtoren.error_kinds.reading.whose_code import entry, file_of, place_of, places, recursion

LONGEST_TITLE = 140
LONGEST_TEXT = 256_000
LINES_IN_EXCERPT = 40
CHARACTERS_IN_EXCERPT = 4_000
FRAMES_THAT_TELL = 12

_GENERIC_TITLES = {"", "error", "exception", "server error"}
_COUNT = re.compile(r" \(\d+ sub-exceptions?\)$")
_SYNTAX_FILE = re.compile(r"\(([^()/]{1,200}), line \d+\)$")
_SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")


@dataclass(frozen=True)
class Fingerprint:
    """What names one kind of error.

    `key` is 16 hexadecimal characters; `title` is what happened, `culprit` where ("file.py in function",
    empty when the text holds no traceback); both hold no value from the single case and at most 140
    characters.
    """

    key: str
    title: str
    culprit: str


def fingerprint(title: str | None, text: str | None) -> Fingerprint:
    """The kind of an error, from the title and the text of an Error Log, a job log or an Error Snapshot.

    Understands Python's tracebacks and those that Frappe writes with the variables of each frame (the
    variables never count); of exceptions behind each other the cause decides. What interrupts from outside
    is one kind for each job or route. Without a traceback the normalised title decides. Never raises; the
    time is bounded by LONGEST_TEXT whatever the length of the input.
    """
    body = bounded(text or "")
    chain = read(body)
    if not chain:
        return _from_title(title or "", body)
    if interrupted := interrupt(chain):
        return _interrupted(interrupted, title or "")
    return _kind(chain, body)


def _kind(chain: list[Raised], body: str) -> Fingerprint:
    decided = deciding(chain)
    if decided.raised.beside:
        return _group(decided, body)
    raised = decided.raised
    where = recursion(decided.frames) if raised.name == "RecursionError" else places(decided.frames)
    if raised.name in _SYNTAX_ERRORS and (file := raised.file or _file_among_variables(raised.message, body)):
        where = [*where, file_of(file)]
    said = _said(decided, body)
    shown = f"{raised.name}: {said}" if said and raised.name else raised.name or said
    return Fingerprint(
        _key(same_in_every_class(raised.name, said), said, *where),
        shown[:LONGEST_TITLE] or PLACE,
        where[-1][-LONGEST_TITLE:] if where else "",
    )


def _said(decided: Decided, body: str) -> str:
    near = _near(decided.frames)
    values = values_beside(body, near[0].ends) if near and place_of(near[0]).owner != "library" else ()
    return normalise(decided.raised.message, decided.raised.name, _sources(near), values)


def _file_among_variables(message: str, body: str) -> str:
    """The path of a SyntaxError that names its file without folders, from the variables of the import."""
    if not (found := _SYNTAX_FILE.search(message)):
        return ""
    ends = body.rfind(f"/{found[1]}'")
    return body[body.rfind("'", 0, ends) + 1 : ends] + f"/{found[1]}" if ends > 0 else found[1]


def _near(frames: list[Frame]) -> list[Frame]:
    """The frames nearest to the error, innermost first, without those that only throw."""
    near = (frame for frame in reversed(frames) if not place_of(frame).throwing)
    return list(islice(near, FRAMES_THAT_TELL))


def _sources(near: list[Frame]) -> tuple[str, ...]:
    """Their lines of code; that of a library tells nothing: it words its errors with names of the code."""
    own = near and place_of(near[0]).owner != "library"
    return tuple(frame.source if own or at else "" for at, frame in enumerate(near))


def _interrupted(decided: Decided, title: str) -> Fingerprint:
    """One kind for each job or route, whichever line was running."""
    where = entry(decided.frames) or normalise(title.strip().partition("\n")[0])
    said = normalise(decided.raised.message)
    name = decided.raised.name
    shown = f"{name}: {said}" if said else name
    return Fingerprint(_key("interrupt", name, where), shown[:LONGEST_TITLE], where[-LONGEST_TITLE:])


def _group(decided: Decided, body: str) -> Fingerprint:
    """A group is what its exceptions are, however many of each; a lock error among them is shown first."""
    raised = decided.raised
    inner = {kind.key: kind for kind in (_kind(chain, body) for chain in raised.beside)}
    first, *others = sorted(
        inner.values(), key=lambda kind: (not is_lock_error(kind.title), kind.title, kind.key)
    )
    where = places(decided.frames)
    said = normalise(_COUNT.sub("", raised.message), raised.name, _sources(_near(decided.frames)))
    more = f" (+ {', '.join(kind.title for kind in others)})" if others else ""
    return Fingerprint(
        _key(raised.name, said, *where, *sorted(inner)),
        (first.title + more)[:LONGEST_TITLE],
        first.culprit or (where[-1][-LONGEST_TITLE:] if where else ""),
    )


def bounded(text: str) -> str:
    """At most LONGEST_TEXT characters: the beginning and the end, joined so that no frame is invented."""
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]}\n      {PLACE}\n      {text[-half:]}"
    return text.replace("\r\n", "\n") if "\r" in text else text


def excerpt(text: str | None) -> str:
    """The traceback without the variables of its frames, or the beginning of a plain text; bounded.

    Not redacted: the message of the exception may hold anything.
    """
    body = bounded(text or "").replace("\x00", "")
    start = first_header(body)
    if start < 0:
        return body[:CHARACTERS_IN_EXCERPT].strip()
    margin = ("|", "+") if GROUP_HEADER in body else ()
    lines = [
        line
        for line in body[start:].split("\n")
        if not line.startswith("      ") or line.lstrip().startswith(margin)
    ]
    return "\n".join(lines[-LINES_IN_EXCERPT:])[-CHARACTERS_IN_EXCERPT:].strip()


def _from_title(title: str, body: str) -> Fingerprint:
    said = normalise(title.strip().partition("\n")[0])
    if said.lower() in _GENERIC_TITLES:
        said = normalise(body[:2_000].strip().partition("\n")[0]) or said or "Error"
    return Fingerprint(_key("", said), said[:LONGEST_TITLE], "")


def _key(*parts: str) -> str:
    joined = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=8).hexdigest()
