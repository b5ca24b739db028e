"""Files that hold keys or personal data: for their owner alone, whatever the umask of the process is."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

OWNER_ONLY = 0o600
FOLDER_OF_OWNER = 0o700


def private_folder(folder: Path) -> Path:
    """The folder, made for its owner alone where it is missing; one that exists keeps its mode."""
    folder.mkdir(mode=FOLDER_OF_OWNER, parents=True, exist_ok=True)
    return folder


def open_private(path: Path, mode: str, **options: Any) -> IO[Any]:
    """Open to write or append; a file that others may read is closed to them first. Raises OSError."""
    return open(path, mode, opener=_open, **options)


def make_private(path: Path) -> None:
    """Make the file empty for its owner alone where it is missing, else close it to others. Raises OSError.

    One that exists is not opened: a process that closes a file gives up every lock that it holds on it, those
    of its database too.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    except FileExistsError:
        keep_private(path)


def keep_private(path: Path) -> None:
    """Close an existing file to others, where it is ours to close."""
    with suppress(FileNotFoundError, PermissionError):
        if is_open_to_others(path):
            path.chmod(OWNER_ONLY)


def is_open_to_others(path: Path) -> bool:
    """Whether group or others may read or write the file; raises FileNotFoundError."""
    return bool(path.stat().st_mode & 0o077)


def _open(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, OWNER_ONLY)
    with suppress(PermissionError):
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, OWNER_ONLY)
    return descriptor
