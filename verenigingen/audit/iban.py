"""Find and mask IBANs: exactly one masked form, and no IBAN of a text left readable.

A mistyped IBAN is as personal as a right one ("Invalid IBAN checksum for …" is the most common leak), so the
checksum alone decides nothing. Three tiers, from certain to careful:

0. The Dutch shape, with any separators, without a boundary and without a valid checksum.
1. Any SEPA country: token start, length and structure of the country, and a valid checksum or a word such as
   "rekening" nearby.
2. Right after the word IBAN: a SEPA country whose length is up to two characters off, or whose structure is.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

MASKED_LENGTH = 12

SEPA_STRUCTURES = {
    "AD": "8n12c",
    "AL": "8n16c",
    "AT": "16n",
    "BE": "12n",
    "BG": "4a6n8c",
    "CH": "5n12c",
    "CY": "8n16c",
    "CZ": "20n",
    "DE": "18n",
    "DK": "14n",
    "EE": "16n",
    "ES": "20n",
    "FI": "14n",
    "FR": "10n11c2n",
    "GB": "4a14n",
    "GI": "4a15c",
    "GR": "7n16c",
    "HR": "17n",
    "HU": "24n",
    "IE": "4a14n",
    "IS": "22n",
    "IT": "1a10n12c",
    "LI": "5n12c",
    "LT": "16n",
    "LU": "3n13c",
    "LV": "4a13c",
    "MC": "10n11c2n",
    "MD": "20c",
    "ME": "18n",
    "MK": "3n10c2n",
    "MT": "4a5n18c",
    "NL": "4a10n",
    "NO": "11n",
    "PL": "24n",
    "PT": "21n",
    "RO": "4a16c",
    "RS": "18n",
    "SE": "20n",
    "SI": "15n",
    "SK": "20n",
    "SM": "1a10n12c",
    "VA": "18n",
}
"""The part after country and check digits, per SEPA country: n digits, a letters, c either (SWIFT)."""

_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_SPACES = r"\s\u00a0\u00ad\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_ENCODED = r"%20|%C2%A0|%2D|&NBSP;|&#160;|&#XA0;|\\U00A0|\\U202F|\\[NRT]"
_ANY_GAP = rf"(?:[{_SPACES}.\-_/,:;+|'\u00b7\u2010-\u2015\u2212]|{_ENCODED}){{0,3}}"
_GAP = rf"(?:[{_SPACES}.\-+\u2010-\u2015\u2212]|{_ENCODED}){{0,2}}"

# all patterns read a text whose ASCII letters are upper-case
_SEPARATORS = re.compile(rf"((?:{_ENCODED}|[^A-Z0-9])+)")
_ENCODED_SEPARATOR = re.compile(_ENCODED, re.IGNORECASE)
_ALREADY_MASKED = re.compile(r"[A-Z0-9]{4}\*{4}[A-Z0-9]{4}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{4}")
_UUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_HEAD = re.compile(rf"([A-Z]{{2}}){_GAP}[0-9]")
_HEAD_BEFORE_A_DIGIT = re.compile(rf"[A-Z]{{2}}{_GAP}\Z")
_LONGEST_HEAD = 2 + 2 * len("%C2%A0")
_GAPS_THAT_END_WITH_A_DIGIT = ("%20", "%C2%A0", "\\U00A0")
_GAP_ENDS = frozenset(" \t\n\r\f\v\x1c\x1d\x1e\x1f.-+;NRTDF")
"""With which ASCII characters a gap may end, encoded ones too."""
_DIGITS = re.compile("[0-9]+")
_TOKEN_START = re.compile(
    r"(?<![A-Z0-9])|(?<=IBAN)|(?<=\\[NRT])|(?<=%[0-9A-F]{2})|(?<=\\U[0-9A-F]{4})|(?<=&NBSP;)|(?<=&#160;)"
)
_NEARBY = re.compile("IBAN|REKENING|ACCOUNT|BANK|INCASSO|MANDAAT|MANDATE|DEBTOR|CREDITOR|DEBITEUR|CREDITEUR")
_NEARBY_CHARACTERS = 60
_IBAN_WORD_CHARACTERS = 40
_MISTYPED = re.compile(
    r"[A-Z]{2} ?[0-9]{2}(?:[A-Z0-9]{8,30}(?![A-Z0-9])|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?(?![A-Z0-9]))"
)
_WRONG_LENGTH_TOLERANCE = 2

_HAS_FULL_WIDTH = re.compile("[\uff10-\uff5a]").search
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)} | {
    wide: ord(chr(wide - 0xFEE0).upper())
    for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
"""ASCII letters and full-width letters and digits to upper-case ASCII, character by character."""


_LETTERS_AS_NUMBERS = {ord("A") + number: str(10 + number) for number in range(26)}


@dataclass(frozen=True)
class FoundIban:
    """Where an IBAN stands in a text (end exclusive), and its characters without separators, upper-case."""

    start: int
    end: int
    compact: str

    @property
    def masked(self) -> str:
        return f"{self.compact[:4]}****{self.compact[-4:]}"


def mask_iban(iban: str | None) -> str:
    """Return the first and last four characters with four stars between, always 12 characters, or "****".

    Separators and case do not matter. Eight characters or less, nothing, and None give "****". An already
    masked IBAN stays as it is.
    """
    text = _upper(str(iban or "").strip())
    if _ALREADY_MASKED.fullmatch(text):
        return text
    compact = re.sub(r"[^A-Z0-9]", "", text)
    return f"{compact[:4]}****{compact[-4:]}" if len(compact) > 8 else "****"


def mask_ibans(text: str) -> str:
    """Return the text with every IBAN in it masked."""
    parts, position = [], 0
    for found in find(text):
        parts += [text[position : found.start], found.masked]
        position = found.end
    return "".join([*parts, text[position:]]) if parts else text


def find(text: str) -> list[FoundIban]:
    """Return every IBAN in a free text in order, without overlaps, in time linear in its length."""
    upper = _upper(text)
    return _without_overlaps([*_dutch(upper), *_of_any_country(text, upper)])


def has_valid_checksum(compact: str) -> bool:
    """Whether an IBAN without separators, upper-case, holds under ISO 7064 mod 97-10."""
    return int((compact[4:] + compact[:4]).translate(_LETTERS_AS_NUMBERS)) % 97 == 1


def iban_length(country: str) -> int:
    """How many characters an IBAN of this SEPA country has."""
    return 4 + sum(count for count, _kind in bban_structure(country))


def bban_structure(country: str) -> list[tuple[int, str]]:
    """Return how many characters of which kind (n, a, c) follow the check digits of this SEPA country."""
    return [(int(count), kind) for count, kind in re.findall(r"(\d+)([nac])", SEPA_STRUCTURES[country])]


def _dutch(upper: str) -> Iterator[FoundIban]:
    for match in _pattern("NL", _ANY_GAP).finditer(upper):
        compact = _compact(match[0])
        # "nl01 disk 2026-11-23 10:15" has the shape; nobody writes an IBAN as a date
        if not _DATE.search(match[0]) or has_valid_checksum(compact):
            yield FoundIban(match.start(), match.end(), compact)


def _of_any_country(text: str, upper: str) -> Iterator[FoundIban]:
    uuids: deque[tuple[int, int]] | None = None
    taken_until = 0
    for start in _heads(upper):
        country = upper[start : start + 2]
        if uuids is None:
            uuids = deque(match.span() for match in _UUID.finditer(upper))
        while uuids and uuids[0][1] <= start:
            uuids.popleft()
        if uuids and uuids[0][0] <= start:
            taken_until = uuids[0][1]
        if start < taken_until or not _TOKEN_START.match(upper, start):
            continue
        end = _end_when_well_formed(text, upper, start, country) or _end_when_mistyped(upper, start, country)
        if end:
            yield FoundIban(start, end, _compact(upper[start:end]))
            taken_until = end


def _heads(upper: str) -> Iterator[int]:
    """Where the letters of a SEPA country stand before a digit. Most texts have far fewer digits than
    letters, so digits are looked for and the letters before them."""
    if any(gap in upper for gap in _GAPS_THAT_END_WITH_A_DIGIT):
        yield from (head.start() for head in _HEAD.finditer(upper) if head[1] in SEPA_STRUCTURES)
        return
    for digits in _DIGITS.finditer(upper):
        end = digits.start()
        if upper[end - 2 : end] in SEPA_STRUCTURES:
            yield end - 2
        elif end and (upper[end - 1] in _GAP_ENDS or not upper[end - 1].isascii()):
            head = _HEAD_BEFORE_A_DIGIT.search(upper, max(0, end - _LONGEST_HEAD), end)
            if head and upper[head.start() : head.start() + 2] in SEPA_STRUCTURES:
                yield head.start()


def _end_when_well_formed(text: str, upper: str, start: int, country: str) -> int | None:
    match = _pattern(country, _GAP).match(upper, start)
    if not match:
        return None
    end, compact = match.end(), _compact(match[0])
    token_ends, grouped = _ends_a_token(upper, end), _is_grouped_by_four(match[0])
    if not has_valid_checksum(compact):
        return end if token_ends and grouped and _is_near_a_bank_word(upper, start, end) else None
    if "c" not in SEPA_STRUCTURES[country]:
        return end
    # letters may be anywhere in these: prose and base64 have the shape too
    regular = grouped or _mostly_digits(compact)
    return end if token_ends and regular and _one_case(text[start:end]) else None


def _end_when_mistyped(upper: str, start: int, country: str) -> int | None:
    match = _MISTYPED.match(upper, start)
    if not match or "IBAN" not in upper[max(0, start - _IBAN_WORD_CHARACTERS) : start]:
        return None
    surplus = len(_compact(match[0])) - iban_length(country)
    if surplus < -_WRONG_LENGTH_TOLERANCE:
        return None
    # what follows in groups of four may be the next words
    return match.end() if surplus <= _WRONG_LENGTH_TOLERANCE else match.end() - surplus


def _without_overlaps(findings: list[FoundIban]) -> list[FoundIban]:
    taken: list[FoundIban] = []
    for found in sorted(findings, key=lambda each: (each.start, -each.end)):
        if not taken or found.start >= taken[-1].end:
            taken.append(found)
        elif found.end > taken[-1].end:
            # two readings of the same characters: hide what either covers
            last = taken[-1]
            taken[-1] = FoundIban(last.start, found.end, last.compact[:4] + found.compact[-4:])
    return taken


def _upper(text: str) -> str:
    upper = text.upper()
    # a few letters grow when they become upper-case, and full-width ones stay full-width
    same_positions = text.isascii() or (len(upper) == len(text) and not _HAS_FULL_WIDTH(text))
    return upper if same_positions else text.translate(_UPPER)


def _compact(written: str) -> str:
    plain = written.replace(" ", "")
    return plain if plain.isascii() and plain.isalnum() else _SEPARATORS.sub("", written)


def _is_near_a_bank_word(upper: str, start: int, end: int) -> bool:
    return bool(_NEARBY.search(upper[max(0, start - _NEARBY_CHARACTERS) : end + _NEARBY_CHARACTERS]))


def _is_grouped_by_four(written: str) -> bool:
    groups_and_gaps = _SEPARATORS.split(written)
    *full_groups, last_group = groups_and_gaps[::2]
    if not full_groups:
        return True
    one_kind_of_gap = len(set(groups_and_gaps[1::2])) == 1
    return one_kind_of_gap and all(len(group) == 4 for group in full_groups) and len(last_group) <= 4


def _one_case(written: str) -> bool:
    written = _ENCODED_SEPARATOR.sub("", written)
    return written in (written.upper(), written.lower())


def _mostly_digits(compact: str) -> bool:
    return 2 * sum(character.isdigit() for character in compact) >= len(compact)


def _ends_a_token(upper: str, end: int) -> bool:
    following = upper[end : end + 1]
    return not (following.isascii() and following.isalnum())


@cache
def _pattern(country: str, gap: str) -> re.Pattern[str]:
    characters = [*country, "[0-9]", "[0-9]"]
    for count, kind in bban_structure(country):
        characters += [_CHARACTERS[kind]] * count
    return re.compile(gap.join(characters), re.ASCII)
