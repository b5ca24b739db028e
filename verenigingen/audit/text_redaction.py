"""Free text without personal data and secrets; every pattern takes time linear in the length of the text."""

from __future__ import annotations

import re

from verenigingen.audit.iban import mask_ibans

SECRET = "[secret]"
PHONE = "[phone]"
BSN = "[bsn]"

_TOKENS = (
    # each with what a lower-case text must hold for it to be worth looking
    (
        "authorization",
        re.compile(
            r"(?i)(\bauthorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?:basic|token|bearer)\s{1,3})?)"
            r"(?!\[secret\]|(?:basic|token|bearer)\s)[^\s\"',;]+"
        ),
    ),
    ("bearer", re.compile(r"(?i)(\bbearer\s{1,3})[A-Z0-9._~+/=-]{8,}")),
    ("eyj", re.compile(r"eyJ(?<![\w.-]eyJ)()[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")),
    ("live_", re.compile(r"live_(?<![A-Za-z0-9]live_)()[A-Za-z0-9]{30,}")),
    ("test_", re.compile(r"test_(?<![A-Za-z0-9]test_)()[A-Za-z0-9]{30,}")),
    ("access_", re.compile(r"access_(?<![A-Za-z0-9]access_)()[A-Za-z0-9]{30,}")),
    ("://", re.compile(r"(://[^\s:/@]{0,64}:)[^\s@/]{1,256}(?=@)")),
)
# looked for from its sign on, of which there are fewer than of letters that a name may begin with
_SECRET_NAMES = (
    *("password", "passwd", "secret", "token", "credentials"),
    *(f"{kind}{dash}key" for kind in ("api", "secret", "private", "encryption") for dash in ("", "_", "-")),
)
_SHORT_SECRET_NAMES = ("pwd", "csrf", "sid")
_IN_SECRET_NAMES = ("password", "passwd", "secret", "token", "credentials", "key", *_SHORT_SECRET_NAMES)
_SIGN = re.compile("[=:]")
_BEFORE_A_SIGN = re.compile(r"(?:\\?[\"'])?\s{0,3}\Z")
_LONGEST_BEFORE_A_SIGN = 5
_BEFORE_A_QUOTE = re.compile(r"\s{0,3}[bf]?(?=\\?[\"'])")
_QUOTED_VALUE = re.compile(
    r"(?P<escaped>\\\")(?:[^\"\\\n]|\\[^\"])+|\"(?:[^\"\\\n]|\\.)+|'(?:[^'\\\n]|\\.)+",
)
_BARE_VALUE = re.compile(r"(?!\[secret\])[^\s\"'&;,)\]}\\]+")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[^-]*")

# one or more: two addresses without a space between are one
_MAIL_DOMAIN = re.compile(r"(?:((?:@|%40|&#64;)(?:[\w-]+\.)*[^\W\d_][\w-]*))+")
_MAIL_SIGNS = ("@", "%40", "&#64;")
_MAIL_PUNCTUATION = "._+-'%&!#$~"

_PHONE = re.compile(
    r"[+0(](?<![0-9A-Za-z_/.,+-].)"
    # 06-11-2026 10:15 is a time
    r"(?!6[-./ ][0-9]{2}[-./ ][0-9]{4})"
    r"(?:(?<=\+)[1-9](?:[ .()-]{0,3}[0-9]){8,13}"
    r"|(?<=0)031(?:[ .()-]{0,3}[0-9]){9,10}"
    r"|(?<=0)6(?:[ .-]{0,3}[0-9]){8}"
    r"|(?<=\()0[1-9][0-9]{1,2}\)[ -]{0,3}[0-9](?: ?[0-9]){5,6}"
    r"|(?<=0)[1-9][0-9][ -]{1,3}[0-9](?: ?[0-9]){6}"
    r"|(?<=0)[1-9][0-9]{2}[ -]{1,3}[0-9](?: ?[0-9]){5})"
    r"(?![0-9A-Za-z_])"
)

