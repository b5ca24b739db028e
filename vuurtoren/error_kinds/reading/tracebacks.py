"""Reads the text of a traceback: which exceptions, raised where, one behind or beside another.

Understands what Python prints, also for chained exceptions and exception groups, and what Frappe writes with
the variables of each frame. Linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

HEADERS = ("Traceback (most recent call last):", "Traceback with variables (most recent call last):")
GROUP_HEADER = "Exception Group Traceback (most recent call last):"
CAUSE, CONTEXT, QUOTED = "cause", "context", "quoted"
DEEPEST_GROUP = 12
MOST_BESIDE = 20
LONGEST_MORE = 1_000

_LINKS = {
    "The above exception was the direct cause of the following exception:": CAUSE,
    "During handling of the above exception, another exception occurred:": CONTEXT,
}
_LINE = re.compile(
    r"""
    \n(?:
        [ ][ ]File[ ]"([^"\n]{1,400})",[ ]line[ ]\d+(?:,[ ]in[ ]([^\n]{1,200}))?[^\n]*
        (?:\n[ ]{4}([^\s^~][^\n]{0,400}))?
      | (\S[^\n]{0,2000})
      | [ ][ ]\[Previous[ ]line[ ]repeated[ ](\d{1,6})
    )
    """,
    re.VERBOSE,
)
_EXCEPTION = re.compile(r"([A-Za-z_][\w.<>]{0,199})(?::(?:\s+(\S.*))?)?\s*$")
_MARGIN = re.compile(r"((?:  ){1,60})(?:\| ?|(\+)(?: |(-\+)?-{3,}(?: (\d+|\.\.\.) -{3,})?$))(.*)")
_BESIDE = "\x00"


class Frame(NamedTuple):
    """One line of a traceback; `source` is its line of code, if any; in the text it `ends` there."""

    path: str
    function: str
    source: str = ""
    ends: int = 0


@dataclass
class Raised:
    """One exception: its class as printed, the first line of its message, its frames, outermost first.

    `link` says how it came after the one before it in the chain: that one is its CAUSE, or was being handled
    (CONTEXT), or quotes it in its message (QUOTED). `more` are the next lines of the message; `file` is what
    a SyntaxError is about; `beside` are the chains of an exception group.
    """

    frames: list[Frame] = field(default_factory=list)
    exception: str = ""
    message: str = ""
    more: str = ""
    link: str = ""
    file: str = ""
    beside: list[list[Raised]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The class without its module."""
        return self.exception.rpartition(".")[2]


def read(body: str) -> list[Raised]:
    """The exceptions of the text in the order in which they are printed; empty when it holds no traceback."""
    if GROUP_HEADER in body:
        return _read_groups(body.replace(_BESIDE, "").split("\n"))
    return _read_chain(body)


def first_header(body: str) -> int:
    """Where the first traceback begins; -1 when the text holds none."""
    if body.startswith(HEADERS):
        return 0
    found = [body.find("\n" + header) + 1 for header in HEADERS]
    group = body.find("  + " + GROUP_HEADER)
    return min([each for each in found if each] + [group] * (group >= 0), default=-1)


def _read_chain(body: str, beside: Iterable[list[list[Raised]]] = (), *, bare: bool = False) -> list[Raised]:
    """`bare`: the text may be an exception that was never raised, and so has no header."""
    reader = _Chain(list(beside))
    if bare and not body.startswith(HEADERS):
        reader.open = Raised()
    for line in _LINE.finditer("\n" + body):
        path, function, source, said, _repeated = line.groups()
        if said:
            reader.said(said.rstrip())
        elif path:
            reader.frame(path, function, source, line.end() - 1)
        else:
            reader.repeated()
    reader.close()
    return reader.raised


