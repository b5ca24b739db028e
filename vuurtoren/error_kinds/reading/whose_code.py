"""Whose code a frame is, and which frames say where an error happened."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from vuurtoren.error_kinds.reading.tracebacks import Frame

FRAMES_THAT_COUNT = 3
FRAMES_OF_A_RECURSION = 200
ROUNDS_OF_A_RECURSION = 3

_COMPREHENSIONS = ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>")
_THROWING = (" in throw", " in msgprint", " in _raise_exception")
_IMPORTING = ("<frozen importlib", "importlib/")
_SCRIPTS = ("<serverscript>", "<template>")
_DISPATCH = re.compile(
    r"frappe/(?:app|handler|api(?:/.*)?|__init__|model/document|model/utils/__init__|database/.*|commands/.*"
    r"|utils/(?:background_jobs|scheduler|bench_helper|typing_validations)|website/serve|desk/form/save"
    r"|core/doctype/scheduled_job_type/.*)\.py"
)
_ENTRANCE = re.compile(
    r"frappe/(?:app|handler|api(?:/.*)?|__init__|commands/.*|website/serve|core/doctype/scheduled_job_type/.*"
    r"|utils/(?:background_jobs|scheduler|bench_helper|typing_validations))\.py"
)


@dataclass(frozen=True)
class Place:
    """Whose code it is ("app", "frappe", "library"), and "file in function"."""

    owner: str
    text: str
    dispatch: bool
    """A way in or out that every request takes, which says nothing about the error."""
    entrance: bool
    throwing: bool
    passing: bool
    """A comprehension or the machinery of imports: which of them is seen depends on the Python."""


def place_of(frame: Frame) -> Place:
    return _place(frame.path, frame.function)


def places(frames: list[Frame]) -> list[str]:
    """The innermost places of the apps, else of the framework without its dispatching, else of anything."""
    named = [place for place in map(place_of, frames) if not place.passing]
    apps = [place for place in named if place.owner == "app"]
    wanted = apps or _of_frappe(named) or named
    return list(dict.fromkeys(place.text for place in wanted))[-FRAMES_THAT_COUNT:]  # recursion counts once


def recursion(frames: list[Frame]) -> list[str]:
    """The places that call each other without end, whichever of them reached the limit."""
    tail = [place_of(frame).text for frame in frames[-FRAMES_OF_A_RECURSION:]]
    often = [text for text, times in Counter(tail).items() if times >= ROUNDS_OF_A_RECURSION]
    return sorted(often)[:FRAMES_THAT_COUNT] or places(frames)


def entry(frames: list[Frame]) -> str:
    """Where the job or the route begins: the first place behind the dispatching, if any."""
    found = [place for place in map(place_of, frames) if place.owner != "library" and not place.entrance]
    named = [place for place in found if not place.text.endswith(" in <module>")] or found
    return named[0].text if named else ""


def file_of(path: str) -> str:
    """The file below its app, or its last three folders."""
    return _whose(path.replace("\\", "/"))[1]


def _of_frappe(named: list[Place]) -> list[Place]:
    frappe = [place for place in named if place.owner == "frappe" and not place.throwing]
    return [place for place in frappe if not place.dispatch] or frappe


@lru_cache(maxsize=4096)
def _place(path: str, function: str) -> Place:
    owner, file = _whose(path.replace("\\", "/"))
    text = f"{file} in {function}"
    return Place(
        owner,
        text,
        _DISPATCH.match(text) is not None,
        _ENTRANCE.match(text) is not None,
        text.endswith(_THROWING),
        function in _COMPREHENSIONS or file.startswith(_IMPORTING) or "/importlib/" in file,
    )


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
