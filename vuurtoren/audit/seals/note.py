"""Signed notes as C2SP defines them (c2sp.org/signed-note), with Ed25519 keys."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vuurtoren.site.words.words import Words

ED25519 = b"\x01"
SECRET_PREFIX = "PRIVATE+KEY+"


class BadNote(ValueError):
    """The text is no signed note, or the key no key; the message says why."""


@dataclass(frozen=True)
class PublicKey:
    """Who may have signed: a name and an Ed25519 public key of 32 bytes."""

    name: str
    public: bytes

    @cached_property
    def key_id(self) -> str:
        """Eight hexadecimal digits that notes name the key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).hexdigest()[:8]

    @property
    def text(self) -> str:
        """`name+id+base64`, the way in which keys are handed to people and to other tools."""
        return f"{self.name}+{self.key_id}+{_base64(ED25519 + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> PublicKey:
        name, key_id, raw = _key_parts(text.strip())
        key = cls(name, raw)
        if key.key_id != key_id:
            raise BadNote(Words("the key of {0} does not have the id {1} that it claims", name, key_id))
        return key

    def verifies(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A public key with its secret half; the secret stays out of every text but `secret_text`."""

    public: PublicKey
    _seed: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.public.text})"

    @classmethod
    def new(cls, name: str) -> SigningKey:
        if not name or any(character.isspace() or character == "+" for character in name):
            raise BadNote(Words("{0} cannot name a key: no spaces and no plus signs", repr(name)))
        return cls._from_seed(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_secret_text(cls, text: str) -> SigningKey:
        if not text.startswith(SECRET_PREFIX):
            raise BadNote(Words("a signing key begins with {0}", SECRET_PREFIX))
        name, key_id, seed = _key_parts(text.removeprefix(SECRET_PREFIX).strip())
        key = cls._from_seed(name, seed)
        if key.public.key_id != key_id:
            raise BadNote(
                Words("the signing key of {0} does not have the id {1} that it claims", name, key_id)
            )
        return key

    @classmethod
    def _from_seed(cls, name: str, seed: bytes) -> SigningKey:
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
        return cls(PublicKey(name, public.public_bytes(Encoding.Raw, PublicFormat.Raw)), seed)

    @property
    def secret_text(self) -> str:
        return f"{SECRET_PREFIX}{self.public.name}+{self.public.key_id}+{_base64(ED25519 + self._seed)}"

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self._seed).sign(message)


@dataclass(frozen=True)
class Signature:
    """One signature line: the name and the id of the key that it claims, and the signature itself."""

    name: str
    key_id: str
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text of one or more whole lines, and the signatures below it."""

    body: str
    signatures: tuple[Signature, ...]

    @classmethod
    def from_text(cls, text: str) -> Note:
        body, separator, lines = text.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise BadNote(Words("a signed note is a text, an empty line and signature lines"))
        return cls(body + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))

    @property
    def text(self) -> str:
        lines = (
            f"\u2014 {each.name} {_base64(bytes.fromhex(each.key_id) + each.signature)}\n"
            for each in self.signatures
        )
        return f"{self.body}\n{''.join(lines)}"

    def signed_by(self, key: PublicKey) -> bool:
        """Whether a signature of this very key is there and right."""
        return any(
            each.name == key.name
            and each.key_id == key.key_id
            and key.verifies(self.body.encode(), each.signature)
            for each in self.signatures
        )


def sign(body: str, *keys: SigningKey) -> Note:
    """The body signed with every key, in this order."""
    if not body.endswith("\n") or "\n\n" in body:
        raise BadNote(Words("the body of a note ends with a line break and has no empty line"))
    signatures = (
        Signature(key.public.name, key.public.key_id, key.sign(body.encode("utf-8"))) for key in keys
    )
    return Note(body, tuple(signatures))


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
        raise BadNote(Words("no signature line: {0}", repr(line[:100])))
    raw = _bytes(parts[2])
    if len(raw) < 5:
        raise BadNote(Words("a signature line is too short to hold a signature"))
    return Signature(parts[1], raw[:4].hex(), raw[4:])


def _key_parts(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not parts[0]:
        raise BadNote(Words("a key is written name+id+base64"))
    raw = _bytes(parts[2])
    if len(raw) != 33 or raw[:1] != ED25519:
        raise BadNote(Words("the key of {0} is no Ed25519 key of 32 bytes", parts[0]))
    return parts[0], parts[1], raw[1:]


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(Words("a part that should be base64 is not")) from None
    if _base64(raw) != text:
        raise BadNote(Words("a part in base64 is not written in the one right way"))
    return raw