class _Chain:
    """What is read line by line: a traceback is open from its header until its exception is named."""

    def __init__(self, beside: list[list[list[Raised]]]) -> None:
        self.raised: list[Raised] = []
        self.open: Raised | None = None
        self._beside = beside
        self._ignoring = False
        self._link = ""
        self._before = ""

    def frame(self, path: str, function: str | None, source: str | None, ends: int) -> None:
        if self.open is None:
            if self.raised or self._ignoring or function is None:
                return  # part of a message, or of a note
            self.open = Raised()
        if function is None:
            self.open.file = path
        else:
            self.open.frames.append(Frame(path, function.rstrip(), source or "", ends))

    def repeated(self) -> None:
        if self.open and self.open.frames:
            self.open.frames += self.open.frames[-1:] * 3

    def said(self, said: str) -> None:
        self._before, before = said, self._before
        if said.startswith(HEADERS):
            self._begin(quoted=before.endswith(":"))
        elif self._beside and said.startswith(_BESIDE):
            self._group(int(said[1:]))
        elif self.open is not None:
            self._name(said)
        elif link := _LINKS.get(said):
            self._ignoring = False
            self._link = link if self.raised else ""
        elif self.raised and not self._ignoring:
            self._continue(said)
            self._before = ""

    def close(self) -> None:
        if self.open is not None and (self.open.frames or self.open.exception or self.open.message):
            self.raised.append(self.open)
        self.open = None

    def _begin(self, *, quoted: bool) -> None:
        self.close()
        if self.raised and not self._link:
            if not quoted:
                self._ignoring = True  # a note, or other text, that shows a traceback
                return
            self._link = QUOTED
        self.open, self._link = Raised(link=self._link), ""

    def _name(self, said: str) -> None:
        """The line that names the exception of the open traceback."""
        assert self.open is not None
        if found := _EXCEPTION.match(said):
            self.open.exception, self.open.message = found[1], found[2] or ""
        else:
            self.open.message = said
        self.close()
        self._quote(said)

    def _continue(self, said: str) -> None:
        """A further line of a message, or a note."""
        if len(self.raised[-1].more) < LONGEST_MORE:
            self.raised[-1].more += f"\n{said}"
        self._quote(said)

    def _quote(self, said: str) -> None:
        """A message may show a traceback, as that of a template that failed does."""
        if said.endswith(HEADERS[0]):
            self.open = Raised(link=QUOTED)

    def _group(self, number: int) -> None:
        self.close()
        if self.raised:
            self.raised[-1].beside = self._beside[number]


@dataclass
class _Level:
    """The text at one depth of the margin that Python draws around exception groups."""

    depth: int
    lines: list[str] = field(default_factory=list)
    beside: list[list[list[Raised]]] = field(default_factory=list)

    def read(self) -> list[Raised]:
        return _read_chain("\n".join(self.lines), self.beside, bare=self.depth > 1)


def _read_groups(lines: list[str]) -> list[Raised]:
    levels = [_Level(1)]
    for line in lines:
        margin = _MARGIN.match(line) if line.startswith("  ") else None
        if margin is None:
            _close_levels(levels, 1)
            levels[-1].lines.append(line)
            continue
        indent, corner, opening, number, text = margin.groups()
        depth = len(indent) // 2
        if opening or number:
            _open_level(levels, depth if opening else depth - 1, first=bool(opening))
        elif corner and not text:
            _close_levels(levels, depth - 1)
        elif depth <= levels[-1].depth:
            _close_levels(levels, depth)
            levels[-1].lines.append(text.replace("Exception Group ", "", 1) if GROUP_HEADER in text else text)
    _close_levels(levels, 1)
    return levels[0].read()


def _open_level(levels: list[_Level], depth: int, *, first: bool) -> None:
    """Begin with the next exception of the group whose text stands at this depth."""
    _close_levels(levels, max(1, depth))
    group = levels[-1]
    if first or not group.beside:
        group.lines.append(f"{_BESIDE}{len(group.beside)}")
        group.beside.append([])
    if len(levels) < DEEPEST_GROUP:
        levels.append(_Level(group.depth + 1))


def _close_levels(levels: list[_Level], depth: int) -> None:
    while levels[-1].depth > max(1, depth):
        inner = levels.pop()
        chain = inner.read()
        if chain and chain[0].exception and len(levels[-1].beside[-1]) < MOST_BESIDE:  # not "and 5 more"
            levels[-1].beside[-1].append(chain)
