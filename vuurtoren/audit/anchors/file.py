"""A signed checkpoint as a file, for backups and copies: written once, never over another."""

from __future__ import annotations

import os
from pathlib import Path

from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

FOLDER = ("private", "audit_anchors")
READABLE_BY_OWNER = 0o600


def write(site: Site, sequence: int, signed: SignedCheckpoint) -> tuple[Path, bool]:
    """The file of this checkpoint, and whether it was written now; raises OSError.

    A file of that name with another content is left as it is, and the new one gets a number.
    """
    folder = site.site_path().joinpath(*FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stem = f"checkpoint-{sequence:012d}-of-{signed.checkpoint.tree_size}-events"
    text = signed.note.text.encode("utf-8")
    for number in range(1, 1000):
        path = folder / (f"{stem}.note" if number == 1 else f"{stem}-{number}.note")
        try:
            _write_new(path, text)
            return path, True
        except FileExistsError:
            if path.read_bytes() == text:
                return path, False
    raise FileExistsError(Words("{0} holds a thousand files named {1}", folder, stem))


def _write_new(path: Path, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READABLE_BY_OWNER)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(descriptor)
