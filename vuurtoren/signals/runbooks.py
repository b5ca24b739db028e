"""Where the long runbook of a shipped rule is: in the folder of its signal, and on a page of the site."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from vuurtoren import carrier
from vuurtoren.signals.catalogue import BY_KEY

RUNBOOKS = {file.stem: file for file in Path(__file__).parent.glob("*/runbooks/*.md")}
"""By the key of the rule, each in the folder of its signal."""
PAGE = "monitoring_runbook"


def file_of(rule: str) -> Path | None:
    """The runbook's file; only the key of a shipped rule ever becomes a file name."""
    return RUNBOOKS.get(rule) if rule in BY_KEY else None


def text_of(file: Path) -> str:
    """The runbook with the app's name where its commands need it, which differs beside another app."""
    return file.read_text("utf-8").replace("{app}", carrier.app_name())


def path_of(rule: str) -> str:
    """The page of the runbook without a leading slash; empty where there is none."""
    return f"{PAGE}?rule={quote(rule)}" if file_of(rule) else ""
