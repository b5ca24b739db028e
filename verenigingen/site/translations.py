"""Translations of the app's own texts from its `translations/<language>.csv` files."""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "translations"


class Translations:
    """Looks texts up by language; a language without a file leaves every text as it is."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._by_language: dict[str, dict[str, str]] = {}

    def translate(self, text: str, language: str) -> str:
        if language not in self._by_language:
            self._by_language[language] = self._load(language)
        return self._by_language[language].get(text, text)

    def _load(self, language: str) -> dict[str, str]:
        path = self._folder / f"{language}.csv"
        if not language.replace("-", "").isalnum() or not path.is_file():
            return {}
        with path.open(encoding="utf-8", newline="") as handle:
            return {row[0]: row[1] for row in csv.reader(handle) if len(row) > 1 and row[1]}
