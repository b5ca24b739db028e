"""Texts that are made where no language is known yet, and said in one later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Translate = Callable[[str], str]


class Words(str):
    """A text of ours with what stands in its braces; as a str it is the original, filled in."""

    text: str
    values: tuple[Any, ...]

    def __new__(cls, text: str, *values: Any) -> Words:
        made = super().__new__(cls, text.format(*values) if values else text)
        made.text, made.values = text, values
        return made

    def said(self, translate: Translate) -> str:
        return filled(translate, self.text, self.values)


def said(text: str, translate: Translate) -> str:
    """The translation of a text of ours; anybody else's text as it is."""
    return text.said(translate) if isinstance(text, Words) else text


def filled(translate: Translate, text: str, values: Iterable[Any]) -> str:
    """The translated text with its values, of which those of ours are translated too."""
    told = [each.said(translate) if isinstance(each, Words) else each for each in values]
    return translate(text).format(*told) if told else translate(text)


def listed(texts: Iterable[str]) -> Words:
    """Several texts with commas between them."""
    given = tuple(texts)
    return Words(", ".join("{" + str(place) + "}" for place in range(len(given))), *given)


def language(translate: Translate) -> str:
    """The language that the words are in, which is not the reader's where there is no translation."""
    return translate("en")
