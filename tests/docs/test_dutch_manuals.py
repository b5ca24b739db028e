"""The manuals that a Dutch reader gets say in Dutch what their English originals say: part for part."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MONITORING = Path(__file__).resolve().parents[2] / "docs" / "monitoring"
NL = MONITORING / "nl"
DUTCH = sorted(NL.rglob("*.md"))
FOR_DEVELOPERS = {
    *("ARCHITECTURE.md", "DETECTORS.md", "GLOSSARY.md", "OTHER_HOSTS.md", "PROMETHEUS.md", "REFERENCE.md"),
}
"""What whoever extends or translates reads; it stays English."""
ENGLISH = re.compile(
    r"\b(the|and|this|that|these|which|what|when|why|are|have|has|been|were|from|with|your|you|not|its|since"
    r"|never|because|nothing|nobody|whoever|where|there)\b"
)
QUOTED = re.compile(r"`[^`]*`|^ {4,}.*$|“[^”]*”|\"[^\"]*\"|\*[^*]*\*|\]\([^)]*\)", re.M)
"""Commands, what is quoted as it stands on a screen, and where links lead."""


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def headings(text: str) -> list[int]:
    return [len(found) for found in re.findall(r"^(#+) ", text, re.M)]


def commands(text: str) -> list[str]:
    """What stands between backticks or is indented as code."""
    inline = re.findall(r"`[^`\n]+(?:\n[^`\n]+)?`", text)
    code = re.findall(r"^(?: {4}| {6,})\S.*$", text, re.M)
    blocks = [line for line in code if not line.strip().startswith(("-", "!"))]
    return sorted(" ".join(found.strip("`").split()) for found in (*inline, *blocks))


def numbers(text: str) -> list[str]:
    """Every number, however its thousands are set apart."""
    plain = re.sub(r"\]\([^)]*\)|`[^`]*`", "", text)
    return sorted(re.sub(r"(?<=\d)[.,](?=\d)", "", found) for found in re.findall(r"\d[\d.,]*\d|\d", plain))


def links(text: str) -> list[tuple[str, bool]]:
    """Which file each link leads to, and whether to a part of it."""
    found = (each.partition("#") for each in re.findall(r"\]\(([^)]+)\)", text))
    return sorted((Path(file).name, bool(part)) for file, part, _ in ((f, p, h) for f, p, h in found))


def rows(text: str) -> int:
    return len(re.findall(r"^\|", text, re.M))


def test_every_manual_is_dutch_too_or_is_for_developers() -> None:
    there = {*MONITORING.glob("*.md"), *MONITORING.glob("hosting/*.md")}
    assert {MONITORING / path.relative_to(NL) for path in DUTCH} | {
        MONITORING / name for name in FOR_DEVELOPERS
    } == there


@pytest.mark.parametrize("path", DUTCH, ids=lambda path: path.stem)
@pytest.mark.parametrize("part", [headings, commands, numbers, links, rows], ids=lambda part: part.__name__)
def test_a_dutch_manual_has_what_the_english_one_has(path: Path, part: object) -> None:
    assert callable(part)
    assert part(text_of(path)) == part(text_of(MONITORING / path.relative_to(NL)))


@pytest.mark.parametrize("path", DUTCH, ids=lambda path: path.stem)
def test_nothing_of_a_dutch_manual_is_left_in_english(path: Path) -> None:
    lines = QUOTED.sub("", text_of(path)).splitlines()
    assert [line for line in lines if ENGLISH.search(line)] == []
