"""Where the long runbook of a shipped rule is: in the folder of its signal, and on a page of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from vuurtoren.signals.catalogue import BY_KEY

RUNBOOKS = {file.stem: file for file in Path(__file__).parent.glob("*/runbooks/*.md")}
"""By the key of the rule, each in the folder of its signal."""
PAGE = "monitoring_runbook"


@dataclass(frozen=True)
class Block:
    """A part of a runbook: a heading, a paragraph, numbered steps, or lines of code."""

    kind: Literal["heading", "paragraph", "steps", "code"]
    parts: tuple[str, ...]
    level: int = 0


def file_of(rule: str) -> Path | None:
    """The runbook's file; only the key of a shipped rule ever becomes a file name."""
    return RUNBOOKS.get(rule) if rule in BY_KEY else None


def blocks(file: Path) -> Iterator[Block]:
    """The few forms that our runbooks use, without the title; {app} stands for the name of the app."""
    for block in re.split(r"\n{2,}", file.read_text("utf-8").strip()):
        lines = block.splitlines()
        level = len(block) - len(block.lstrip("#"))
        if level:
            if level > 1:
                yield Block("heading", (block.lstrip("# "),), level)
        elif all(line.startswith("    ") for line in lines):
            yield Block("code", ("\n".join(line[4:] for line in lines),))
        elif all(re.match(r"\d+\. ", line) for line in lines):
            yield Block("steps", tuple(line.split(". ", 1)[1] for line in lines))
        else:
            yield Block("paragraph", (" ".join(lines),))


def texts(file: Path) -> Iterator[str]:
    """What of a runbook is translated: all but its title, which is that of its rule, and its code."""
    for block in blocks(file):
        if block.kind != "code":
            yield from block.parts


def path_of(rule: str) -> str:
    """The page of the runbook without a leading slash; empty where there is none."""
    return f"{PAGE}?rule={quote(rule)}" if file_of(rule) else ""
