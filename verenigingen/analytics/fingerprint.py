"""Which errors are the same error: one key per exception, place in the code and normalised message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from verenigingen.analytics.normalise import PLACE, normalise

LONGEST_TITLE = 140
LONGEST_TEXT = 256_000
FRAMES_THAT_COUNT = 3
DEEPEST_STACK = 200
LINES_IN_EXCERPT = 40
CHARACTERS_IN_EXCERPT = 4_000

_HEADERS = ("Traceback (most recent call last):", "Traceback with variables (most recent call last):")
_FRAME_BEGINS = '\n  File "'
_FRAME = re.compile(r'\n  File "([^"\n]{1,400})", line \d+, in ([^\n]{1,200})')
_UNINDENTED = re.compile(r"\n(?=\S)")
_EXCEPTION = re.compile(r"([A-Za-z_][\w.<>]{0,199})(?::(?:\s+(\S[^\n]*))?)?(?:\n|\s*$)")
_COMPREHENSIONS = ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>")
_THROWING = (" in throw", " in msgprint", " in _raise_exception")
_SCRIPTS = ("<serverscript>", "<template>")
_GENERIC_TITLES = {"", "error", "exception", "server error"}
_DISPATCH = re.compile(
    r"frappe/(?:app|handler|api(?:/.*)?|__init__|model/document|model/utils/__init__|database/.*|commands/.*"
    r"|utils/(?:background_jobs|scheduler|bench_helper|typing_validations)|website/serve|desk/form/save"
    r"|core/doctype/scheduled_job_type/.*)\.py"
)


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


@dataclass(frozen=True)
class _Frame:
    """One line of a traceback: whose code it is ("app", "frappe", "library"), which file, which function."""

    owner: str
    place: str

    @property
    def dispatch(self) -> bool:
        """Whether this is a way in or out that every request takes, which says nothing about the error."""
        return _DISPATCH.match(self.place) is not None


def fingerprint(title: str | None, text: str | None) -> Fingerprint:
    """The kind of an error, from the title and the text of an Error Log, a job log or an Error Snapshot.

    Understands Python's tracebacks and those that Frappe writes with the variables of each frame (the
    variables never count); without a traceback the normalised title decides. Never raises; the time is
    bounded by LONGEST_TEXT whatever the length of the input.
    """
    body = bounded(text or "")
    frames, end = _frames(body)
    exception, message = _raised(body[end : end + 2_000]) if end >= 0 else ("", "")
    if not exception and not frames:
        return _from_title(title or "", body)
    said = normalise(message, exception)
    shown = f"{exception}: {said}" if said else exception
    return Fingerprint(
        _key(exception, said, *(frame.place for frame in frames)),
        shown[:LONGEST_TITLE] or PLACE,
        frames[-1].place[-LONGEST_TITLE:] if frames else "",
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
    start = _header(body)
    if start < 0:
        return body[:CHARACTERS_IN_EXCERPT].strip()
    lines = [line for line in body[start:].split("\n") if not line.startswith("      ")]
    return "\n".join(lines[-LINES_IN_EXCERPT:])[-CHARACTERS_IN_EXCERPT:].strip()


def _header(body: str) -> int:
    """Where the last traceback begins; -1 when the text holds none."""
    begins = [body.rfind("\n" + header) + 1 or (0 if body.startswith(header) else -1) for header in _HEADERS]
    return max(begins)


def _frames(body: str) -> tuple[list[_Frame], int]:
    """The frames that count of the last traceback, and where its exception is named (-1: no traceback).

    Reads backwards and stops as soon as enough is known: the variables of outer frames can be long.
    """
    found: list[_Frame] = []
    apps: set[_Frame] = set()
    end, below = -1, len(body)
    for line in _frame_lines(body):
        outside = _next_unindented(body, line.end(), below)
        if found and outside < below:
            if _begins_with_header(body, below):
                break  # the traceback of an earlier exception in a chain
            found, apps = [], set()  # what was found belongs to a message that quotes a traceback
        end = end if found else outside
        found.append(_frame(*line.groups()))
        apps.update(frame for frame in found[-1:] if frame.owner == "app")
        if len(apps) == FRAMES_THAT_COUNT:
            break
        below = line.start()
    if not found and (header := _header(body)) >= 0:
        end = _next_unindented(body, header, len(body))
    return _that_count(found[::-1]), end


def _begins_with_header(body: str, first_frame: int) -> bool:
    line_start = body.rfind("\n", 0, first_frame) + 1
    return body.startswith(_HEADERS, line_start)


def _frame_lines(body: str) -> Iterator[re.Match[str]]:
    """The lines that name a frame, innermost first."""
    at = len(body)
    for _step in range(DEEPEST_STACK):
        at = body.rfind(_FRAME_BEGINS, 0, at)
        if at < 0:
            return
        if line := _FRAME.match(body, at):
            yield line


def _next_unindented(body: str, start: int, end: int) -> int:
    found = _UNINDENTED.search(body, start, end)
    return found.end() if found else end


def _raised(tail: str) -> tuple[str, str]:
    """The bare class name of the exception and the first line of its message."""
    found = _EXCEPTION.match(tail)
    if not found:
        return "", tail.partition("\n")[0]
    return found[1].rpartition(".")[2], found[2] or ""


@lru_cache(maxsize=4096)
def _frame(path: str, function: str) -> _Frame:
    owner, file = _whose(path.replace("\\", "/"))
    return _Frame(owner, f"{file} in {function.strip()}")


def _whose(path: str) -> tuple[str, str]:
    if path.startswith(_SCRIPTS):
        return "app", path
    before, marker, inside = path.rpartition("apps/")
    if marker and (not before or before.endswith("/")):
        app, _slash, file = inside.partition("/")
        return ("frappe" if app == "frappe" else "app"), file or app
    # A bench strips its own path, so that only its apps and what lies outside have a whole path.
    outside = path.startswith("/") and "-packages/" not in path and "lib/python" not in path
    return ("app" if outside else "library"), "/".join(path.split("/")[-3:])


def _that_count(frames: list[_Frame]) -> list[_Frame]:
    """The innermost frames of the apps, else of the framework without its dispatching, else of anything."""
    named = [frame for frame in frames if not frame.place.endswith(_COMPREHENSIONS)]
    frappe = [frame for frame in named if frame.owner == "frappe" and not frame.place.endswith(_THROWING)]
    apps = [frame for frame in named if frame.owner == "app"]
    wanted = apps or [frame for frame in frappe if not frame.dispatch] or frappe or named
    return list(dict.fromkeys(wanted))[-FRAMES_THAT_COUNT:]  # recursion counts once


def _from_title(title: str, body: str) -> Fingerprint:
    said = normalise(title.strip().partition("\n")[0])
    if said.lower() in _GENERIC_TITLES:
        said = normalise(body[:2_000].strip().partition("\n")[0]) or said or "Error"
    return Fingerprint(_key("", said), said[:LONGEST_TITLE], "")


def _key(*parts: str) -> str:
    joined = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=8).hexdigest()
