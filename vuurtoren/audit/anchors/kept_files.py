"""The checkpoints that lie in files beside the database, and so outlive a restored or a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vuurtoren.audit.anchors.file import FOLDER
from vuurtoren.audit.seals.checkpoint import SignedCheckpoint
from vuurtoren.audit.seals.note import BadNote
from vuurtoren.audit.seals.tables import CHECKPOINT, pages
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

_NUMBER = re.compile(r"checkpoint-([0-9]{1,18})-of-[0-9]+-events(?:-[0-9]{1,3})?\.note")
LARGEST_BYTES = 100_000


@dataclass(frozen=True)
class KeptFile:
    """One file; `signed` is None where it cannot be read, and `problem` says why."""

    name: str
    number: int
    text: str = ""
    signed: SignedCheckpoint | None = None
    problem: str = ""

    @property
    def digest(self) -> str:
        return self.signed.checkpoint.digest if self.signed else ""

    @property
    def size(self) -> int:
        return self.signed.checkpoint.tree_size if self.signed else 0


def kept_files(site: Site) -> list[KeptFile]:
    """Every checkpoint in a file, in the order of their numbers; raises OSError."""
    return files_in(site.site_path().joinpath(*FOLDER))


def files_in(folder: Path) -> list[KeptFile]:
    """The same of any folder; none where it is missing."""
    return [_read(path, number) for number, path in _numbered(folder)]


def digests_held(site: Site) -> set[str]:
    """The digest of every checkpoint that the log holds; one whose note cannot be read has none."""
    found = set()
    for page in pages(site, CHECKPOINT, ("sequence", "note"), "sequence", 0):
        for row in page:
            with suppress(BadNote):
                found.add(SignedCheckpoint.from_text(row["note"] or "").checkpoint.digest)
    return found


def unknown_newest(site: Site) -> str:
    """The name of the newest file where the database does not hold what is in it, else an empty text.

    That is how a database looks that was set back: its own notes tell nothing of it.
    """
    found = paths(site)
    if not found:
        return ""
    number = found[-1][0]
    files = [_read(path, number) for each, path in found if each == number]
    rows = site.get_all(CHECKPOINT, ["note"], {"sequence": number}, limit=1)
    note = rows[0]["note"] if rows else None
    return "" if any(file.text == note for file in files) else files[-1].name


def paths(site: Site) -> list[tuple[int, Path]]:
    return _numbered(site.site_path().joinpath(*FOLDER))


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    try:
        found = [(_NUMBER.fullmatch(path.name), path) for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted((int(match[1]), path) for match, path in found if match)


def _read(path: Path, number: int) -> KeptFile:
    try:
        with path.open("rb") as handle:
            text = handle.read(LARGEST_BYTES).decode("utf-8")
        return KeptFile(path.name, number, text, SignedCheckpoint.from_text(text))
    except (OSError, BadNote, ValueError) as problem:
        return KeptFile(path.name, number, problem=str(problem))


def counted(files: Sequence[KeptFile]) -> str:
    return Words("one checkpoint") if len(files) == 1 else Words("{0} checkpoints", len(files))


def lost(files: Iterable[KeptFile], digests: set[str]) -> list[KeptFile]:
    """Which readable files hold a checkpoint that is none of these."""
    return [file for file in files if file.signed and file.digest not in digests]
