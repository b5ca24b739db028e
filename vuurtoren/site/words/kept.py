"""Sentences that a row keeps as the site says them, beside what they are made of, so that each reader is told
in a language of his own."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from vuurtoren.privacy.redaction import redact_strings
from vuurtoren.privacy.text_redaction import redact_start, redact_text
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, json_object
from vuurtoren.site.values import Row
from vuurtoren.site.words.words import Translate, Words, as_plain, from_plain, said

FIELD = "words"
"""The field of a row with what its sentences are made of, as JSON by the name of their fields."""
_PLACES = re.compile(r"\{[0-9]{1,2}\}")


def kept(site: Site, sentences: Mapping[str, str], longest: int) -> dict[str, str]:
    """The fields of a row: each sentence in the language of the site, of at most about so many characters,
    and what they are made of.

    Of a sentence that hides more in its whole than in its parts the parts are not kept: it stays as it is.
    """
    if site.language() != site.site_language():
        with site.speaking(site.site_language()):
            return kept(site, sentences, longest)
    found = {name: _shown(sentence, site.translate, longest) for name, sentence in sentences.items()}
    made_of = {}
    for name, sentence in sentences.items():
        plain = redact_strings(as_plain(sentence))
        again = said(read(plain), site.translate)
        if isinstance(sentence, Words) and redact_text(again) == again:
            made_of[name] = plain
    return found | {FIELD: json.dumps(made_of, ensure_ascii=False, separators=(",", ":"))}


def told(site: Site, row: Row, names: Collection[str], longest: int) -> Row:
    """The row with these sentences in the language spoken now; in the site's own as they were kept.

    Of an older row, which has nothing of what they are made of, only those are that name nothing.
    """
    if site.language() == site.site_language():
        return row
    found = parts(row)
    return row | {
        name: _shown(found[name], site.translate, longest) if name in found else site.translate(row[name])
        for name in names
        if row.get(name)
    }


def parts(row: Row) -> dict[str, Words]:
    """What the sentences of a row are made of, by field; what nobody of us has written is left out."""
    try:
        stored = json_object(row.get(FIELD))
    except NotReadable:
        return {}
    read_ = {name: read(plain) for name, plain in stored.items()}
    return {name: text for name, text in read_.items() if isinstance(text, Words)}


def read(plain: Any) -> str:
    """A text that `as_plain` left; one that it cannot have left is no `Words`."""
    try:
        return from_plain(plain) if _is_ours(plain) else ""
    except (TypeError, ValueError):  # of a kind that has other values
        return ""


def _is_ours(plain: Any) -> bool:
    if not isinstance(plain, dict):
        return isinstance(plain, str | int | float)
    text, values = plain.get("text"), plain.get("values")
    if not isinstance(text, str) or not isinstance(values, list):
        return False
    has_a_value = all(int(place[1:-1]) < len(values) for place in _PLACES.findall(text))
    return has_a_value and not set("{}") & set(_PLACES.sub("", text)) and all(map(_is_ours, values))


def _shown(text: str, translate: Translate, longest: int) -> str:
    return redact_start(said(text, translate), longest)
