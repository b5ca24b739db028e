"""What is signed and handed out: how many events there are, and the one hash that stands for all of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from vuurtoren.audit.seals import note
from vuurtoren.audit.seals.merkle import HASH_BYTES
from vuurtoren.audit.seals.note import BadNote, Note, PublicKey, SigningKey
from vuurtoren.site.words.words import Words

FIRST = "0" * 64
"""Stands for "no checkpoint before this one"."""
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Checkpoint:
    """A C2SP tlog-checkpoint with three further lines, which its readers may pass over.

    `previous` is the `digest` of the checkpoint before; `time_utc` is ISO text with a Z; `new_key` is the
    key that signs from here on, on the one checkpoint that the old and the new key sign together.
    """

    origin: str
    tree_size: int
    root: bytes
    previous: str
    time_utc: str
    new_key: PublicKey | None = None

    @property
    def body(self) -> str:
        root = base64.b64encode(self.root).decode("ascii")
        lines = [
            self.origin,
            str(self.tree_size),
            root,
            f"previous {self.previous}",
            f"time {self.time_utc}",
        ]
        if self.new_key:
            lines.append(f"key {self.new_key.text}")
        return "\n".join(lines) + "\n"

    @property
    def digest(self) -> str:
        """The SHA-256 of what is signed; signatures may be added later without changing it."""
        return hashlib.sha256(self.body.encode("utf-8")).hexdigest()

    @property
    def short(self) -> str:
        """Size and the first 16 digits of the root: short enough for the minutes of a meeting."""
        return f"{self.tree_size} {self.root.hex()[:16]}"

    @classmethod
    def from_body(cls, body: str) -> Checkpoint:
        lines = body.split("\n")
        if len(lines) < 6 or lines[-1]:
            raise BadNote(Words("a checkpoint has at least five lines"))
        named = dict(line.partition(" ")[::2] for line in lines[3:-1])
        made = cls(
            lines[0],
            _size(lines[1]),
            _root(lines[2]),
            named.get("previous", ""),
            named.get("time", ""),
            PublicKey.from_text(named["key"]) if "key" in named else None,
        )
        if made.body != body:
            raise BadNote(Words("the checkpoint has lines that are unknown or not in their order"))
        return made

    def sign(self, *keys: SigningKey) -> Note:
        return note.sign(self.body, *keys)


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint together with the note that it was read from."""

    checkpoint: Checkpoint
    note: Note

    @classmethod
    def from_text(cls, text: str) -> SignedCheckpoint:
        """Read a note, without judging its signatures; raises BadNote."""
        read = Note.from_text(text)
        return cls(Checkpoint.from_body(read.body), read)

    def signed_by(self, key: PublicKey) -> bool:
        """Whether the key signed it; a checkpoint that names a new key needs that one too, and an older."""
        new = self.checkpoint.new_key
        return self.note.signed_by(key) and (new is None or (key != new and self.note.signed_by(new)))


def _size(line: str) -> int:
    if not _SIZE.fullmatch(line):
        raise BadNote(Words("{0} is no size of a tree", repr(line[:40])))
    return int(line)


def _root(line: str) -> bytes:
    try:
        root = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(Words("the root is no base64")) from None
    if len(root) != HASH_BYTES or base64.b64encode(root).decode("ascii") != line:
        raise BadNote(Words("the root is no SHA-256"))
    return root
