"""Every way in which a text may be meant: escapes decoded, look-alikes made plain, all with their places.

People and programs write one character in many ways: full-width, with soft hyphens inside, as `%20`,
`&nbsp;`, `\\u00a0` or `=C2=A0`, and one of these inside another. What is sought is sought in the folded
text; what is found is cut out of the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from html.entities import html5
from itertools import accumulate, chain, islice

MOST_FINDS = 20_000
"""So many places of one text are judged; nobody reads what follows them, so it is left out."""
_MOST_ROUNDS = 4
_FEW_CHARACTERS = 12

# the one group of each pattern is all of it: a text is split into what is plain and what is escaped
_ESCAPE = re.compile(
    r"""(
      %(?:25){0,8}[0-9A-Fa-f]{2}(?:%(?:25){0,8}[0-9A-Fa-f]{2})*
    | &(?=[\#A-Za-z])(?:amp;){0,8}(?:\#[0-9]{1,7};?|\#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,31};|nbsp|shy)
    | \\(?<!\\\\)\\*(?:[nrtvf]|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}
        |u(?:[dD][89abAB][0-9A-Fa-f]{2}\\{1,8}u[dD][c-fC-F][0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\}))
    | </?(?:br|wbr|nobr|b|i|em|strong|span|tt|code|td)\b[^<>]{0,40}>
    )""",
    re.VERBOSE,
)
_MAY_HOLD_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}|&(?:\#|[A-Za-z]{2})|\\[nrtvfuUx\\]|</?[bwnietsc]").search
_NEXT_BYTE = "=[89ABab][0-9A-Fa-f]"
# a byte that is no UTF-8 is rather the beginning of "=BE68 5390 …"
_QUOTED = (
    rf"(?:[0-7][0-9A-Fa-f]|[CDcd][0-9A-Fa-f]{_NEXT_BYTE}|[Ee][0-9A-Fa-f](?:{_NEXT_BYTE}){{2}}"
    rf"|[Ff][0-7](?:{_NEXT_BYTE}){{3}}|[Aa]0)"
)
_QUOTED_PRINTABLE = re.compile(rf"(=(?:[ \t]{{0,3}}\r?\n|{_QUOTED}(?:={_QUOTED})*))")
_LOOKS_QUOTED_PRINTABLE = re.compile(
    r"=(?:[ \t]{0,3}\r?\n|[CDcd][0-9A-Fa-f]=[89ABab][0-9A-Fa-f]|[EFef][0-9A-Fa-f](?:=[89ABab][0-9A-Fa-f]){2}"
    r"|40[A-Za-z]|[0-7][0-9A-Fa-f][^=\n]{0,12}=[0-7][0-9A-Fa-f])"
).search
_BYTE = re.compile("[%=](?:25){0,8}([0-9A-Fa-f]{2})")
_BYTES_AS_LATIN = {0xDC00 + byte: chr(byte) for byte in range(0x80, 0x100)}
_WHITESPACE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f"}
_DROPPED_CATEGORIES = {"Cf", "Mn", "Me"}
_DROPPED = set("\u115f\u1160\u3164\uffa0")
"""Letters that show nothing."""
_MAY_LOOK_ALIKE = re.compile(
    "[^\x00-\x7f\u3400-\u9fff\uac00-\ud7a3\ue000-\uf8ff\U00012000-\U0001342f\U00017000-\U0001bbff"
    "\U00020000-\U000dffff\U000e0200-\U0010ffff]+"
)
"""Without ASCII, ideographs, old scripts and what nobody assigned, which stand for themselves."""

Place = tuple[int, int]
_Step = Callable[[str], tuple[str, "_Layer | None"]]
"""One kind of decoding: the text, and how its characters moved where one did."""


class _Meanings(dict[str, str]):
    """What pieces of text mean; only short ones are kept, and not too many."""

    _MOST, _LONGEST = 16_384, 40

    def __init__(self, meaning: Callable[[str], str]) -> None:
        self._meaning = meaning

    def __missing__(self, written: str) -> str:
        meant = self._meaning(written)
        if len(written) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[written] = meant
        return meant


class _Layer:
    """Where the characters of a decoded text were: it is cut into what stayed and what was meant, in turn."""

    def __init__(self, pieces: Callable[[], tuple[list[str], list[str]]]) -> None:
        self._pieces = pieces

    @cached_property
    def _begins(self) -> tuple[list[str], list[str], list[int], list[int]]:
        """Made when something is found: most texts hold nothing."""
        pieces, meant = self._pieces()
        return pieces, meant, [0, *accumulate(map(len, pieces))], [0, *accumulate(map(len, meant))]

    def written(self, place: int) -> Place:
        """From where to where what stands at this place was written."""
        pieces, meanings, begins, meant_begins = self._begins
        number = bisect_right(meant_begins, place) - 1
        offset, begin, piece = place - meant_begins[number], begins[number], pieces[number]
        meant = meanings[number]
        if meant == piece:
            return begin + offset, begin + offset + 1
        if len(meant) == 1 or piece[0] in "&\\<":
            return begin, begin + len(piece)
        ends, written = _ends(piece)
        within = bisect_right(ends, offset)
        return begin + written[within], begin + written[within + 1]


class Reading:
    """One way to read a text: folded, the same in lower case, and where its characters were written."""

    def __init__(self, text: str, layers: Sequence[_Layer] | None = None) -> None:
        self.text = text
        self.lower = lower(text)
        self.is_as_written = layers is None
        self.end = len(text)
        """Where so much was found that the rest is left out."""
        self._layers = layers or ()
        self._starts: list[int] = []

    @cached_property
    def shape(self) -> str:
        """The lower case with 0 for every digit: one character is looked for much faster than ten."""
        shape = self.lower
        for digit in "123456789":
            shape = shape.replace(digit, "0")
        return shape

    def written(self, start: int, end: int) -> Place:
        """Where what stands from start to end (exclusive, not empty) was written."""
        for layer in reversed(self._layers):
            start, end = layer.written(start)[0], layer.written(end - 1)[1]
        return start, end

    def finds(
        self, pattern: re.Pattern[str], text: str, places: Sequence[Place] | None = None
    ) -> list[re.Match[str]]:
        """Where the pattern is in the text or its lower case, until all patterns found too much."""
        everywhere: Iterator[re.Match[str]]
        if places is None:
            everywhere = pattern.finditer(text, 0, self.end)
        else:
            parts = (pattern.finditer(text, start, min(end, self.end)) for start, end in places)
            everywhere = chain.from_iterable(parts)
        found = list(islice(everywhere, MOST_FINDS + 1))
        if found:
            self._starts += [each.start() for each in found]
        if len(self._starts) > MOST_FINDS:
            self._starts.sort()
            self.end = self._starts[MOST_FINDS]
            del self._starts[MOST_FINDS:]
            found = [each for each in found if each.start() < self.end]
        return found


def readings(text: str) -> list[Reading]:
    """The text as it is and, where something may be encoded, folded in the ways in which it may be meant."""
    return [Reading(text), *folded_readings(text)]


def folded_readings(text: str) -> list[Reading]:
    """The text folded in the ways in which it may be meant, where something may be encoded."""
    found = []
    folded, layers = _folded(text, (_without_looks, _without_escapes))
    if folded != text:
        found.append(Reading(folded, layers))
    if _LOOKS_QUOTED_PRINTABLE(text) or (folded != text and _LOOKS_QUOTED_PRINTABLE(folded)):
        steps = (_without_quoted_printable, _without_looks, _without_escapes)
        found.append(Reading(*_folded(text, steps)))
    return found


def lower(text: str) -> str:
    """Lower-case with every character where it was: only the dotted capital I grows."""
    return text.lower() if text.isascii() else text.replace("\u0130", "I").lower()


def _folded(text: str, steps: tuple[_Step, ...]) -> tuple[str, list[_Layer]]:
    layers = []
    for _round in range(_MOST_ROUNDS):
        unfolded = text
        for step in steps:
            text, layer = step(text)
            if layer:
                layers.append(layer)
        if text == unfolded:
            break
    return text, layers


def _without_escapes(text: str) -> tuple[str, _Layer | None]:
    signs = "%" in text or "\\" in text or "&" in text or "<" in text
    may_hold_some = signs and _MAY_HOLD_ESCAPES(text)
    return _decoded(text, _ESCAPE) if may_hold_some else (text, None)


def _without_quoted_printable(text: str) -> tuple[str, _Layer | None]:
    return _decoded(text, _QUOTED_PRINTABLE) if _LOOKS_QUOTED_PRINTABLE(text) else (text, None)


def _decoded(text: str, pattern: re.Pattern[str]) -> tuple[str, _Layer | None]:
    pieces, meant = _split(pattern, text, _MEANINGS)
    return ("".join(meant), _Layer(lambda: (pieces, meant))) if len(pieces) > 1 else (text, None)


def _split(pattern: re.Pattern[str], text: str, meanings: _Meanings) -> tuple[list[str], list[str]]:
    pieces = pattern.split(text)
    meant = pieces.copy()
    meant[1::2] = map(meanings.__getitem__, pieces[1::2])
    return pieces, meant


def _without_looks(text: str) -> tuple[str, _Layer | None]:
    if text.isascii():
        return text, None
    characters = set("".join(_MAY_LOOK_ALIKE.findall(text)))
    folds = {each: fold for each in characters if (fold := _plain_character(each)) != each}
    if not folds:
        return text, None
    plain = _replaced(text, folds)
    others = frozenset(each for each, fold in folds.items() if len(fold) != 1)
    if not others:
        return plain, None
    return plain, _Layer(lambda: _split(_runs_of(others), text, _PLAIN_CHARACTERS))


def _replaced(text: str, folds: Mapping[str, str]) -> str:
    if len(folds) > _FEW_CHARACTERS or not folds.keys().isdisjoint("".join(folds.values())):
        return text.translate({ord(each): fold for each, fold in folds.items()})
    for each, fold in folds.items():
        text = text.replace(each, fold)
    return text


@lru_cache(64)
def _runs_of(characters: frozenset[str]) -> re.Pattern[str]:
    return re.compile("([" + "".join(map(re.escape, sorted(characters))) + "]+)")


def _plain_characters(run: str) -> str:
    return "".join(map(_plain_character, run))


@lru_cache(4096)
def _plain_character(character: str) -> str:
    """What one character stands for: nothing when it shows nothing, an ASCII digit or hyphen for any."""
    if character in _DROPPED or unicodedata.category(character) in _DROPPED_CATEGORIES:
        return ""
    if unicodedata.category(character) == "Pd" or character == "\u2212":
        return "-"
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character)
    return "".join(each for each in folded if unicodedata.category(each) not in _DROPPED_CATEGORIES)


def _meaning(written: str) -> str:
    if written[0] in "%=":
        return _text_of(written) if written[-1] != "\n" else ""
    if written[0] == "<":
        return " "
    if written[0] == "&":
        meant = _entity(re.sub("^&(?:amp;)*(?=.)", "", written).rstrip(";") or "amp")
    else:
        meant = _of_backslashes(written.lstrip("\\"))
    return written if meant is None else meant


def _text_of(run: str) -> str:
    """Escaped bytes as UTF-8; those that are none as Latin-1."""
    return _decoded_bytes(run).translate(_BYTES_AS_LATIN)


def _decoded_bytes(run: str) -> str:
    return bytes.fromhex("".join(_BYTE.findall(run))).decode("utf-8", "surrogateescape")


def _of_backslashes(code: str) -> str | None:
    if code[0] in _WHITESPACE_ESCAPES:
        return _WHITESPACE_ESCAPES[code[0]]
    numbers = re.findall("[0-9A-Fa-f]+", code[1:].replace("u", " "))
    if len(numbers) == 2:
        high, low = (int(number, 16) for number in numbers)
        return chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))
    return _character(int(numbers[0], 16))


@lru_cache(4)
def _ends(piece: str) -> tuple[Sequence[int], Sequence[int]]:
    """Where each character of a piece, or of its bytes, ends in what is meant and begins in it."""
    if piece[0] not in "%=":
        return [*accumulate(map(len, map(_plain_character, piece)))], range(len(piece) + 1)
    begins = [0, *accumulate(len(found[0]) for found in _BYTE.finditer(piece))]
    text = _decoded_bytes(piece)
    counts = (1 if "\udc80" <= each <= "\udcff" else len(each.encode()) for each in text)
    return range(1, len(text) + 1), [begins[count] for count in accumulate(counts, initial=0)]


def _entity(name: str) -> str | None:
    if name.startswith(("#x", "#X")):
        return _character(int(name[2:], 16))
    if name.startswith("#"):
        return _character(int(name[1:]))
    return html5.get(f"{name};")


def _character(code: int) -> str | None:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else None


_MEANINGS = _Meanings(_meaning)
_PLAIN_CHARACTERS = _Meanings(_plain_characters)
