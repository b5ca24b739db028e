"""Every way in which a text may be meant: escapes decoded, look-alikes made plain, all with their places.

People and programs write one character in many ways: full-width, with soft hyphens inside, as `%20`,
`&nbsp;`, `\\u00a0` or `=C2=A0`, and one of these inside another. What is sought is sought in the folded
text; what is found is cut out of the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from html.entities import html5

_MOST_ROUNDS = 4

_ESCAPE = re.compile(
    r"""
      (?:%(?:25){0,8}[0-9A-Fa-f]{2})+
    | &(?:amp;){0,8}(?:\#[0-9]{1,7};?|\#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,31};|nbsp|shy)
    | (?:\\{1,8}u[dD][89abAB][0-9A-Fa-f]{2}\\{1,8}u[dD][c-fC-F][0-9A-Fa-f]{2})
    | \\{1,8}(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|u\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|[nrtvf])
    | </?(?:br|wbr|nobr|b|i|em|strong|span|tt|code|td)\b[^<>]{0,40}>
    """,
    re.VERBOSE,
)
_MAY_HOLD_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}|&(?:\#|[A-Za-z]{2})|\\[nrtvfuUx\\]|</?[bwnietsc]").search
_NEXT_BYTE = "=[89ABab][0-9A-Fa-f]"
# a byte that is no UTF-8 is rather the beginning of "=BE68 5390 …"
_QUOTED_PRINTABLE = re.compile(
    r"=[ \t]{0,3}\r?\n"
    rf"|(?:=[0-7][0-9A-Fa-f]|=[CDcd][0-9A-Fa-f]{_NEXT_BYTE}|=[Ee][0-9A-Fa-f](?:{_NEXT_BYTE}){{2}}"
    rf"|=[Ff][0-7](?:{_NEXT_BYTE}){{3}}|=[Aa]0)+"
)
_LOOKS_QUOTED_PRINTABLE = re.compile(
    r"=[ \t]{0,3}\r?\n|=(?:[CDcd][0-9A-Fa-f]|[EFef][0-9A-Fa-f]=[89ABab][0-9A-Fa-f])=[89ABab][0-9A-Fa-f]"
    r"|=40[A-Za-z]|=[0-7][0-9A-Fa-f][^=\n]{0,12}=[0-7][0-9A-Fa-f]"
).search
_BYTE = re.compile("%(?:25){0,8}([0-9A-Fa-f]{2})")
_ONE_WIDTH = re.compile(
    "[\x00-\x7f]+|[\x80-\u07ff]+|[\u0800-\ud7ff\ue000-\uffff]+|[\ud800-\udfff]+|[\U00010000-\U0010ffff]+"
)
_BYTES_AS_LATIN = {0xDC00 + byte: chr(byte) for byte in range(0x80, 0x100)}
_WHITESPACE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f"}
_DROPPED_CATEGORIES = {"Cf", "Mn", "Me"}
_DROPPED = set("\u115f\u1160\u3164\uffa0")
"""Letters that show nothing."""

# where a piece of the folded text begins, where that was, how far apart its characters were and how wide
_Piece = tuple[int, int, int, int]
_Change = tuple[int, int, str, int]
"""What was from start to end is now this text; each character took so many, or 0 for all together."""
_Step = Callable[[str], tuple[str, "tuple[_Piece, ...] | None"]]


class Reading:
    """One way to read a text: folded, the same in lower case, and where its characters were written."""

    def __init__(self, text: str, written: str = "", steps: tuple[_Step, ...] = ()) -> None:
        self.text = text
        self.lower = lower(text)
        self.is_as_written = not steps
        self._written, self._steps = written, steps

    @cached_property
    def _layers(self) -> list[tuple[list[int], tuple[_Piece, ...]]]:
        """Made when something is found: most texts hold nothing, and places cost more than the folding."""
        layers = _layers(self._written, self._steps)
        return [([piece[0] for piece in layer], layer) for layer in reversed(layers)]

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where what stands from start to end (exclusive, not empty) was written."""
        for begins, pieces in self._layers:
            start, end = _at(begins, pieces, start)[0], _at(begins, pieces, end - 1)[1]
        return start, end


def readings(text: str) -> list[Reading]:
    """The text as it is and, where something may be encoded, folded in the ways in which it may be meant."""
    found = [Reading(text)]
    folded = _folded(text, (_plain_text, _unescaped))
    if folded != text:
        found.append(Reading(folded, text, (_plain_characters, _without_escapes)))
    if _LOOKS_QUOTED_PRINTABLE(text) or (folded != text and _LOOKS_QUOTED_PRINTABLE(folded)):
        steps = (_without_quoted_printable, _plain_characters, _without_escapes)
        found.append(Reading(_folded(text, (_unquoted, _plain_text, _unescaped)), text, steps))
    return found


def lower(text: str) -> str:
    """Lower-case with every character where it was: only the dotted capital I grows."""
    return text.lower() if text.isascii() else text.replace("\u0130", "I").lower()


def _folded(text: str, steps: tuple[Callable[[str], str], ...]) -> str:
    for _round in range(_MOST_ROUNDS):
        unfolded = text
        for step in steps:
            text = step(text)
        if text == unfolded:
            break
    return text


def _plain_text(text: str) -> str:
    if text.isascii():
        return text
    return text.translate({ord(each): _plain_character(each) for each in set(text) if each > "\x7f"})


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_meant, text) if _MAY_HOLD_ESCAPES(text) else text


