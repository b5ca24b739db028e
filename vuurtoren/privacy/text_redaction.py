"""Free text without personal data and secrets, in time linear in the length of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from vuurtoren.privacy.iban import ibans_in
from vuurtoren.privacy.numbers_in_text import BSN, CARD, PHONE, numbers_in
from vuurtoren.privacy.secrets_in_text import SECRET, secrets_in
from vuurtoren.privacy.text_folding import Place, Reading, folded_readings

__all__ = [
    "BSN",
    "CARD",
    "CUT",
    "PHONE",
    "SECRET",
    "redact_both_ends",
    "redact_cut",
    "redact_start",
    "redact_text",
]

CUT = "[cut]"
LONGEST_ERROR = 100_000
_LONGEST_PERSONAL_VALUE = 256
_LONGEST_UNBROKEN = 4096
_MOST_ROUNDS = 6
_NEAR = 2000
_SHORT, _MOST_REMEMBERED = 100, 4096
_harmless: set[str] = set()

# one or more: two addresses without a space between are one
_DOMAIN = r"(?:[\w-]+\.)*[^\W\d_][\w-]*"
_MAIL_DOMAIN = re.compile(rf"@(?<=[\w.+\-'%&!#$~]@){_DOMAIN}(?:(@){_DOMAIN})*")
_PERSON_BACKWARDS = re.compile(r"[\w.+\-'%&!#$~]{1,128}")
_MAIL_PUNCTUATION = "._+-'%&!#$~"

_CUT_RANK, _SECRET_RANK, _IBAN_RANK, _NUMBER_RANK, _MAIL_RANK = range(5)
_Found = tuple[int, int, int, str]
"""Where it begins, how much it counts where two overlap (less is more), where it ends, what is shown."""


def redact_text(text: str) -> str:
    """Return the text without anybody's numbers and addresses and without passwords, tokens and keys.

    An IBAN becomes `NL91****4300`, an address `j***@domain`, the rest a word in brackets. Never raises,
    takes time linear in the length, and changes nothing in a text that was redacted before. NUL and lone
    surrogates, which not every database stores, become a replacement character.
    """
    text = str(text)
    if text in _harmless:
        return text
    given = text = _storable(text)
    for _round in range(_MOST_ROUNDS):
        text, marks = _redacted_once(text)
        if not marks:
            break
        # what is left around a mark may be a thing of its own
        near = _near(marks, text)
        if 2 * sum(end - start for start, end in near) < len(text):
            return _with_changes(text, [(start, end, redact_text(text[start:end])) for start, end in near])[0]
    if text == given and len(text) <= _SHORT:
        _remember(text)
    return text


def _remember(harmless: str) -> None:
    """The monitor says the same short things at every tick; only what hides nothing is kept in memory."""
    if len(_harmless) >= _MOST_REMEMBERED:
        _harmless.clear()
    _harmless.add(harmless)


def redact_start(text: str, longest: int) -> str:
    """The redacted text, or its redacted beginning and a mark, of at most about `longest` characters.

    The text is cut before it is redacted, so that no length of it costs more.
    """
    return redact_text(text) if len(text) <= longest else redact_cut(text[:longest]) + CUT


def redact_both_ends(text: str, longest: int = LONGEST_ERROR) -> str:
    """The redacted text, or as much of its beginning as of its end, which says most about an error.

    A guest can make a site log a request of any size.
    """
    if len(text) <= longest:
        return redact_text(text)
    # indented, so that a traceback stays one
    return f"{redact_cut(text[: longest // 2])}\n  {CUT}\n{_redacted_end(text[-longest // 2 :])}"


def redact_cut(text: str) -> str:
    """The redacted beginning of a text whose rest was cut off, without half a secret at its end."""
    # the cut may still leave half an IBAN in groups
    return redact_text(text[: _last_break(text)])[:-_LONGEST_PERSONAL_VALUE]


def _last_break(text: str) -> int:
    """Where the last word of a text begins that was cut anywhere."""
    space = max(text.rfind(space, len(text) - _LONGEST_UNBROKEN) for space in " \n\t")
    return space if space >= 0 else max(0, len(text) - _LONGEST_UNBROKEN)


def _redacted_end(text: str) -> str:
    """The end of a text, redacted, from the first whole line on that no private key reaches into."""
    key_ends = text.find("-----END")
    if 0 <= key_ends and "-----BEGIN" not in text[:key_ends]:
        text = text[key_ends:]
    shown = redact_text(text)
    line = shown.find("\n", _LONGEST_PERSONAL_VALUE, _LONGEST_UNBROKEN)
    return shown[line + 1 if line >= 0 else _LONGEST_UNBROKEN :]


def _storable(text: str) -> str:
    if text.isascii():
        return text.replace("\x00", "\ufffd")
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _redacted_once(text: str) -> tuple[str, list[Place]]:
    """The text with marks, and where those are that are new."""
    as_written = Reading(text)
    found, end = _found_in(as_written), as_written.end
    for reading in folded_readings(text[:end]):
        found += _found_in(reading)
        if reading.end < len(reading.text):
            end = min(end, reading.written(reading.end, reading.end + 1)[0])
    if end < len(text):
        end = max(0, _last_break(text[:end]) - _LONGEST_PERSONAL_VALUE)
        found.append((end, _CUT_RANK, len(text), CUT))
    redacted, marks = _with_changes(text, _without_overlaps(found)) if found else (text, [])
    return redacted, marks if redacted != text else []


def _with_changes(text: str, changes: Iterable[tuple[int, int, str]]) -> tuple[str, list[Place]]:
    """The text with other text at some places in order, and where that is now."""
    parts, places, position, length = [], [], 0, 0
    for start, end, shown in changes:
        parts += [text[position:start], shown]
        length += start - position
        places.append((length, length + len(shown)))
        position, length = end, length + len(shown)
    return "".join([*parts, text[position:]]), places


def _near(marks: list[Place], text: str) -> list[Place]:
    """What stands around the marks, as whole lines where those are short."""
    near: list[Place] = []
    for start, end in marks:
        last = text.find("\n", end + _NEAR, end + 2 * _NEAR)
        last = last if last >= 0 else min(end + _NEAR, len(text))
        first = max(0, start - _NEAR)
        if near and first <= near[-1][1]:
            near[-1] = (near[-1][0], last)
            continue
        line = text.rfind("\n", max(near[-1][1] if near else 0, first - _NEAR), first)
        near.append((line if line >= 0 else first, last))
    return near


def _found_in(reading: Reading) -> list[_Found]:
    """All that must go, with the places of the text as it is written."""
    found = [(start, _SECRET_RANK, end, SECRET) for start, end in secrets_in(reading)]
    found += [(iban.start, _IBAN_RANK, iban.end, iban.masked) for iban in ibans_in(reading)]
    found += [(start, _NUMBER_RANK, end, shown) for start, end, shown in numbers_in(reading)]
    if "@" in reading.text:
        found += [(start, _MAIL_RANK, end, shown) for start, end, shown in _people(reading)]
    return found if reading.is_as_written else [_as_written(reading, each) for each in found]


def _as_written(reading: Reading, found: _Found) -> _Found:
    start, end = reading.written(found[0], found[2])
    return start, found[1], end, found[3]


def _without_overlaps(found: list[_Found]) -> Iterator[tuple[int, int, str]]:
    """What overlaps becomes one: the more secret one, or the longer of two alike, is shown."""
    found.sort()
    start, rank, end, shown = found[0]
    length = end - start
    for next_start, next_rank, next_end, next_shown in found:
        if next_start >= end:
            yield start, end, shown
            start, rank, end, shown = next_start, next_rank, next_end, next_shown
            length = end - start
            continue
        if (next_rank, next_start - next_end) < (rank, -length):
            rank, shown, length = next_rank, next_shown, next_end - next_start
        end = max(end, next_end)
    yield start, end, shown


def _people(reading: Reading) -> Iterator[tuple[int, int, str]]:
    """What stands before the last sign of each e-mail address, and its first character instead."""
    text, floor = reading.text, 0
    for found in reading.finds(_MAIL_DOMAIN, text):
        sign = found.start()
        # what belongs to one domain is nobody's name before the next, or a second pass would mask it
        person = _person(text[max(floor, sign - 128) : sign])
        floor = found.end()
        if person:
            last_sign = found.start(1) if found.lastindex else sign
            yield sign - len(person), last_sign, f"{person[0]}***"


@lru_cache(256)
def _person(before: str) -> str:
    """Whose address it is, at the end of what stands before the sign."""
    person = _PERSON_BACKWARDS.match(before[::-1])
    return person[0][::-1].lstrip(_MAIL_PUNCTUATION) if person else ""
