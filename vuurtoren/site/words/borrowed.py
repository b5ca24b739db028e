"""Sentences that are kept without what they are made of, or are a library's, said in the reader's words."""

from __future__ import annotations

import re
from functools import lru_cache

from vuurtoren.site.words.words import Translate


def in_words(text: str, known: tuple[str, ...], say: Translate, heard: Translate = str) -> str:
    """A text that is one of these sentences with its places filled, so filled again in the words of `say`;
    another text as it is. `heard` is the language of the text, where it is not the original one."""
    pairs = tuple((sentence, heard(sentence)) for sentence in known)
    return _again(text, pairs, say)


def _again(text: str, pairs: tuple[tuple[str, str], ...], say: Translate) -> str:
    for sentence, pattern in _patterns(pairs):
        if found := pattern.fullmatch(text):
            return say(sentence).format(*(_again(part, pairs, say) for part in _in_order(sentence, found)))
    return say(text)


def _in_order(sentence: str, found: re.Match[str]) -> list[str]:
    return [found[f"p{place}"] for place in range(sentence.count("{"))]


@lru_cache(maxsize=16)
def _patterns(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, re.Pattern[str]]]:
    longest_first = sorted(pairs, key=lambda pair: len(pair[1]), reverse=True)
    return [(sentence, _pattern(heard)) for sentence, heard in longest_first]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\d)\\\}", r"(?P<p\1>.+?)", re.escape(sentence)), re.S)
