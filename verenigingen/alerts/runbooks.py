"""Where the long runbook of a shipped rule is: a document of the repository, and a page of the site."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import verenigingen
from verenigingen.alerts.rules import BY_KEY

FOLDER = Path(verenigingen.__file__).resolve().parent.parent / "docs" / "monitoring" / "runbooks"
"""Beside the package in every checkout, and so in every bench."""
PAGE = "monitoring_runbook"


def file_of(rule: str) -> Path | None:
    """The runbook's file; only the key of a shipped rule ever becomes a file name."""
    if rule not in BY_KEY:
        return None
    file = FOLDER / f"{rule}.md"
    return file if file.is_file() else None


def path_of(rule: str) -> str:
    """The page of the runbook without a leading slash; empty where there is none."""
    return f"{PAGE}?rule={quote(rule)}" if file_of(rule) else ""
