"""Texts that are made where no language is known yet, and said in one later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

Translate = Callable[[str], str]


class Words(str):
    """A text of ours with what stands in its braces; as a str it is the original, filled in.

    A `kind` of it says its values in its own way.
    """

    text: str
    values: tuple[Any, ...]
    kind = ""
    kinds: ClassVar[dict[str, type[Words]]] = {}

    def __init_subclass__(cls, kind: str) -> None:
        cls.kind = kind
        Words.kinds[kind] = cls

    def __new__(cls, text: str, *values: Any) -> Words:
        values = tuple(reason(each) if isinstance(each, BaseException) else each for each in values)
        made = super().__new__(cls, text.format(*values) if values else text)
        made.text, made.values = text, values
        return made

    @classmethod
    def _made(cls, text: str, *values: Any) -> Any:
        """One of a kind that says its values in its own way."""
        made = super().__new__(cls, text)
        made.text, made.values = text, values
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        """So that a copy has the values too; one of a kind is made from them alone."""
        return self.values if self.kind else (self.text, *self.values)

    def said(self, translate: Translate) -> str:
        return filled(translate, self.text, self.values)


def reason(error: BaseException) -> str:
    """What an error says, still to be said in a language where it was raised with `Words`."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Words) and str(first) == str(error) else str(error)


def as_plain(text: object) -> Any:
    """What can be kept as JSON, so that `from_plain` can say it in another language later."""
    if not isinstance(text, Words):
        return str(text)
    kept = [each if isinstance(each, int | float) else as_plain(each) for each in text.values]
    return {"text": text.text, "values": kept} | ({"kind": text.kind} if text.kind else {})


def from_plain(kept: Any) -> str:
    """The text that `as_plain` made it from; any other text as it is.

    Raises TypeError, ValueError or IndexError where the values are not those of the text.
    """
    if not isinstance(kept, dict) or not isinstance(kept.get("values"), list):
        return str(kept)
    values: list[Any] = [
        each if isinstance(each, int | float) else from_plain(each) for each in kept["values"]
    ]
    if kind := Words.kinds.get(str(kept.get("kind"))):
        return kind(*values)
    return Words(str(kept.get("text")), *values)


def as_words(text: str) -> Words:
    """A text of ours, to be said in a language later."""
    return text if isinstance(text, Words) else Words(text)


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


def lines(texts: Iterable[str]) -> Words:
    """Several texts, a line each."""
    given = tuple(texts)
    return Words("\n".join("{" + str(place) + "}" for place in range(len(given))), *given)


def language(translate: Translate) -> str:
    """The language that the words are in, which is not the reader's where there is no translation."""
    return translate("en")
