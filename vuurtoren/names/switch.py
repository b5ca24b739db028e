"""The file in a bench's environment that makes the names answer, and the key that remembers the wish."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

FILE = "vuurtoren_names.pth"
"""Sorts behind the files that make the app importable; Python reads them in that order."""
WAITING = Path(__file__).with_name("waiting.py")
WANTED = "monitoring_checklist_names"
"""In common_site_config.json: an environment is rebuilt without the file, and the page says so."""


def line() -> str:
    """One line, as Python reads such files; with names of its own, and nothing of ours is imported yet."""
    text = WAITING.read_text("utf-8") + "begin()\n"
    return f'import sys; exec({text!r}, {{"__name__": "vuurtoren_names"}})\n'


def turn_on(packages: Path, common_config: Path) -> None:
    """Write the file into the environment's packages, and remember it; any number of times."""
    _write_aside(packages / FILE, line())
    _remember(common_config, True)


def turn_off(packages: Path, common_config: Path) -> None:
    """Take both away; any number of times."""
    (packages / FILE).unlink(missing_ok=True)
    _remember(common_config, False)


def is_on(packages: Path, common_config: Path) -> bool:
    """Whether the file is there, or was wanted."""
    return (packages / FILE).exists() or bool(_config(common_config).get(WANTED))


def _config(common_config: Path) -> dict[str, Any]:
    return dict(json.loads(common_config.read_text("utf-8"))) if common_config.exists() else {}


def _remember(common_config: Path, wanted: bool) -> None:
    config = _config(common_config)
    if bool(config.get(WANTED)) == wanted:
        return
    if wanted:
        config[WANTED] = 1
    else:
        del config[WANTED]
    _write_aside(common_config, json.dumps(config, indent=1))


def _write_aside(file: Path, text: str) -> None:
    """Never half, and with the owner and the mode that were there."""
    aside = file.with_name(f".{file.name}.coming")
    aside.write_text(text, "utf-8")
    if file.exists():
        shutil.copystat(file, aside)
        before = file.stat()
        if (aside.stat().st_uid, aside.stat().st_gid) != (before.st_uid, before.st_gid):
            shutil.chown(aside, before.st_uid, before.st_gid)
    aside.replace(file)
