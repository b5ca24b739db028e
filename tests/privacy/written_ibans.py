"""Every way in which people and programs write an account number, and how much of one is left readable."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from vuurtoren.privacy.text_folding import readings

COUNTRIES = ("NL", "BE", "DE", "FR", "GB")

SEPARATORS = {
    **{repr(character): character for character in " .-_/|:;,+*~=#\\'\"`\t\n"},
    **{
        unicodedata.name(character, repr(character)): character
        for character in "\xa0\u202f\u2002\u2003\u2007\u2008\u2009\u200a\u205f\u3000\u1680"
        "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2022\u2043\ufe63\uff0d\u2028\u2029\x85\v\f"
    },
    **{
        f"{text!r}": text for text in ("  ", ", ", " - ", " / ", "\r\n", "\n    ", "\n> ", " | ", "--", "...")
    },
    **{
        text: text
        for text in ("<br>", "<br/>\n", "</b> <b>", "&nbsp;", "&#160;", "&#xa0;", "&#xA0;", "&#32;")
    },
    **{text: text for text in ("&amp;nbsp;", "&ensp;", "&thinsp;", "&#8239;", "&#45;", "&ndash;", "&shy;")},
    **{
        text: text for text in ("%20", "%2520", "%252520", "%C2%A0", "%25C2%25A0", "%2D", "%2d", "%0A", "%A0")
    },
    **{text: text for text in ("%E2%80%AF", "%09", "%0D%0A", "%2E", "%2F", "+", "%2B", "%26nbsp%3B", "%5Cn")},
    **{text: text for text in ("\\u00a0", "\\u202F", "\\xa0", "\\n", "\\t", "\\r\\n", "\\\\n", "\\\\u00a0")},
    **{text: text for text in ("=20", "=C2=A0", "=E2=80=AF", "=2D", "=\n", "=\r\n", "=20=\n", "=C2=A0=\r\n")},
}
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u2066\u180e\u061c\ufe0f\u034f"
ALPHABETS = {
    "full-width": (0xFF10, 0xFF21, 0xFF41),
    "bold": (0x1D7CE, 0x1D400, 0x1D41A),
    "sans-serif": (0x1D7E2, 0x1D5A0, 0x1D5BA),
    "monospace": (0x1D7F6, 0x1D670, 0x1D68A),
    "double-struck digits": (0x1D7D8, 0x41, 0x61),
    "Arabic digits": (0x660, 0x41, 0x61),
    "Devanagari digits": (0x966, 0x41, 0x61),
    "superscript digits": (None, 0x41, 0x61),
    "circled": (None, 0x24B6, 0x24D0),
}
_LONE_DIGITS = {
    "superscript digits": "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079",
    "circled": "\u24ea\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467\u2468",
}

CONTEXTS: dict[str, Callable[[str], str]] = {
    "a sentence": "Het lid betaalt met {}, zegt de bank.".format,
    "JSON": lambda form: json.dumps({"name": "LID-1", "debtor": form, "amount": 25}),
    "an address": lambda form: f"GET /api/x?name=LID-1&debtor={quote(form)}&amount=25 200",
}


def grouped(iban: str, separator: str, size: int = 4) -> str:
    return separator.join(iban[start : start + size] for start in range(0, len(iban), size))


def written_forms(iban: str) -> Iterator[tuple[str, str]]:
    """Named forms of one IBAN, without what stands around it."""
    spaced = grouped(iban, " ")
    yield from {
        "plain": iban,
        "lower case": iban.lower(),
        "capitalised": iban.capitalize(),
        "mixed case": "".join(c.lower() if place % 2 else c for place, c in enumerate(iban)),
        "grouped in lower case": spaced.lower(),
        "grouped in mixed case": spaced.title(),
    }.items()
    for name, separator in SEPARATORS.items():
        yield f"groups with {name} between", grouped(iban, separator)
    for character in INVISIBLE:
        yield f"groups with {character!a} between", grouped(iban, character)
        yield f"{character!a} in the middle", iban[:9] + character + iban[9:]
    for opening, closing in ("()", "[]", "{}", "<>", '""', "''", "\u00ab\u00bb", "**"):
        yield (
            f"groups in {opening}{closing}",
            grouped(f"{iban}", f"{closing}{opening}").join((opening, closing)),
        )
        yield f"apart in {opening}{closing}", opening + grouped(iban, f"{closing} {opening}") + closing
    for name, alphabet in ALPHABETS.items():
        yield f"in {name}", styled(iban, name, alphabet)
        yield f"grouped in {name}", styled(spaced, name, alphabet)
    for size in (1, 2, 3):
        yield f"groups of {size}", grouped(iban, " ", size)
        yield f"groups of {size} with dots", grouped(iban, ".", size)
    for glued in ("1", "31", "x", "IBAN", "iban:", "IBAN+", "?31", "%3D", "ABNANL2A", "\u00e9", "_"):
        yield f"glued after {glued}", glued + iban
    for glued in ("x", "EUR", "_1", "%20", "\u00e9"):
        yield f"before {glued}", iban + glued
    yield "country, check digits, groups", f"{iban[:2]} {iban[2:4]} {grouped(iban[4:], ' ')}"
    yield "check digits, then all", f"{iban[:4]} {iban[4:]}"
    yield "bank, then account", f"{iban[:4]} {iban[4:8]} {iban[8:]}"
    yield "a line break inside", f"{iban[:11]}\n{iban[11:]}"
    yield "a soft break of a mail inside", f"{iban[:11]}=\n{iban[11:]}"
    yield "percent-encoded whole", "".join(f"%{ord(character):02X}" for character in iban)
    yield "percent-encoded twice", quote(quote(grouped(iban, "\u00a0")))
    yield "numeric entities", "".join(f"&#{ord(character)};" for character in iban)
    yield "hexadecimal entities", "".join(f"&#x{ord(character):x};" for character in iban)
    yield "escapes", "".join(f"\\u{ord(character):04x}" for character in iban)
    yield "short escapes", "".join(f"\\x{ord(character):02x}" for character in iban)
    yield "JSON in JSON", json.dumps(json.dumps(grouped(iban, "\u00a0")))
    yield "JSON in an address", quote(json.dumps(grouped(iban, "\u202f")))
    yield "an address in JSON", json.dumps(quote(grouped(iban, "\u00a0")))
    yield "an entity in an address", quote(html.escape(grouped(iban, "&nbsp;")))


def styled(text: str, name: str, alphabet: tuple[int | None, int, int]) -> str:
    digits, capitals, small = alphabet
    result = ""
    for character in text:
        if character.isdigit():
            result += chr(digits + int(character)) if digits else _LONE_DIGITS[name][int(character)]
        elif character.isupper():
            result += chr(capitals + ord(character) - ord("A"))
        else:
            result += chr(small + ord(character) - ord("a")) if character.islower() else character
    return result


def written(iban: str) -> Iterator[tuple[str, str]]:
    """Every form in every context, each with its name."""
    for form, text in written_forms(iban):
        for context, around in CONTEXTS.items():
            yield f"{form}, in {context}", around(text)


def is_readable(iban: str, shown: str) -> bool:
    """Whether five of its characters in a row beyond the first and the last four can be made out."""
    hidden = iban[4:-4]
    pieces = {iban[start : start + 6] for start in range(len(iban) - 5)} | {hidden}
    seen = {_bare(reading.text) for reading in readings(shown)} | {_bare(unquote(unquote(shown)))}
    return any(piece in text for text in seen for piece in pieces)


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", html.unescape(text)).upper()
    return re.sub("[^A-Z0-9?]", "", folded.replace("?", "").replace("****", "?"))
