"""The exact bytes, version 1, that are hashed of an audit event; they never change once rows were sealed."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

VERSION = 1
LEAF_CONTEXT = b"verenigingen-sepa-audit/v1\n"
TEXTS = (
    "event_id",
    "event_time_utc",
    "process_type",
    "action",
    "compliance_status",
    "severity",
    "reference_doctype",
    "entity_name",
    "actor",
    "trace_id",
    "rule_id",
    "outcome_code",
    "mandate",
    "batch",
    "currency",
    "iban_masked",
    "iban_fingerprint",
    "details_commit",
)
SEALED_FIELDS = (*TEXTS, "amount_cents", "sensitive_data", "schema_version")
"""The fields of a row that its record is made of."""
ROW_FIELDS = (*SEALED_FIELDS, "details", "details_salt", "row_mac")
"""Everything that must be read of a row to check it."""
_RECORD_ORDER = sorted((*TEXTS, "amount_cents", "sensitive_data", "v"))
"""ASCII names only, for which every order of RFC 8785 is the same as Python's."""
_RECORD = "{" + ",".join(f'"{name}":%s' for name in _RECORD_ORDER) + "}"
_TEXTS_IN_ORDER = sorted(TEXTS)
_AMOUNT, _SENSITIVE = map(_RECORD_ORDER.index, ("amount_cents", "sensitive_data"))
SALT_BYTES = 32
LARGEST_INTEGER = 2**53 - 1
NAME_LENGTH = 140
"""How much of a document's name fits a field."""
_DEEPEST = 64
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_quoted = json.encoder.encode_basestring
"""What the encoder above does with a text, without the way to it."""


class NotCanonical(ValueError):
    """The value has no canonical bytes; the text says which part of it and why."""


def canonical_json(value: Any) -> bytes:
    """The bytes of RFC 8785 (JCS), for dict, list, str, int, bool and None; raises NotCanonical.

    Floats are refused, because they do not survive every database; so are integers beyond 2^53 - 1, which
    other readers of JSON would round, lone surrogates, and keys that are no text.
    """
    return _bytes(_ordered(value, 0))


def _bytes(ordered: Any) -> bytes:
    return _utf8(_ENCODER.encode(ordered))


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical(f"a lone surrogate has no UTF-8: {error.reason}") from None


def _ordered(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise NotCanonical(f"the integer {value} is beyond 2^53 - 1; write it as text")
        return value
    if depth >= _DEEPEST:
        raise NotCanonical(f"more than {_DEEPEST} levels")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise NotCanonical("a key is no text")
        # RFC 8785, 3.2.3: by UTF-16 code units, which differs from Python's order beyond U+FFFF
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _ordered(value[key], depth + 1) for key in keys}
    if isinstance(value, list | tuple):
        return [_ordered(item, depth + 1) for item in value]
    raise NotCanonical(f"a {type(value).__name__} has no canonical form")


def utc_text(moment_utc: datetime) -> str:
    """ISO 8601 with microseconds and a Z, always 27 characters, from a naive UTC time."""
    return moment_utc.isoformat("T", "microseconds") + "Z"


def utc_time(text: str) -> datetime:
    """The naive UTC time of a `utc_text`; raises ValueError for any other spelling."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    if utc_text(moment) != text:
        raise ValueError(f"{text!r} is not written with microseconds")
    return moment


def new_salt() -> str:
    """32 random bytes, as 64 hexadecimal digits."""
    return secrets.token_hex(SALT_BYTES)


def details_commitment(details: str | None, salt: str) -> str:
    """HMAC-SHA256 of the details text, keyed with the row's own salt; hex.

    Deleting text and salt leaves a commitment that says nothing, and the seal stays whole.
    """
    return hmac.digest(bytes.fromhex(salt), (details or "").encode("utf-8"), "sha256").hex()


def details_fit(row: Mapping[str, Any]) -> bool:
    """Whether details and salt are those that the row was committed to."""
    details, salt = row["details"], row["details_salt"]
    if not isinstance(salt, str) or not (details is None or isinstance(details, str)):
        return False
    try:
        written_once = bytes.fromhex(salt).hex() == salt
        return written_once and details_commitment(details, salt) == row["details_commit"]
    except ValueError:
        return False


def record(row: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a row; absent is null, and "" is something else. Raises NotCanonical.

    The database keeps no empty numbers: an amount of 0 without a currency is an absent amount.
    """
    if row.get("schema_version") != VERSION:
        raise NotCanonical(f"schema_version is {row.get('schema_version')!r}, known is {VERSION}")
    amount = _integer("amount_cents", row.get("amount_cents"))
    absent = amount == 0 and row.get("currency") is None
    try:
        values = ["null" if text is None else _quoted(text) for text in map(row.get, _TEXTS_IN_ORDER)]
    except TypeError:
        wrong = next(name for name in TEXTS if not isinstance(row.get(name), str | None))
        raise NotCanonical(f"{wrong} is no text but {row[wrong]!r}") from None
    values.insert(_AMOUNT, "null" if absent else str(amount))
    values.insert(_SENSITIVE, str(_integer("sensitive_data", row.get("sensitive_data"))))
    return _utf8(_RECORD % (*values, VERSION))


def _integer(name: str, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return int(value)
    raise NotCanonical(f"{name} is no integer that JSON carries but {value!r}")


def leaf_hash(record_bytes: bytes) -> bytes:
    """The RFC 6962 leaf of a record: SHA-256 over 0x00, the context and the record."""
    return hashlib.sha256(b"\x00" + LEAF_CONTEXT + record_bytes).digest()


def row_mac(record_bytes: bytes, key: bytes) -> str:
    """HMAC-SHA256 of the record under the site's audit key; it covers the time until the row is sealed."""
    return hmac.digest(key, record_bytes, "sha256").hex()


def sealed_values(row: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """The fields that make a finished row checkable: schema_version, details_salt, details_commit, row_mac.

    `row` holds the values exactly as they will be stored; a salt that it already has is kept.
    """
    salt = row.get("details_salt") or new_salt()
    values: dict[str, Any] = {"schema_version": VERSION, "details_salt": salt}
    values["details_commit"] = details_commitment(row.get("details"), salt)
    return values | {"row_mac": row_mac(record(dict(row) | values), key)}
