"""The keys of errors in version 1 of the fingerprint: what was known by them is not new after an update.

A frozen copy that never changes. It goes when no site can hold keys of version 1 any more: as many days after
the release that brought version 2 as an Error Kind is kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_LONGEST_TEXT = 256_000
_FRAMES_THAT_COUNT = 3
_DEEPEST_STACK = 200

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
_PLACE = "…"
_LONGEST_MESSAGE = 300

_VALUES = re.compile(
    r"""
      <(?P<bold>b|strong|a|em|i)\b[^<>]{0,200}>[^<>]{0,200}</(?P=bold)>  # Frappe sets values in bold or links
    | <[^<>]{1,200}>                                                     # other markup, <Object at 0x…>
    | (?<!\w)'[^'\n]{0,200}'(?!\w)
    | "[^"\n]{0,200}" | `[^`\n]{0,200}` | [“„][^“”\n]{0,200}[“”] | ‘[^‘’\n]{0,200}’ | «[^«»\n]{0,200}»
    | \b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s'"<>]+                        # URL
    | [\w.+*-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}                   # e-mail, also a redacted one
    | \b[a-z0-9]{4}\*{4}[a-z0-9]{4}\b | \[(?:phone|bsn|secret|redacted)\]  # what redaction leaves
    | (?<=,[ ])[^\s,\]]{1,140}(?=\])                                       # [DocType, name]
    | \b(?=[a-z]{10}\b)[a-z]{0,5}[bcdfghjklmnpqrstvwxz]{5}[a-z]{0,5}\b    # a random name without a digit
    | Traceback[ ]\(most[ ]recent[ ]call[ ]last\):?                       # inside a message
    | \b[A-Za-z]{2}\d{2}[ ]?[A-Za-z0-9]{4}(?:[ ]?\d{4}){1,6}(?:[ ]?\d{1,4})?\b   # IBAN in groups
    | (?<![\w.])(?:[A-Za-z]:|~|\.{1,2})?(?:[/\\][\w.@%+=~-]+){2,}[/\\]?  # path
    | \b\d{1,2}\.?[ ](?:jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]{0,6}\.?[ ]\d{4}\b
    | (?<![\w-])[-+]?\d(?:[\d.,:/TZ+-]*\d)?Z?(?![\w-])                   # number, amount, date, time
    | (?<![\w-])(?=[\w-]{0,40}\d)[\w-]+                                  # token with a digit: id, hash, UUID
    | \b[A-Za-z0-9+/_=-]{32,}                                            # long opaque token
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED_NAME = re.compile(r"""(['"`])([A-Za-z_][A-Za-z_.]{0,60})\1""")
_DATABASE_CODE = re.compile(r"""^\((\d{3,5}), (['"])(.*?)\2?\)?$""", re.DOTALL)
_GAPS = re.compile(rf"\s+|(?:{_PLACE}[\s,;.:/#-]*)+(?={_PLACE})")
_NAMES_ARE_CODE = {
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "TypeError",
    "UnboundLocalError",
}
_CODES_WITH_NAMES = {"1054", "1146", "1364"}
_TAIL_IS_A_VALUE = {"DoesNotExistError", "DuplicateEntryError", "LinkValidationError"}


@dataclass(frozen=True)
class _Frame:
    """One line of a traceback: whose code it is ("app", "frappe", "library"), which file, which function."""

    owner: str
    place: str

    @property
    def dispatch(self) -> bool:
        """Whether this is a way in or out that every request takes, which says nothing about the error."""
        return _DISPATCH.match(self.place) is not None


def key_of_version_1(title: str | None, text: str | None) -> str:
    """The key under which version 1 counted this error."""
    body = _bounded(text or "")
    frames, end = _frames(body)
    exception, message = _raised(body[end : end + 2_000]) if end >= 0 else ("", "")
    if not exception and not frames:
        return _from_title(title or "", body)
    said = _normalise(message, exception)
    return _key(exception, said, *(frame.place for frame in frames))


def _bounded(text: str) -> str:
    """At most _LONGEST_TEXT characters: the beginning and the end, joined so that no frame is invented."""
    if len(text) > _LONGEST_TEXT:
        half = _LONGEST_TEXT // 2
        text = f"{text[:half]}\n      {_PLACE}\n      {text[-half:]}"
    return text.replace("\r\n", "\n") if "\r" in text else text


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
        if len(apps) == _FRAMES_THAT_COUNT:
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
    for _step in range(_DEEPEST_STACK):
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
    return list(dict.fromkeys(wanted))[-_FRAMES_THAT_COUNT:]  # recursion counts once


def _from_title(title: str, body: str) -> str:
    said = _normalise(title.strip().partition("\n")[0])
    if said.lower() in _GENERIC_TITLES:
        said = _normalise(body[:2_000].strip().partition("\n")[0]) or said or "Error"
    return _key("", said)


def _key(*parts: str) -> str:
    joined = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=8).hexdigest()


def _normalise(message: str, exception: str = "") -> str:
    """The message with every value that changes from case to case replaced by "…"; one line, bounded.

    `exception` is the bare class name: names in quotes stay where they are names from the code, the
    database's error number stays, and what follows the colon goes where it is always a document.
    """
    line = message[: _LONGEST_MESSAGE * 4].replace("\x00", "").strip()
    code, line = _split_code(line)
    if exception in _TAIL_IS_A_VALUE and ": " in line:
        line = line.partition(": ")[0] + f": {_PLACE}"
    if exception in _NAMES_ARE_CODE or code in _CODES_WITH_NAMES:
        line = _QUOTED_NAME.sub(r"\2", line)
    line = _VALUES.sub(_PLACE, line[:_LONGEST_MESSAGE])
    line = _GAPS.sub(lambda gap: " " if gap[0].isspace() else "", line).strip()
    return f"{code} {line}" if code else line


def _split_code(line: str) -> tuple[str, str]:
    """`(1062, "Duplicate entry …")`, as database drivers print it, as its code and its text."""
    found = _DATABASE_CODE.match(line)
    return (found[1], found[3]) if found else ("", line)