def _unquoted(text: str) -> str:
    return _QUOTED_PRINTABLE.sub(_meant, text) if _LOOKS_QUOTED_PRINTABLE(text) else text


def _meant(found: re.Match[str]) -> str:
    return _meant_text(found[0])


@lru_cache(1024)
def _meant_text(written: str) -> str:
    if written[0] == "%" or written[0] == "=":
        if written[-1] == "\n":
            return ""
        return "".join(meant for _, _, meant, _ in _percent_changes(written.replace("=", "%")))
    meaning = _meaning(written)
    return written if meaning is None else meaning


def _layers(text: str, steps: tuple[_Step, ...]) -> tuple[tuple[_Piece, ...], ...]:
    """How each step moved the characters, in the order of the steps."""
    layers: list[tuple[_Piece, ...]] = []
    for _round in range(_MOST_ROUNDS):
        unfolded = text
        for step in steps:
            before = text
            text, pieces = step(text)
            if pieces and text != before:
                layers.append(pieces)
        if text == unfolded:
            break
    return tuple(layers)


def _plain_characters(text: str) -> tuple[str, tuple[_Piece, ...] | None]:
    if text.isascii():
        return text, None
    folds = {character: _plain_character(character) for character in set(text) if character > "\x7f"}
    translated = text.translate({ord(one): fold for one, fold in folds.items() if len(fold) == 1})
    others = frozenset(one for one, fold in folds.items() if len(fold) != 1)
    if others:
        return _changed(translated, _character_changes(translated, others))
    return translated, ((0, 0, 1, 1),) if translated != text else None


def _character_changes(text: str, others: frozenset[str]) -> Iterator[_Change]:
    for run in _runs_of(others).finditer(text):
        folded = [_plain_character(character) for character in run[0]]
        if not any(folded):
            yield run.start(), run.end(), "", 0
            continue
        for place, fold in enumerate(folded, run.start()):
            yield place, place + 1, fold, 0


@lru_cache(64)
def _runs_of(characters: frozenset[str]) -> re.Pattern[str]:
    return re.compile("[" + "".join(map(re.escape, sorted(characters))) + "]+")


@lru_cache(4096)
def _plain_character(character: str) -> str:
    """What one character stands for: nothing when it shows nothing, an ASCII digit when it is any digit."""
    if character in _DROPPED or unicodedata.category(character) in _DROPPED_CATEGORIES:
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character)
    return "".join(each for each in folded if unicodedata.category(each) not in _DROPPED_CATEGORIES)


def _without_escapes(text: str) -> tuple[str, tuple[_Piece, ...] | None]:
    if not _MAY_HOLD_ESCAPES(text):
        return text, None
    return _changed(text, _escape_changes(text))