_BSN = re.compile(r"(?<![0-9A-Za-z])[0-9]{3,4}[. ]?[0-9]{2}[. ]?[0-9]{3}(?![0-9A-Za-z])")
_BSN_WORDS = ("bsn", "burgerservicenummer", "sofi", "social security", "citizen service number")
_BSN_WORD_CHARACTERS = 60
_BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def redact_text(text: str) -> str:
    """Return the text without IBANs, e-mail addresses, phone numbers, citizen numbers, tokens and keys.

    An IBAN becomes `NL91****4300`, an address `j***@domain`, the rest a word in brackets. Never raises,
    takes time linear in the length, and changes nothing in a text that was redacted before. NUL and lone
    surrogates, which not every database stores, become a replacement character.
    """
    text = _hide_secrets(_storable(str(text)))
    text = mask_ibans(text)
    if _has_any(text, _MAIL_SIGNS):
        text = _mask_mail_addresses(text)
    text = _PHONE.sub(PHONE, text)
    return _BSN.sub(_hide_citizen_number, text) if _has_any(text.lower(), _BSN_WORDS) else text


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _hide_secrets(text: str) -> str:
    lower = _lower(text)
    for sign, pattern in _TOKENS:
        if sign in lower:
            text = pattern.sub(rf"\1{SECRET}", text)
    return _PRIVATE_KEY.sub(rf"\1{SECRET}", _hide_named_secrets(text))


def _hide_named_secrets(text: str) -> str:
    parts, position, lower = [], 0, _lower(text)
    signs = _SIGN.finditer(lower) if _has_any(lower, _IN_SECRET_NAMES) else ()
    for sign in signs:
        before = _BEFORE_A_SIGN.search(lower, max(0, sign.start() - _LONGEST_BEFORE_A_SIGN), sign.start())
        if not before or not _ends_with_a_secret_name(lower, before.start()):
            continue
        quoted = _BEFORE_A_QUOTE.match(lower, sign.end())
        value = _QUOTED_VALUE.match(text, quoted.end()) if quoted else None
        if not value and sign[0] == "=" and not before[0][-1:].isspace():
            value = _BARE_VALUE.match(text, sign.end())
        if value and value.start() >= position and any(character.isalnum() for character in value[0]):
            quote = re.match(r"\\?[\"']?", value[0])
            parts += [text[position : value.start()], quote[0] if quote else "", SECRET]
            position = value.end()
    return "".join([*parts, text[position:]]) if parts else text


def _ends_with_a_secret_name(lower: str, end: int) -> bool:
    if lower.endswith(_SECRET_NAMES, 0, end):
        return True
    for name in _SHORT_SECRET_NAMES:
        if lower.endswith(name, 0, end):
            start = end - len(name)
            before = lower[max(0, start - 1) : start]
            return not (before.isascii() and before.isalnum())
    return False


def _lower(text: str) -> str:
    """Lower-case with every character where it was: only the dotted capital I grows."""
    return text.replace("\u0130", "I").lower()


def _has_any(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _mask_mail_addresses(text: str) -> str:
    parts, position, floor = [], 0, 0
    for match in _MAIL_DOMAIN.finditer(text):
        start = match.start()
        # what belongs to one domain is nobody's name before the next, or a second pass would mask it
        while start > floor and (text[start - 1].isalnum() or text[start - 1] in _MAIL_PUNCTUATION):
            start -= 1
        person = text[start : match.start()].lstrip(_MAIL_PUNCTUATION)
        if person:
            parts += [text[position : match.start() - len(person)], f"{person[0]}***{match[1]}"]
            position = match.end()
        floor = match.end()
    return "".join([*parts, text[position:]]) if parts else text


def _hide_citizen_number(match: re.Match[str]) -> str:
    digits = re.sub("[^0-9]", "", match[0]).zfill(9)
    nearby = match.string[max(0, match.start() - _BSN_WORD_CHARACTERS) : match.end() + _BSN_WORD_CHARACTERS]
    return BSN if _passes_the_eleven_test(digits) and _has_any(nearby.lower(), _BSN_WORDS) else match[0]


def _passes_the_eleven_test(digits: str) -> bool:
    return sum(weight * int(digit) for weight, digit in zip(_BSN_WEIGHTS, digits, strict=True)) % 11 == 0
