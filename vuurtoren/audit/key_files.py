"""Files that hold the keys of the trail and can be read by other accounts of this machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vuurtoren.audit.seals.keys import ENVIRONMENT
from vuurtoren.site.private_files import is_open_to_others
from vuurtoren.site.protocol import Site

CONFIG_FILE = "site_config.json"
COPIES = "*site_config_backup*.json"
"""What `bench backup` calls the copy of the configuration that it puts beside the dump."""
MOST_COPIES = 200
LARGEST_BYTES = 1 << 20
ANYBODY_ENTERS = 0o011


@dataclass(frozen=True)
class OpenKeyFile:
    """One file, its mode as `ls` counts it, and the command that closes it."""

    path: Path
    mode: str

    @property
    def command(self) -> str:
        return f"chmod 600 {shlex.quote(str(self.path))}"


def open_key_files(site: Site) -> list[OpenKeyFile]:
    """The configuration and its newest copies beside the backups, where others may read keys of ours in them.

    Raises what the site raises where it cannot say where its backups are.
    """
    root = site.site_path().resolve()
    return [
        OpenKeyFile(path, f"{path.stat().st_mode & 0o777:04o}")
        for path in _candidates(root, Path(site.backups().directory))
        if _is_within_reach(path, root) and _holds_keys(path)
    ]


def _candidates(root: Path, backups: Path) -> Iterator[Path]:
    yield root / CONFIG_FILE
    yield from sorted(backups.glob(COPIES), reverse=True)[:MOST_COPIES]


def _is_within_reach(path: Path, root: Path) -> bool:
    """Whether others may read the file and enter its folder, and the site's."""
    try:
        folders = [folder for folder in path.parents if folder.is_relative_to(root)] or [path.parent]
        entered = all(folder.stat().st_mode & ANYBODY_ENTERS for folder in folders)
        return entered and is_open_to_others(path)
    except OSError:
        return False  # gone meanwhile


def _holds_keys(path: Path) -> bool:
    try:
        with path.open("rb") as handle:
            held: Any = json.loads(handle.read(LARGEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False  # encrypted, or none of ours
    return isinstance(held, dict) and any(held.get(key) for key in ENVIRONMENT)
