"""`python3 -m verenigingen beside BENCH`: what it says, and its exit code."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import NoReturn

from verenigingen.beside.bench import Bench, BenchFailed
from verenigingen.beside.checklist_names import CHOICES, shims_to_commit, switch_names
from verenigingen.beside.laying import Refused, lay
from verenigingen.beside.repository import GitFailed
from verenigingen.beside.tree import NEW, OLD
from vuurtoren.site.words.borrowed import in_words
from vuurtoren.site.words.shell import shell_language
from vuurtoren.site.words.translations import Translations, languages
from vuurtoren.site.words.words import Translate, Words, lines, reason, said

PROGRAM = f"python3 -m {OLD.package} beside"
LANGUAGES = languages()


FOR_ARGPARSE = (
    "unrecognized arguments: {0}",
    "argument {0}: {1}",
    "expected one argument",
    "invalid choice: {0} (choose from {1})",
    "ignored explicit argument {0}",
)
"""What argparse refuses."""


def main(arguments: list[str]) -> int:
    """0 when all is as it should be, 1 when it was refused or went wrong."""
    say = _saying(arguments)
    parser = _parser(say)
    asked = parser.parse_args(arguments)
    if asked.shims:
        return _tell(shims_to_commit(), say)
    if not asked.bench:
        parser.error(say("name the folder of the bench"))
    bench = Bench(Path(asked.bench).expanduser().resolve(), NEW.package)
    complaint = bench.complaint()
    if complaint:
        return _fail(complaint, say)
    try:
        if asked.names:
            return _tell(switch_names(bench, asked.names), say)
        lay(bench, dry_run=asked.dry_run, say=lambda step: print(step.said(say)))
    except (Refused, BenchFailed, GitFailed) as problem:
        return _fail(reason(problem), say)
    return _tell(what_is_left(bench, dry_run=asked.dry_run), say)


def what_is_left(bench: Bench, *, dry_run: bool) -> Words:
    if dry_run:
        return Words("Nothing was changed.")
    told: list[str] = [
        Words("{0} lies in {1}. What is left, for each site that it shall watch:", bench.app, bench.path),
        f"    bench --site SITE install-app {bench.app}",
        Words("A site that has it already: bench --site SITE migrate, then bench restart."),
    ]
    if bench.has_ours_as(OLD.package):
        told += [
            Words(
                "{0} is this product too. A site that has it under that name keeps all its data with, "
                "before anything else:",
                f"{bench.path}/apps/{OLD.package}",
            ),
            f"    bench --site SITE monitoring rename-app --to {bench.app}",
            Words(
                "When all have been moved: bench remove-app {0}, which makes room for the other app.",
                OLD.package,
            ),
        ]
    return lines(told)


def _saying(arguments: list[str]) -> Translate:
    """The words of whoever types: what `--lang` names, else the shell's."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--lang", nargs="?")
    asked = first.parse_known_args(arguments)[0].lang
    return partial(Translations().translate, language=asked or shell_language())


class _Parser(argparse.ArgumentParser):
    """With its own sentences in the words of the reader."""

    def __init__(self, say: Translate, description: str) -> None:
        super().__init__(prog=PROGRAM, description=description, add_help=False)
        self.say = say

    def format_usage(self) -> str:
        return super().format_usage().replace("usage:", self.say("Usage:"), 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", self.say("Usage:"), 1)

    def error(self, message: str) -> NoReturn:
        said = self.say("Error: {0}").format(in_words(message, FOR_ARGPARSE, self.say))
        self.exit(2, f"{self.format_usage()}{said}\n")


def _parser(say: Translate) -> _Parser:
    description = say("Lay this app into a bench, or update it there, as {0}").format(NEW.package)
    parser = _Parser(say, description)
    named = parser.add_argument_group(say("Positional arguments"))
    named.add_argument("bench", nargs="?", help=say("the folder of the bench"))
    options = parser.add_argument_group(say("Options"))
    options.add_argument("-h", "--help", action="help", help=say("Show this message and exit."))
    options.add_argument("--lang", choices=LANGUAGES, help=say("the language of the answer"))
    options.add_argument(
        "--dry-run", action="store_true", help=say("say what would be done, and change nothing")
    )
    options.add_argument(
        "--names",
        choices=CHOICES,
        help=say(
            "let the names of the deployment checklist answer with this app's on the sites that have it, "
            "or not; nothing else is done"
        ),
    )
    options.add_argument(
        "--shims",
        action="store_true",
        help=say("print the lines that do the same when the other app has them"),
    )
    return parser


def _tell(words: Words, say: Translate) -> int:
    print(words.said(say))
    return 0


def _fail(problem: str, say: Translate) -> int:
    print(said(problem, say), file=sys.stderr)
    return 1
