"""Gettext catalogues of every sentence, by babel, and what is made of them: `translations/LANGUAGE.csv` and
the words of the stand-alone verifier.

A language is one file, `translations/LANGUAGE.po`; `python -m scripts.wording update LANGUAGE` begins it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from scripts import wording
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.site.words.translations import CONTEXT, FOLDER

LEFT_OUT = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Language-Team")
LEFT_OUT += ("Project-Id-Version", "Report-Msgid-Bugs-To")
"""Lines of a header that say nothing here, or change without a word of the file changing."""
HEADER = "# What the monitor says, made from the code. Fill in msgstr, then run `make wording`."
VERIFIER = Path(str(verify_sepa_audit.__file__))
BLOCK = re.compile(r"(?ms)^WORDS: dict\[str, dict\[str, str\]\] = \{.*?^# End of the words\.$")


def catalogue(language: str, translated: Mapping[str, str]) -> Catalog:
    """Every sentence with its translation, those that count as one entry with their numbers."""
    made = Catalog(locale=language, header_comment=HEADER, fuzzy=False, charset="utf-8")
    if made.num_plurals != 2:
        raise ValueError(f"{language} has {made.num_plurals} numbers; only languages with two are served")
    said, pairs = wording.sentences(), _pairs()
    many = set(pairs.values())
    for text in sorted(said.keys() - many):
        place = [(said[text].replace(" ", "-"), 0)]
        if text in pairs:
            told = (translated.get(text, ""), translated.get(pairs[text], ""))
            made.add((text, pairs[text]), told, locations=place, context=CONTEXT)
        else:
            made.add(text, translated.get(text, ""), locations=place, context=CONTEXT)
    for message in made:
        message.flags.discard("python-format")  # which babel takes “5 % of …” for
    return made


def known(language: str) -> dict[str, str]:
    """The translations of a language by their sentence, as its catalogue has them."""
    path = FOLDER / f"{language}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as handle:
        return dict(_translated(read_po(handle, locale=language)))


def written(made: Catalog) -> str:
    """The text of a catalogue's file."""
    file = io.BytesIO()
    write_po(file, made, width=0, sort_output=True, include_lineno=False)
    lines = file.getvalue().decode("utf-8").splitlines()
    return (
        "\n".join(line for line in lines if not line.startswith(tuple(f'"{each}' for each in LEFT_OUT)))
        + "\n"
    )


def csv_of(translated: Mapping[str, str]) -> str:
    """The rows of what is said, sorted, as Frappe reads them; what forms say stands there twice."""
    said = {(text, CONTEXT) for text in wording.sentences()} | set(wording.labels())
    rows = ((text, translated[text], context) for text, context in said if translated.get(text))
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(sorted(rows))
    return file.getvalue()


def verifier_of(languages: Mapping[str, Mapping[str, str]]) -> str:
    """The stand-alone verifier with what it says in these languages."""
    words = {
        language: {text: told[text] for text in wording.verifier_texts() if text in told}
        for language, told in sorted(languages.items())
    }
    lines = ["WORDS: dict[str, dict[str, str]] = {"]
    for language, told in words.items():
        pairs = (f"        {_literal(text)}: {_literal(given)}," for text, given in sorted(told.items()))
        lines += [f'    "{language}": {{', *pairs, "    },"]
    block = "\n".join([*lines, "}", "# End of the words."])
    return BLOCK.sub(lambda _: block, VERIFIER.read_text("utf-8"))


def update(languages: tuple[str, ...]) -> Iterator[str]:
    """Bring every file of these languages up to date; what a person should look at."""
    told: dict[str, dict[str, str]] = {}
    for language in languages:
        mine, rows = known(language), wording.rows(language)
        for text in sorted(mine.keys() & rows.keys()):
            if mine[text] != rows[text]:
                yield f"{language}: {text!r}: the catalogue holds, {mine[text]!r}, not {rows[text]!r}"
        told[language] = rows | mine
        (FOLDER / f"{language}.po").write_text(written(catalogue(language, told[language])), "utf-8")
        (FOLDER / f"{language}.csv").write_text(csv_of(told[language]), "utf-8")
    everything = {language: known(language) for language in wording.languages()}
    VERIFIER.write_text(verifier_of(everything | told), "utf-8")


def _translated(made: Catalog) -> Iterator[tuple[str, str]]:
    for message in made:
        if message.id and message.string:
            both = isinstance(message.id, tuple)
            pairs = zip(message.id, message.string, strict=False) if both else [(message.id, message.string)]
            yield from ((text, given) for text, given in pairs if given)


def _pairs() -> dict[str, str]:
    """The sentence about many by that about one, where each of them is in one pair alone."""
    pairs = wording.counting()
    ones, manys = [one for one, _ in pairs], [many for _, many in pairs]
    alone = [(one, many) for one, many in pairs if ones.count(one) == manys.count(many) == 1]
    return {one: many for one, many in alone if one not in manys and many not in ones and one != many}


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
