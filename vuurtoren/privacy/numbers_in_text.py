"""Numbers of people in a text: telephones, payment cards, accounts without an IBAN, citizen numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vuurtoren.privacy.text_folding import Place, Reading

PHONE = "[phone]"
CARD = "[card]"
BSN = "[bsn]"

FoundNumber = tuple[int, int, str]
"""Where it stands (end exclusive), and what is shown instead."""

_SEVEN_DIGITS = re.compile(r"0(?<!00)(?=(?:[\W_]{0,5}0){6})0*(?:[\W_]{1,5}0+)*")
"""Whatever is a number of somebody has the shape of one of these, but for a bracket and a plus before it."""
_BEFORE_THE_DIGITS, _BEHIND_THE_DIGITS = 2, 3
_FEWEST_OF_A_CARD = 13

# ---- telephones
_PHONE = re.compile(
    r"[+0(](?=[0+]?[1-9])(?<![0-9A-Za-z_/+-].)(?<![^A-Za-z][.].)(?<![0-9],.)(?=(?:[ .()/_+-]{0,5}[0-9]){7})"
    # 06-11-2026 10:15 is a time
    r"(?![0-9][-./ ][0-9]{1,2}[-./ ](?:19|20)[0-9]{2}(?![0-9]))"
    r"(?!(?<=[0-9][-./ ].)[0-9][-./ ](?:19|20)[0-9]{2}(?![0-9]))(?:"
    r"(?<=\+)[1-9](?:[ .()/_-]{0,3}[0-9]){8,13}"
    r"|(?<=\()(?:\+[1-9][0-9]{0,2}\)(?:[ .()/-]{0,3}[0-9]){7,11}|0[1-9][0-9]{0,3}\)(?:[ ./-]{0,3}[0-9]){5,9})"
    r"|(?<=0)(?:0(?:31|32|49|33|352|44)(?:[ .()/-]{0,3}[0-9]){8,11}"
    r"|6(?:[ ./_-]{0,3}[0-9]){8}"
    r"|8[4-8](?:[ ./-]{0,3}[0-9]){7}"
    r"|[1-9](?:[0-9][ /_-]{1,3}[0-9](?:[ .]?[0-9]){6,8}|[0-9]{2}[ /_-]{1,3}[0-9](?:[ .]?[0-9]){5,8})"
    r"|[2-9][ /-]{1,3}[0-9]{3}(?:[ .][0-9]{2}){2}"
    r"|[1-9][0-9]{0,2}/[0-9]{2,3}(?:\.[0-9]{2}){2}|800/[0-9]{2}\.[0-9]{3}"
    r"|4[5-9][0-9][ ./-]{0,3}[0-9](?:[ .]?[0-9]){5}"
    r"|1[567][0-9]{1,2}[ ./-]{0,3}[0-9](?:[ .]?[0-9]){6,8}"
    r"|[89]00(?:[ ./-]{1,3}[0-9](?:[ ]?[0-9]){3,6}|[0-9]{7})"
    r"|[1-9][0-9]{8}))"
    r"(?![0-9A-Za-z_])(?!-[0-9])"
)
_PHONE_NEAR_A_WORD = re.compile(
    r"[034](?<![0-9A-Za-z_+-].)(?<![^A-Za-z][.].)(?:(?<=0)[1-9][0-9]{6,10}|(?:(?<=3)[12]|(?<=4)9)[1-9][0-9]{8,9}"
    # "089/12 34 56", "0 30 / 12 34 56-0"; 05-11-2026 is a date, 09.15 a time
    r"|(?![0-9][-./ ][0-9]{1,2}[-./ ](?:19|20)?[0-9]{2}(?![0-9]))(?![0-9]\.[0-5][0-9](?![0-9.]))"
    r"(?<=0) ?[1-9][0-9]{0,4}(?:[ ./-]{0,3}[0-9]){5,10}(?:-[0-9]{1,4})?)(?![0-9A-Za-z_])"
)
_PHONE_WITHOUT_ZERO = re.compile(
    r"[1-9](?<![0-9A-Za-z_,/+-].)(?:[ .-]?[0-9]){8}(?![0-9A-Za-z_])(?![.,-][0-9])"
)
"""What is left where somebody, or a spreadsheet, dropped the first zero: told only right behind a word."""
_PHONE_RIGHT_BEFORE = re.compile(
    r"(?:\btel|tele?foon|telephone|telefon|phone|mobiel|mobile|\bmob|gsm|handy|whatsapp|\bsms|\bfax)"
    r"[ _-]?(?:nummer|number|nr|no)?[\"']?[ \t.:=(]{0,4}[\"']?(?:(?:is|was) )?\Z"
)
_PHONE_WORDS = re.compile(
    r"tel(?![a-z])|tele?foon|telephone|telefon|phone|mobiel|mobile|gsm|\bbel(?:len|t)?\b|\bcall|\bfax|handy|whatsapp"
    r"|wa\.me|\bsms\b|\bmob\b|nummer|number|contact|bereik"
)
_PARTS_OF_PHONE_WORDS = (
    *("tel", "phone", "mob", "gsm", "bel", "call", "fax", "handy", "whatsapp", "wa.me", "sms", "nummer"),
    *("number", "contact", "bereik"),
)
"""Each word above holds one."""
_PHONE_WORD_CHARACTERS = 40
_ISBN_CHARACTERS = 20
_GROUPS_OF_FOUR = re.compile("[0-9]{4}(?: [0-9]{4}){0,4}(?: [0-9]{1,4})?")
_REFERENCE_BEFORE = re.compile(r"(?<![a-z0-9])rf[0-9]{2}(?: [0-9a-z]{4}){0,4} \Z")
_LONGEST_REFERENCE = 32
_PLAIN_TEN_DIGITS = re.compile("0[0-9]{9}")

# ---- payment cards
_CARD = re.compile(
    # "kaart-4111…" is a card, a part of a longer number is none
    r"[2-6](?:(?<![0-9A-Za-z_,/+].)(?<![^A-Za-z][.-].)|(?<=pan.)|(?<=card.)|(?<=kaart.)|(?<=pan_.)|(?<=card_.)"
    r"|(?<=number.)|(?<=number_.)|(?<=nummer.)|(?<=visa.)|(?<=visa_.)|(?<=kaart_.))(?:"
    r"[0-9]{12,18}"
    r"|[0-9]{3}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}"
    r"|[0-9]{3}([ -])[0-9]{6}\2[0-9]{4,6})"
    r"(?![0-9A-Za-z_])(?![.,-][0-9])"
)
_CARD_PREFIX = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})$"
    r"|(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)[0-9]*$(?<=^[0-9]{16})"
    r"|3[47][0-9]{13}$"
    r"|(?:30[0-5]|36|38|39)[0-9]*$(?<=^[0-9]{14})"
    r"|(?:6011|64[4-9]|65|62)[0-9]*$(?<=[0-9]{16})"
    r"|35(?:2[89]|[3-8][0-9])[0-9]*$(?<=^[0-9]{16})"
    r"|(?:5018|5020|5038|5893|6304|6703|6759|676[1-3])[0-9]{9,15}$"
)

# ---- accounts
_ACCOUNT = re.compile(
    r"[0-9](?<![0-9A-Za-z.,/+].)(?:(?<![_-].)|(?<=rekening[_-].)|(?<=nummer[_-].)|(?<=account[_-].))(?:[0-9]{6,17}|[0-9](?:\.[0-9]{2}){2}\.[0-9]{3}|[0-9]{3}(?:\.[0-9]{2}){3}"
    r"|[0-9]{2}-[0-9]{7}-[0-9]{2}|[0-9]{1,3}(?: [0-9]{2,4}){2,4})(?![0-9A-Za-z_])(?![.,-][0-9])"
)
_PARTS_OF_ACCOUNT_WORDS = ("rek", "acc", "konto", "giro", "ban", "compte")
"""Each word of `_WORD_BEFORE` and `_WORD_BEHIND` holds one."""
_WORD_BEFORE = re.compile(
    r"(?:rekening|account|konto|giro|\brek\.|reknr|rek nr|bban|iban|compte|acct)"
    r"(?![a-z_]{0,12}[\"']?[:=]\s?[\"']?[a-z])"
    r"[^0-9\n,;{}|]{0,30}\Z"
    # on a line of its own below the word
    r"|(?:rekening|account|konto|giro|bban)(?:nummer|nr|number|no)?[ .:=]{0,3}\n[ \t]{0,12}\Z"
    # what was hidden was one, so the other is one too
    r"|\*{4}[0-9]{0,2} (?:naar|to|and|en|nach|und) \Z"
)
_ACCOUNT_WITH_LETTERS = re.compile(
    # without its country and check digits, or of the Dutch giro bank
    r"(?:bban[\W_]{0,5}(?:(?:is|was) )?([a-z]{4}(?:[ .-]?[0-9]){8,20})"
    r"|giro(?:rekening|nummer|nr)?[\W_]{0,5}(p[ .]?[0-9](?:[ .]?[0-9]){2,6}))(?![a-z0-9_])"
)
_WORD_BEHIND = re.compile(
    r"[\s(\[=:,-]{0,4}(?:(?:is|als|op|as)\s)?(?:de |het |the |my |mijn )?"
    r"(?:bank)?(?:rekening|account|konto|giro)"
)
_ACCOUNT_WORD_CHARACTERS = 48

# ---- citizen service numbers
_BSN = re.compile(r"[0-9](?<![0-9A-Za-z].)[0-9]{2,3}[. ]?[0-9]{2}[. ]?[0-9]{3}(?![0-9A-Za-z])")
_BSN_WORDS = ("bsn", "burgerservicenummer", "sofi", "social security", "citizen service number")
_BSN_WORD_CHARACTERS = 60
_BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def numbers_in(reading: Reading) -> Iterator[FoundNumber]:
    """Every number of a person in one reading of a text."""
    places = [
        (max(0, found.start() - _BEFORE_THE_DIGITS), found.end() + _BEHIND_THE_DIGITS)
        for found in reading.finds(_SEVEN_DIGITS, reading.shape)
    ]
    if not places:
        return
    yield from _phones(reading, places)
    long_enough = [each for each in places if each[1] - each[0] >= _FEWEST_OF_A_CARD + _BEHIND_THE_DIGITS]
    if long_enough:
        yield from _cards(reading, long_enough)
    yield from _accounts(reading, places)
    yield from _citizen_numbers(reading, places)


def _phones(reading: Reading, places: list[Place]) -> Iterator[FoundNumber]:
    lower = reading.lower
    for found in reading.finds(_PHONE, lower, places):
        if not _is_an_isbn(found, lower) and not _is_of_a_reference(found, lower):
            yield found.start(), found.end(), PHONE
    near_a_word = reading.finds(_PHONE_NEAR_A_WORD, lower, places)
    if near_a_word and any(part in lower for part in _PARTS_OF_PHONE_WORDS):
        for found in near_a_word:
            if _is_near_a_phone_word(lower, found.start()):
                yield found.start(), found.end(), PHONE
    for found in reading.finds(_PHONE_WITHOUT_ZERO, lower, places):
        if _PHONE_RIGHT_BEFORE.search(lower, max(0, found.start() - _PHONE_WORD_CHARACTERS), found.start()):
            yield found.start(), found.end(), PHONE


def _cards(reading: Reading, places: list[Place]) -> Iterator[FoundNumber]:
    for found in reading.finds(_CARD, reading.lower, places):
        digits = _digits(found[0])
        if _CARD_PREFIX.match(digits) and _passes_luhn(digits):
            yield found.start(), found.end(), CARD


def _is_near_a_phone_word(lower: str, start: int) -> bool:
    return _ends_near_a_phone_word(lower[max(0, start - _PHONE_WORD_CHARACTERS - 1) : start])


@lru_cache(256)
def _ends_near_a_phone_word(before: str) -> bool:
    """Once for a text that repeats itself; the first character only says whether a word begins behind it."""
    return bool(_PHONE_WORDS.search(before, max(0, len(before) - _PHONE_WORD_CHARACTERS)))


def _is_an_isbn(found: re.Match[str], lower: str) -> bool:
    """Whether ten digits are rather a book: a word before them says so, or no word and they fit one."""
    digits, start = found[0], found.start()
    if not _PLAIN_TEN_DIGITS.fullmatch(digits):
        return False
    if "isbn" in lower[max(0, start - _ISBN_CHARACTERS) : start]:
        return True
    if _is_near_a_phone_word(lower, start):
        return False
    return sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11 == 0


def _is_of_a_reference(found: re.Match[str], lower: str) -> bool:
    """Whether the digits are groups of a creditor reference (ISO 11649): "RF22 0800 2257"."""
    if not _GROUPS_OF_FOUR.fullmatch(found[0]):
        return False
    start = found.start()
    return _REFERENCE_BEFORE.search(lower, max(0, start - _LONGEST_REFERENCE), start) is not None


def _accounts(reading: Reading, places: list[Place]) -> Iterator[FoundNumber]:
    lower = reading.lower
    if not any(part in lower for part in _PARTS_OF_ACCOUNT_WORDS):
        return
    if "bban" in lower or "giro" in lower:
        for found in reading.finds(_ACCOUNT_WITH_LETTERS, lower):
            start, end = found.span(found.lastindex or 0)
            yield start, end, "****"
    for found in reading.finds(_ACCOUNT, lower, places):
        start, end = found.span()
        before = _WORD_BEFORE.search(lower, max(0, start - _ACCOUNT_WORD_CHARACTERS), start)
        if before or _WORD_BEHIND.match(lower, end, end + _ACCOUNT_WORD_CHARACTERS):
            digits = _digits(found[0])
            if len(digits) >= 7:
                yield start, end, f"****{digits[-2:]}" if len(digits) > 8 else "****"


def _citizen_numbers(reading: Reading, places: list[Place]) -> Iterator[FoundNumber]:
    lower = reading.lower
    if not any(word in lower for word in _BSN_WORDS):
        return
    for found in reading.finds(_BSN, lower, places):
        around = lower[max(0, found.start() - _BSN_WORD_CHARACTERS) : found.end() + _BSN_WORD_CHARACTERS]
        if _passes_the_eleven_test(_digits(found[0]).zfill(9)) and any(word in around for word in _BSN_WORDS):
            yield found.start(), found.end(), BSN


def _digits(written: str) -> str:
    return re.sub("[^0-9]", "", written)


def _passes_the_eleven_test(digits: str) -> bool:
    return sum(weight * int(digit) for weight, digit in zip(_BSN_WEIGHTS, digits, strict=True)) % 11 == 0


def _passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled, the sum is a multiple of ten."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0
