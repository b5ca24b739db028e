"""Details and salt of an audit event as they lie in the table: encrypted, and opened by this app alone.

A column that is only hidden can be read all the same: by a count that asks for no permission, a print format,
a filter, an order. So the table holds a box, and whoever asks the database finds nothing in it to guess.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vuurtoren.audit.seals.keys import KeysMissing, load_details_keys, load_mac_keys
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

VERSION = "v1"
NONCE_BYTES = 12
"""NIST SP 800-38D: random nonces of 96 bits are safe for 2^32 boxes under one key."""
CONTEXT = b"verenigingen-sepa-audit-details/v1\n"
_BOX = re.compile(
    r'\{"encrypted":"v1\.(?P<key>[0-9a-f]{8})\.(?P<box>[A-Za-z0-9+/]+={0,2})\.(?P<mac>[0-9a-f]{32})"\}'
)
FIELDS = ("event_id", "details", "details_salt")
"""What must be read of a row to open it."""


class State(Enum):
    """What became of an attempt to open: it was never encrypted, is open, lacks its key, or was changed."""

    PLAIN = "plain"
    OPEN = "open"
    LOCKED = "locked"
    BROKEN = "broken"


class Opened(NamedTuple):
    """Details and salt as they were written, where they can be had, and the key that they need."""

    state: State
    details: str | None
    salt: str | None
    key_id: str = ""


def key_id(key: bytes) -> str:
    """Eight digits that name a key and say nothing about it."""
    return hashlib.sha256(b"details-key\n" + key).hexdigest()[:8]


def boxed(row: Mapping[str, Any], key: bytes, mac_key: bytes) -> Row:
    """The two columns of a row with its details and salt inside a box that is bound to its event.

    AES-256-GCM with a random nonce and the event id as associated data. The code behind it is made with
    another key: it shows, also when the key of the box is lost, that nobody changed the box.
    """
    event, nonce = _bound_to(row["event_id"]), secrets.token_bytes(NONCE_BYTES)
    details, salt = row["details"], row["details_salt"]
    text = salt if details is None else f"{salt}\n{details}"
    encrypted = nonce + _cipher(key).encrypt(nonce, text.encode("utf-8"), event)
    named = f"{VERSION}.{key_id(key)}.{base64.b64encode(encrypted).decode('ascii')}"
    # an object, because the column takes JSON only
    return {"details": f'{{"encrypted":"{named}.{_code(named, event, mac_key)}"}}', "details_salt": None}


class Opener:
    """Opens the boxes of one site with the keys that it has; old rows that were never encrypted pass."""

    def __init__(self, keys: Sequence[bytes], mac_keys: Sequence[bytes]) -> None:
        self._keys = {key_id(key): key for key in keys}
        self._mac_keys = mac_keys

    @classmethod
    def of(cls, site: Site) -> Opener:
        """With whatever keys there are; a box whose key is not among them stays locked."""
        return cls(load_details_keys(site), _mac_keys(site))

    def open(self, row: Mapping[str, Any]) -> Opened:
        details, salt = as_text(row["details"]), row["details_salt"]
        found = _BOX.fullmatch(details) if isinstance(details, str) else None
        if found is None:
            return Opened(State.PLAIN, details, salt)
        key, event = found["key"], _bound_to(row["event_id"])
        encrypted = _exactly(found["box"])
        named = f"{VERSION}.{key}.{found['box']}"
        authentic = not self._mac_keys or any(
            _code(named, event, mac_key) == found["mac"] for mac_key in reversed(self._mac_keys)
        )
        if encrypted is None or salt is not None or not authentic:
            return Opened(State.BROKEN, None, None, key)
        if key not in self._keys:
            return Opened(State.LOCKED, None, None, key)
        return self._opened(key, encrypted, event)

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with their details and salt where they can be opened, and without where they cannot."""
        opened = ((row, self.open(row)) for row in rows)
        return [row | {"details": each.details, "details_salt": each.salt} for row, each in opened]

    def _opened(self, key: str, encrypted: bytes, event: bytes) -> Opened:
        nonce, box = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
        try:
            text = _cipher(self._keys[key]).decrypt(nonce, box, event).decode("utf-8")
        except (InvalidTag, ValueError):
            return Opened(State.BROKEN, None, None, key)
        salt, separator, details = text.partition("\n")
        return Opened(State.OPEN, details if separator else None, salt, key)


def opened(site: Site, rows: Sequence[Row]) -> list[Row]:
    """Rows, read with `FIELDS` and any others, with details and salt in clear where they can be opened."""
    return Opener.of(site).rows(rows)


def is_box(details: Any) -> bool:
    """Whether the details are encrypted, whoever can open them."""
    text = as_text(details)
    return isinstance(text, str) and _BOX.fullmatch(text) is not None


def as_text(details: Any) -> Any:
    """PostgreSQL's driver reads a JSON column; a document hands it on so."""
    if isinstance(details, dict | list):
        return json.dumps(details, ensure_ascii=False, separators=(",", ":"))
    return details


def _mac_keys(site: Site) -> Sequence[bytes]:
    try:
        return load_mac_keys(site)
    except KeysMissing:
        return ()


def _bound_to(event_id: Any) -> bytes:
    return CONTEXT + str(event_id or "").encode("utf-8", "surrogatepass")


def _code(named: str, event: bytes, mac_key: bytes) -> str:
    return hmac.digest(mac_key, event + b"\n" + named.encode("ascii"), "sha256").hex()[:32]


def _exactly(text: str) -> bytes | None:
    """The bytes of a text in base 64; None where another text would give the same ones."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text and len(raw) > NONCE_BYTES else None


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
