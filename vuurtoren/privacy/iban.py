"""Find and mask IBANs: exactly one masked form, and no IBAN of a text left readable.

A mistyped IBAN is as personal as a right one ("Invalid IBAN checksum for …" is the most common leak), so the
checksum alone decides nothing. Three tiers, from certain to careful, in every reading of the text:

0. The Dutch shape, with any separators, without a boundary and without a valid checksum.
1. Any country of the registry: its length and structure, and a valid checksum in groups as people write
   them, or a word such as "rekening" nearby.
2. Right after the word IBAN: a country whose length is up to two characters off, or whose structure is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple, cast

from vuurtoren.privacy.iban_registry import (
    IBAN_STRUCTURES,
    SEPA_COUNTRIES,
    SEPA_STRUCTURES,
    bban_structure,
    iban_length,
)
from vuurtoren.privacy.text_folding import Reading, readings

__all__ = [
    "IBAN_STRUCTURES",
    "MASKED_LENGTH",
    "SEPA_COUNTRIES",
    "SEPA_STRUCTURES",
    "FoundIban",
    "bban_structure",
    "find",
    "has_valid_check_digits",
    "has_valid_checksum",
    "iban_length",
    "ibans_in",
    "mask_iban",
    "mask_ibans",
]

MASKED_LENGTH = 12
_LONGEST_SHORT_NUMBER = 8

# all patterns read a folded text in lower case
_CHARACTERS = {"n": "[0-9]", "a": "[a-z]", "c": "[a-z0-9]"}
_GAP = r"[\W_]{0,6}"
_GAPS = re.compile(r"[\W_]+")
_MASKED = re.compile(r"[A-Z0-9]{4}\*{4}[A-Z0-9]{4}|\*{4}[A-Z0-9]{2}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{4}")
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")
_LONGEST_UUID = 36
_HEXADECIMAL = cast("Callable[..., re.Match[str]]", re.compile("[0-9a-f]*").match)
_SHORTEST_HASH, _LONGEST_HASH = 32, 128
_SHORTEST_HEAD = len("be")
_NEARBY = (
    *("iban", "rekening", "account", "bank", "incasso", "mandaat", "mandate", "debtor", "creditor"),
    *("debiteur", "crediteur", "konto", "compte"),
)
_NEARBY_CHARACTERS = 60
_IBAN_WORD_CHARACTERS = 40
_MISTYPED = re.compile(
    r"[a-z]{2} ?[0-9]{2}(?:[a-z0-9]{8,30}(?![a-z0-9])|(?: [a-z0-9]{4}){2,7}(?: [a-z0-9]{1,4})?(?![a-z0-9]))"
)
_WRONG_LENGTH_TOLERANCE = 2
_DIGITS_THAT_NO_WORD_HAS = 10
_LONGEST_IBAN_WITH_GAPS = 34 * 7


def _first_digits() -> re.Pattern[str]:
    """The first check digit: behind the letters of a country, before as many characters as an IBAN has.

    Most texts have far fewer digits than letters, so digits, all written as 0, are looked for first.
    """
    seconds: dict[str, str] = {}
    for country in sorted(map(str.lower, IBAN_STRUCTURES)):
        seconds[country[0]] = seconds.get(country[0], "") + country[1]
    together = "|".join(f"{first}[{second}]" for first, second in seconds.items())
    gaps = [rf"[\W_]{{{count}}}" for count in (1, 2, 3)]
    # a letter there is a quick look, a country is not
    behind_a_gap = "|".join(
        f"(?<=[a-z]{gap}0)(?:(?<=(?:{together}){gap}0)|(?<=[a-z]{gap}[a-z]{gap}0))" for gap in gaps
    )
    head = rf"(?:(?<=[a-z]0)(?<=(?:{together})0)|(?<=[\W_]0)(?:{behind_a_gap}))"
    return re.compile(rf"0(?<!00){head}(?=0[a-z0]{{8}}|{_GAP}0(?:{_GAP}[a-z0]){{8}})")


_FIRST_DIGIT = _first_digits()
_LONGEST_HEAD = 2 + 2 * 3
_HEAD = re.compile(r"([a-z])[\W_]{0,3}([a-z])[\W_]{0,3}\Z")
_COUNTRIES = frozenset(map(str.lower, IBAN_STRUCTURES))
_LETTERS_AS_NUMBERS = {ord("A") + number: str(10 + number) for number in range(26)}


class FoundIban(NamedTuple):
    """Where an IBAN stands in a text (end exclusive), and its characters without separators, upper-case."""

    start: int
    end: int
    compact: str

    @property
    def masked(self) -> str:
        return f"{self.compact[:4]}****{self.compact[-4:]}"


def mask_iban(iban: str | None) -> str:
    """Return the first and last four characters of an IBAN with four stars between, always 12 characters.

    Separators, escapes and case do not matter. Of what has not the shape of an IBAN only the last two
    characters are left, "****00", as of nine digits eight would give the ninth; eight characters or less,
    nothing, and None give "****". What is masked already stays as it is.
    """
    text = str(iban or "").strip()
    if _MASKED.fullmatch(text.upper()):
        return text.upper()
    compact = re.sub(r"[^A-Z0-9]", "", readings(text)[-1].lower.upper())
    if _has_the_shape(compact):
        return f"{compact[:4]}****{compact[-4:]}"
    return f"****{compact[-2:]}" if len(compact) > _LONGEST_SHORT_NUMBER else "****"


def mask_ibans(text: str) -> str:
    """Return the text with every IBAN in it masked."""
    parts, position = [], 0
    for found in find(text):
        parts += [text[position : found.start], found.masked]
        position = found.end
    return "".join([*parts, text[position:]]) if parts else text


def find(text: str) -> list[FoundIban]:
    """Return every IBAN in a free text in order, without overlaps, in time linear in its length."""
    return _without_overlaps(
        [
            FoundIban(*reading.written(found.start, found.end), found.compact)
            for reading in readings(text)
            for found in ibans_in(reading)
        ]
    )


def has_valid_checksum(compact: str) -> bool:
    """Whether an IBAN without separators, upper-case, holds under ISO 7064 mod 97-10."""
    return int((compact[4:] + compact[:4]).translate(_LETTERS_AS_NUMBERS)) % 97 == 1


def has_valid_check_digits(compact: str) -> bool:
    """The same, and the check digits can be computed: 02 to 98 (ISO 13616); 00, 01 and 99 would fit too."""
    return "02" <= compact[2:4] <= "98" and has_valid_checksum(compact)


def ibans_in(reading: Reading) -> Iterator[FoundIban]:
    """Every IBAN in one way of reading a text, in order; the places are those of the folded text."""
    text, lower, taken_until = reading.text, reading.lower, 0
    for digit in reading.finds(_FIRST_DIGIT, reading.shape):
        place = digit.start()
        if place < taken_until:
            continue
        start, country = place - 2, lower[place - 2 : place]
        if country not in _COUNTRIES:
            head = _HEAD.search(lower, max(0, place - _LONGEST_HEAD), place)
            if not head or head[1] + head[2] not in _COUNTRIES:
                continue
            start, country = head.start(), head[1] + head[2]
        if start < taken_until:
            continue
        end = _end(text, lower, start, country.upper(), start == taken_until)
        if end:
            yield FoundIban(start, end, _compact(lower[start:end]))
            # what is guessed to be one may have swallowed the beginning of the next
            taken_until = end if _pattern(country.upper()).match(lower, start, end) else place


def _end(text: str, lower: str, start: int, country: str, begins: bool) -> int | None:
    """Where the IBAN ends that begins here, or None where none does."""
    match = _pattern(country).match(lower, start, start + _LONGEST_IBAN_WITH_GAPS)
    if not match:
        return _end_when_mistyped(lower, start, country)
    written, end = match[0], match.end()
    compact = _compact(written)
    valid = has_valid_checksum(compact)
    if country == "NL":
        # "nl01 disk 2026-11-23 10:15" has the shape; nobody writes an IBAN as a date
        return end if valid or not _DATE.search(written) else None
    if not valid:
        wrong = _begins_a_token(lower, start) and _end_when_wrong(lower, start, end, written)
        return wrong or _end_when_mistyped(lower, start, country)
    if _is_inside_an_identifier(lower, start, end, begins):
        return None
    if _may_stand_anywhere(country, compact):
        return end if _is_grouped_as_written(written) or _is_near_a_bank_word(lower, start, end) else None
    few_gaps = len(_GAPS.findall(written)) <= 1
    if few_gaps and _one_case(text[start:end]) and _is_near_a_bank_word(lower, start, end):
        return end
    if not (_begins_a_token(lower, start) and _ends_a_token(lower, end)):
        return None
    # letters may be anywhere in these: prose and base64 have the shape too
    if _is_grouped_regularly(written):
        alike = written != compact.lower() or _one_case(text[start:end])
        return end if alike or _is_near_a_bank_word(lower, start, end) else None
    return end if _mostly_digits(compact) and _one_case(text[start:end]) else None


def _end_when_wrong(lower: str, start: int, end: int, written: str) -> int | None:
    """Where one with a wrong checksum ends, which only its surroundings tell from other numbers."""
    # the quickest question first
    if not _ends_a_token(lower, end) or not _is_near_a_bank_word(lower, start, end):
        return None
    if not _is_grouped_by_four(written) or _is_inside_an_identifier(lower, start, end, False):
        return None
    return end


def _end_when_mistyped(lower: str, start: int, country: str) -> int | None:
    if lower.find("iban", max(0, start - _IBAN_WORD_CHARACTERS), start) < 0:
        return None
    match = _MISTYPED.match(lower, start, start + _LONGEST_IBAN_WITH_GAPS)
    if not match:
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


def _has_the_shape(compact: str) -> bool:
    country = compact[:2]
    if country not in IBAN_STRUCTURES or not (compact[2:4].isascii() and compact[2:4].isdigit()):
        return False
    return abs(len(compact) - iban_length(country)) <= _WRONG_LENGTH_TOLERANCE


def _compact(written: str) -> str:
    return (written if written.isascii() and written.isalnum() else _GAPS.sub("", written)).upper()


def _is_near_a_bank_word(lower: str, start: int, end: int) -> bool:
    around = lower[max(0, start - _NEARBY_CHARACTERS) : end + _NEARBY_CHARACTERS]
    return any(word in around for word in _NEARBY)


def _may_stand_anywhere(country: str, compact: str) -> bool:
    """Whether so much of it is fixed or digits that a word or a random token never looks like it."""
    digits = sum(map(str.isdigit, compact[4:]))
    return "c" not in IBAN_STRUCTURES[country] or digits >= _DIGITS_THAT_NO_WORD_HAS


def _is_inside_an_identifier(lower: str, start: int, end: int, begins: bool) -> bool:
    """Whether it is a part of a UUID, or of a hash, which has 32 hexadecimal digits or more.

    An IBAN that begins where a hash would begin, or right after another one, is an IBAN.
    """
    rest = _HEXADECIMAL(lower, start, end + _LONGEST_HASH).end() - start
    if rest < _SHORTEST_HEAD:
        return False
    if not begins and start + rest >= end:
        before = _HEXADECIMAL(lower[max(0, start - _LONGEST_HASH) : start][::-1]).end()
        if before and before + rest >= _SHORTEST_HASH:
            return True
    around = max(0, start - _LONGEST_UUID)
    return lower.find("-", around, end + _LONGEST_UUID) >= 0 and any(
        each.start() <= start < each.end() for each in _UUID.finditer(lower, around, end + _LONGEST_UUID)
    )


def _is_grouped_as_written(written: str) -> bool:
    """Whether the groups are those of one number, not of a date and a time that follow a word."""
    if _is_grouped_regularly(written):
        return True
    groups, gaps = _GAPS.split(written), _GAPS.findall(written)
    return not _DATE.search(written) and (len(groups[0]) == 4 or (len(groups) == 2 and gaps[0].isspace()))


def _is_grouped_regularly(written: str) -> bool:
    if written.isalnum() or _is_grouped_by_four(written):
        return True
    groups, gaps = _GAPS.split(written), _GAPS.findall(written)
    same_size = len({len(group) for group in groups[:-1]}) == 1 and len(groups[-1]) <= len(groups[0])
    return same_size and len(set(gaps)) == 1


def _is_grouped_by_four(written: str) -> bool:
    if written.isalnum():
        return True
    groups = _GAPS.split(written)
    if len(groups) > 2 and [len(group) for group in groups[:2]] == [2, 2]:
        groups[:2] = [groups[0] + groups[1]]
    *full_groups, last_group = groups
    return all(len(group) == 4 for group in full_groups) and (not full_groups or len(last_group) <= 4)


def _one_case(written: str) -> bool:
    return written in (written.upper(), written.lower(), written.capitalize())


def _mostly_digits(compact: str) -> bool:
    return 2 * sum(map(str.isdigit, compact)) >= len(compact)


def _begins_a_token(lower: str, start: int) -> bool:
    return not start or not _is_alphanumeric(lower[start - 1]) or lower.endswith("iban", 0, start)


def _ends_a_token(lower: str, end: int) -> bool:
    return not _is_alphanumeric(lower[end : end + 1])


def _is_alphanumeric(character: str) -> bool:
    return character.isascii() and character.isalnum()


@cache
def _pattern(country: str) -> re.Pattern[str]:
    characters = [*country.lower(), "[0-9]", "[0-9]"]
    for count, kind in bban_structure(country):
        characters += [_CHARACTERS[kind]] * count
    return re.compile(_GAP.join(characters))
