"""Sentences of libraries, which know English alone, said in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from vuurtoren.site.words.words import Translate


def in_words(text: str, known: tuple[str, ...], say: Translate) -> str:
    """A text that is one of these sentences with its places filled, so filled again in the words of `say`;
    another text as it is."""
    for sentence, pattern in _patterns(known):
        if found := pattern.fullmatch(text):
            return say(sentence).format(*(in_words(part, known, say) for part in found.groups()))
    return say(text)


@lru_cache(maxsize=8)
def _patterns(known: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    return [(sentence, _pattern(sentence)) for sentence in _the_longest_first(known)]


def _the_longest_first(sentences: Iterable[str]) -> list[str]:
    return sorted(sentences, key=len, reverse=True)


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\d\\\}", "(.+?)", re.escape(sentence)), re.S)
