"""Translations of the app's own texts from its `translations/<language>.csv` files.

Each row has a context of ours as its third column, in a bench as well as here: Frappe keeps one dictionary
for all apps, and without it our word for “Open” would be everybody's.
"""

from __future__ import annotations

import csv
from pathlib import Path

from vuurtoren import carrier

CONTEXT = "Monitoring"
"""The context of every text of ours, and of every translation of one."""
FOLDER = carrier.app_folder() / "translations"


def languages() -> list[str]:
    """Every language that the product speaks."""
    return ["en", *sorted(path.stem for path in FOLDER.glob("*.csv"))]


class Translations:
    """Looks texts up by language; a language without a file, and a text without a row, leaves it as it is.

    What a country's own file lacks its language has: "nl-BE" reads "nl".
    A row without a context stands for any, as in Frappe; one with the context of somebody else is theirs.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._by_language: dict[str, dict[tuple[str, str], str]] = {}

    def translate(self, text: str, language: str) -> str:
        if language not in self._by_language:
            self._by_language[language] = self._load(language.partition("-")[0]) | self._load(language)
        rows = self._by_language[language]
        return rows.get((text, CONTEXT)) or rows.get((text, "")) or text

    def _load(self, language: str) -> dict[tuple[str, str], str]:
        path = self._folder / f"{language}.csv"
        if not language.replace("-", "").isalnum() or not path.is_file():
            return {}
        with path.open(encoding="utf-8", newline="") as handle:
            rows = [row for row in csv.reader(handle) if len(row) > 1 and row[1]]
        return {(row[0], row[2] if len(row) > 2 else ""): row[1] for row in rows}
