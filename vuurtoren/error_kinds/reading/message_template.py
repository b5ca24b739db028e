"""What a line of code says that it will say: the constant words of a message, and where its values stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

MARK = "\x00"

_LITERAL = re.compile(
    r"""(?P<plus>\+\s*)?(?P<call>\(\s*_\(\s*)?(?<![\w\]])[rRfF]{0,2}(?P<quote>["'])(?P<text>(?:(?!(?P=quote))[^\\]|\\.)*)"""
    r"""(?P=quote)(?P<more>\s*(?=\+))?"""
)
_VALUE = re.compile(r"\{[^{}]*\}|%\(\w+\)[-#0 +]*[\d.]*[a-z]|%[-#0 +]*[\d.]*[sdrifgeaxu]")
_WORD = re.compile(r"[^\W\d_]{3}")
_RAISES_VARIABLE = re.compile(r"raise [\w.]+\(([\w.]+)\)$")
_IS_A_TEXT = re.compile(r"me?ss?a?ge?$|text|reason|error|detail|descr|warning|^e$|^err|^exc", re.IGNORECASE)
_LONGEST_SOURCE = 300
_ESCAPES = re.compile(r"\\(.)")


def constant_words(message: str, source: str, names: Callable[[], frozenset[str]] = frozenset) -> str | None:
    """The message with MARK for each value that the source line puts into it; None where it does not tell.

    `names` tells what is no value. A message in another language than its source is told by the source,
    where it is translated in place.
    """
    if '"' not in source and "'" not in source:
        return None
    translated = None
    for pieces, in_place in _templates(source[:_LONGEST_SOURCE]):
        if not _WORD.search(" ".join(pieces)):
            continue
        if (said := _matched(message, pieces, names)) is not None:
            return said
        if in_place and translated is None:
            translated = MARK.join(pieces)
    return translated


def _templates(source: str) -> Iterator[tuple[list[str], bool]]:
    """The constant pieces of each text in the line, values standing between them; is it translated?"""
    begun: list[str] = []
    for literal in _LITERAL.finditer(source):
        pieces = begun if literal["plus"] else []
        pieces = (pieces or [""] * bool(literal["plus"])) + _pieces(literal["text"])
        begun = pieces if literal["more"] else []
        if not begun:
            yield pieces, bool(literal["call"])
    if begun:
        yield [*begun, ""], False


def quoted_in(name: str, source: str) -> bool:
    """Whether the line of code itself names it."""
    return f"'{name}'" in source or f'"{name}"' in source


def raises_a_variable(source: str) -> bool:
    """Whether the line raises nothing but a value that it was handed, and which it does not call a text."""
    found = _RAISES_VARIABLE.match(source)
    return found is not None and not _IS_A_TEXT.search(found[1])


def is_key_in(name: str, source: str) -> bool:
    """Whether the line of code asks for exactly this key of a mapping."""
    return f"['{name}']" in source or f'["{name}"]' in source


def _pieces(text: str) -> list[str]:
    return [_ESCAPES.sub(r"\1", piece) for piece in _VALUE.split(text)]


def _matched(message: str, pieces: list[str], names: Callable[[], frozenset[str]]) -> str | None:
    """The pieces found in the message one after the other, from its beginning; what follows them stays."""
    if len(pieces) == 1 or not message.startswith(pieces[0]):
        return None
    said, at, known = pieces[0], len(pieces[0]), names()
    for number, piece in enumerate(pieces[1:], 2):
        if piece:
            found = message.find(piece, at)
        else:
            found = len(message) if number == len(pieces) else at
        if found < 0:
            return None
        value = message[at:found]
        said += (value if value.strip("'\"`") in known else MARK) + piece
        at = found + len(piece)
    return said + message[at:]
