"""A language is one gettext catalogue; Frappe's table and the words of the verifier are made of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from scripts import wording
from scripts.wording import catalogues
from vuurtoren.site.words.translations import CONTEXT, FOLDER

LANGUAGES = wording.languages()
MEND = "run `make wording`"


def text_of(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_the_one_that_the_code_makes(language: str) -> None:
    made = catalogues.written(catalogues.catalogue(language, catalogues.known(language)))
    assert made == text_of(f"{language}.po"), MEND


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_made_of_the_catalogue(language: str) -> None:
    assert catalogues.csv_of(catalogues.known(language)) == text_of(f"{language}.csv"), MEND


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_of_a_catalogue_is_ours_and_sure(language: str) -> None:
    with (FOLDER / f"{language}.po").open("rb") as handle:
        found = [each for each in read_po(handle, locale=language) if each.id]
    assert len(found) > 3000
    assert {(each.context, each.fuzzy) for each in found} == {(CONTEXT, False)}


def test_the_verifier_speaks_every_language_that_there_is() -> None:
    told = {language: catalogues.known(language) for language in LANGUAGES}
    assert catalogues.verifier_of(told) == catalogues.VERIFIER.read_text("utf-8"), MEND


def test_a_sentence_that_counts_is_one_entry_with_its_numbers() -> None:
    made = catalogues.catalogue("nl", catalogues.known("nl"))
    found = made.get(("and 1 more", "and {0} more"), context=CONTEXT)
    assert found is not None and found.string == ("en nog 1", "en nog {0}")


def test_a_language_begins_as_one_file_without_a_word_in_it() -> None:
    made = catalogues.written(catalogues.catalogue("de", {}))
    assert '"Language: de\\n"' in made and not re.search(
        r'^msgstr(\[\d\])? "[^"]', made.split("\n\n", 1)[1], re.M
    )


def test_a_language_with_more_than_two_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="pl has 3 numbers"):
        catalogues.catalogue("pl", {})


def test_nothing_but_scripts_and_tests_needs_babel() -> None:
    root = Path(__file__).parents[2]
    found = [
        path
        for package in ("vuurtoren", "verenigingen")
        for path in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom) and "babel" in ast.unparse(node)
    ]
    assert found == []
