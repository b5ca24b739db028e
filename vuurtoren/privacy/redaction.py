"""Nobody's personal data and no secret leaves in clear: redaction of free text and of nested values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from vuurtoren.privacy.iban import mask_iban
from vuurtoren.privacy.secret_words import endings, names_a_secret, words
from vuurtoren.privacy.text_redaction import (
    BSN,
    CARD,
    CUT,
    PHONE,
    SECRET,
    redact_both_ends,
    redact_cut,
    redact_start,
    redact_text,
)

__all__ = [
    "holds_personal_data",
    "redact",
    "redact_both_ends",
    "redact_cut",
    "redact_start",
    "redact_strings",
    "redact_text",
]

HIDDEN = "[redacted]"
TOO_DEEP = "[deeper levels left out]"

MAX_DEPTH = 8
MAX_BYTES = 32 * 1024
_MAX_KEY_CHARACTERS = 140
_LONGEST_MASKED_VALUE = 1024
_SMALLEST_CARD = 10**12
_ROOM_FOR_ONE_KEY_AND_THE_MARKS = 2048

_PERSONAL_KEYS = {
    *("bsn", "burgerservicenummer", "phone", "mobile", "telephone", "telefoon", "telefoonnummer", "mobiel"),
    *("gsm", "cardnumber", "creditcard"),
}
_IBAN_KEYS = {
    "accountnumber",
    "accountno",
    "accountnr",
    "bankaccount",
    "konto",
    "kontonummer",
    "giro",
    "bban",
}
_IBAN_ENDINGS = ("iban", "rekening", "rekeningnummer", "rekeningnr", "gironummer", "bankaccount")
_MAIL_KEYS = {"email", "emailaddress"}
_SENSITIVE_KEYS = {"bic", "accountholder", "accountholdername", "bankaccountname"}

_MARKS = "|".join(map(re.escape, (SECRET, PHONE, CARD, BSN, HIDDEN)))
_MARK = re.compile(_MARKS)
_TRACE_OF_REDACTION = re.compile(r"\*{4}[A-Z0-9]{2}|\*\*\*(?:@|%40|&#64;)|" + _MARKS)


def redact(value: Any) -> Any:
    """Return a copy fit to be stored and shown, of dict, list, str, int, bool and None only.

    Values under keys that name a secret or something personal are hidden at any depth, all text goes through
    `redact_text`, floats and Decimals become decimal strings, times ISO text. Below 8 levels and above 32 kB
    of JSON the rest is left out, and a mark says so.
    """
    return _Redaction(MAX_BYTES - _ROOM_FOR_ONE_KEY_AND_THE_MARKS).of(value, depth=0)


def redact_strings(value: Any) -> Any:
    """The same value of JSON with every text in it redacted, keys included; numbers stay numbers.

    What a key promises of its value does not count here: `redact` hides that too.
    """
    if isinstance(value, str):
        return redact_both_ends(value)
    if isinstance(value, Mapping):
        return {redact_both_ends(str(key)): redact_strings(item) for key, item in value.items()}
    return [redact_strings(item) for item in value] if isinstance(value, list | tuple) else value


def holds_personal_data(redacted: Any) -> bool:
    """Whether a redacted value holds a BIC or an account holder, or shows that something was hidden in it."""
    if isinstance(redacted, Mapping):
        return any(
            bool(_TRACE_OF_REDACTION.search(key))
            or (bool(value) and "".join(words(key)) in _SENSITIVE_KEYS)
            or holds_personal_data(value)
            for key, value in redacted.items()
        )
    if isinstance(redacted, list):
        return any(holds_personal_data(item) for item in redacted)
    return isinstance(redacted, str) and bool(_TRACE_OF_REDACTION.search(redacted))


class _Redaction:
    """One pass over one value, which counts the bytes of the result as JSON so that it can stop in time."""

    def __init__(self, bytes_left: int) -> None:
        self.bytes_left = bytes_left

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, (Mapping, list, tuple, set, frozenset)) and depth >= MAX_DEPTH:
            return self._counted(TOO_DEEP)
        if isinstance(value, Mapping):
            return self._mapping(value, depth + 1)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._sequence(value, depth + 1)
        return self._counted(_plain(value))

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in value.items():
            if self.bytes_left <= 0:
                result[CUT] = CUT
                break
            shown_key = _unused(result, redact_start(_key_text(key), MAX_BYTES)[:_MAX_KEY_CHARACTERS])
            self.bytes_left -= _json_bytes(shown_key) + 4
            result[shown_key] = self._under(_key_text(key), item, depth)
        return result

    def _under(self, key: str, item: Any, depth: int) -> Any:
        # the mark in place of a telephone number is no key that promises one
        hide = _rule_for(_MARK.sub(" ", key))
        if hide is None or item is None or item == "" or isinstance(item, bool):
            return self.of(item, depth)
        if isinstance(item, (list, tuple)) and hide is not _hide:
            return self._sequence((each if each is None else hide(each) for each in item), depth + 1)
        return self._counted(hide(item))

    def _sequence(self, items: Iterable[Any], depth: int) -> list[Any]:
        result: list[Any] = []
        for item in items:
            if self.bytes_left <= 0:
                result.append(CUT)
                break
            result.append(self.of(item, depth))
            self.bytes_left -= 4
        return result

    def _counted(self, value: Any) -> Any:
        if isinstance(value, str) and _json_bytes(value) > self.bytes_left:
            while value and _json_bytes(value) > self.bytes_left:
                value = value[: len(value) * 3 // 4]
            value += CUT
        self.bytes_left -= _json_bytes(value)
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, int):
        return _plain_number(value)
    if value is None:
        return None
    if isinstance(value, (str, BaseException, UUID, PurePath)):
        return redact_start(str(value), MAX_BYTES)
    if isinstance(value, (float, Decimal)):
        return redact_text(_decimal_text(value))
    if isinstance(value, (date, time)):
        return value.isoformat()
    # the text of any other object may hold everything, and making it may fail
    return f"[{type(value).__name__}]"


def _plain_number(number: int) -> int | str:
    """The number itself unless nobody can read it, or it is that of a payment card."""
    if abs(number) >= 2**63:
        return f"[integer of {number.bit_length()} bits]"
    if number < _SMALLEST_CARD:
        return number
    shown = redact_text(str(number))
    return number if shown == str(number) else shown


def _decimal_text(number: float | Decimal) -> str:
    exact = Decimal(repr(number)) if isinstance(number, float) else number
    return format(exact, "f") if exact.is_finite() and abs(exact.adjusted()) < 40 else str(exact)


def _key_text(key: Any) -> str:
    return str(key) if isinstance(key, (str, int, float, date)) or key is None else f"[{type(key).__name__}]"


def _rule_for(key: str) -> Callable[[Any], str] | None:
    key = key[-_MAX_KEY_CHARACTERS:]
    if names_a_secret(key):
        return _hide
    for ending in endings(words(key)):
        if ending in _PERSONAL_KEYS:
            return _hide
        if ending in _IBAN_KEYS or ending.endswith(_IBAN_ENDINGS):
            return _hide_iban
        if ending in _MAIL_KEYS:
            return _hide_mail
    return None


def _hide(_value: Any) -> str:
    return HIDDEN


def _hide_iban(value: Any) -> str:
    return mask_iban(value[:_LONGEST_MASKED_VALUE]) if isinstance(value, str) and value != HIDDEN else HIDDEN


def _hide_mail(value: Any) -> str:
    shown = redact_start(value, MAX_BYTES) if isinstance(value, str) else ""
    return shown if "***" in shown else HIDDEN


def _json_bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8"))


def _unused(taken: Mapping[str, Any], key: str) -> str:
    """The key itself, or with a number when two keys look the same after redaction."""
    number, unused = 2, key
    while unused in taken:
        unused, number = f"{key}~{number}", number + 1
    return unused