def _escape_changes(text: str) -> Iterator[_Change]:
    for escape in _ESCAPE.finditer(text):
        written, start, end = escape[0], escape.start(), escape.end()
        if written[0] == "%":
            for first, last, meant, step in _percent_changes(written):
                yield start + first, start + last, meant, step
            continue
        decoded = _meaning(written)
        if decoded is not None:
            yield start, end, decoded, end - start if len(decoded) == 1 else 0


@lru_cache(1024)
def _meaning(escape: str) -> str | None:
    if escape[0] == "<":
        return " "
    if escape[0] == "&":
        return _entity(re.sub(r"^&(?:amp;)*(?=.)", "", escape).rstrip(";") or "amp")
    code = escape.lstrip("\\")
    if code[0] in _WHITESPACE_ESCAPES:
        return _WHITESPACE_ESCAPES[code[0]]
    numbers = re.findall("[0-9A-Fa-f]+", code.replace("u", " ").replace("U", " ").replace("x", " "))
    if len(numbers) == 2:
        high, low = (int(number, 16) for number in numbers)
        return chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))
    return _character(int(numbers[0], 16))


def _entity(name: str) -> str | None:
    if name.startswith(("#x", "#X")):
        return _character(int(name[2:], 16))
    if name.startswith("#"):
        return _character(int(name[1:]))
    return html5.get(f"{name};")


def _character(code: int) -> str | None:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else None


@lru_cache(1024)
def _percent_changes(run: str) -> tuple[_Change, ...]:
    return tuple(
        change
        for start, width, data in _runs_of_one_width(run)
        for change in _byte_changes(data, start, width)
    )


def _runs_of_one_width(run: str) -> Iterator[tuple[int, int, bytes]]:
    """Escaped bytes with how many characters each takes: `%20` three, `%2520` five."""
    if "%25" not in run:
        yield 0, 3, bytes.fromhex(run.replace("%", ""))
        return
    start, width, digits = 0, 0, ""
    for escaped in _BYTE.finditer(run):
        if escaped.end() - escaped.start() != width:
            if digits:
                yield start, width, bytes.fromhex(digits)
            start, width, digits = escaped.start(), escaped.end() - escaped.start(), ""
        digits += escaped[1]
    yield start, width, bytes.fromhex(digits)


def _byte_changes(data: bytes, start: int, width: int) -> Iterator[_Change]:
    """Bytes as UTF-8; those that are none as Latin-1."""
    for run in _ONE_WIDTH.finditer(data.decode("utf-8", "surrogateescape")):
        bytes_each = 1 if "\udc80" <= run[0][0] <= "\udcff" else len(run[0][0].encode("utf-8"))
        end = start + bytes_each * width * len(run[0])
        yield start, end, run[0].translate(_BYTES_AS_LATIN), bytes_each * width
        start = end


def _without_quoted_printable(text: str) -> tuple[str, tuple[_Piece, ...] | None]:
    if not _LOOKS_QUOTED_PRINTABLE(text):
        return text, None
    return _changed(text, _quoted_printable_changes(text))


def _quoted_printable_changes(text: str) -> Iterator[_Change]:
    for found in _QUOTED_PRINTABLE.finditer(text):
        if found[0][-1] == "\n":
            yield found.start(), found.end(), "", 0
        else:
            for first, last, meant, step in _percent_changes(found[0].replace("=", "%")):
                yield found.start() + first, found.start() + last, meant, step


def _changed(text: str, changes: Iterable[_Change]) -> tuple[str, tuple[_Piece, ...]]:
    parts: list[str] = []
    pieces: list[_Piece] = []
    add_part, add_piece = parts.append, pieces.append  # called for every escape of a text
    length = position = 0
    for start, end, meant, step in changes:
        if start > position:
            add_piece((length, position, 1, 1))
            add_part(text[position:start])
            length += start - position
        if meant:
            add_piece((length, start, step, step or end - start))
            add_part(meant)
            length += len(meant)
        position = end
    if position < len(text):
        pieces.append((length, position, 1, 1))
        parts.append(text[position:])
    return "".join(parts), tuple(pieces)


def _at(begins: list[int], pieces: tuple[_Piece, ...], place: int) -> tuple[int, int]:
    begin, start, step, width = pieces[bisect_right(begins, place) - 1]
    first = start + (place - begin) * step
    return first, first + width
