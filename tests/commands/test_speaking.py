"""Whoever types is answered in a language of their own: help, refusals and what a command prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from scripts import wording
from verenigingen.__main__ import beside
from verenigingen.beside.command import main as beside_command
from vuurtoren.commands import speaking
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.words.borrowed import in_words
from vuurtoren.site.words.shell import shell_language
from vuurtoren.site.words.translations import Translations

DUTCH = wording.rows("nl")
ENGLISH = re.compile(r"(?<!-)\b(the|and|this|that|what|when|with|your|not|are|by|from|which|how|who)\b", re.I)
SHELL = dict.fromkeys(("LC_ALL", "LC_MESSAGES", "LANG"), "")


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=SHELL | environment)


def walk(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from walk(each, (*path, name))


COMMANDS = dict(walk(main))


def english(text: str) -> list[str]:
    quoted = re.sub(r"`[^`]*`|\n {6,}\S+ or \S+|\"\w+\"", "", text)
    return [line for line in quoted.splitlines() if ENGLISH.search(line)]


# ---- help
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_text_of_a_command_has_its_translation(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    given = (getattr(each, "help", "") for each in command.params)
    assert command.help
    assert [text for text in (command.help, *filter(None, given)) if text not in DUTCH] == []


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_is_explained_in_dutch(path: tuple[str, ...]) -> None:
    told = run("--lang", "nl", *path, "--help")
    assert told.exit_code == 0
    assert told.output.startswith("Gebruik:") and "Toon deze uitleg en stop." in told.output
    assert english(told.output) == []


def test_help_is_english_where_nobody_asks_for_anything_else() -> None:
    told = run("status", "--help").output
    assert told.startswith("Usage:") and "Show this message and exit." in told


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "nl_NL.UTF-8"}, "nl-NL"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "nl_BE"}, "nl-BE"),
        ({"LANG": "nl_NL.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "nl_NL@euro"}, "nl-NL"),
        ({"LANG": "POSIX"}, "en"),
        ({}, "en"),
    ],
)
def test_the_shell_says_in_which_language_somebody_reads(environment: dict[str, str], expected: str) -> None:
    assert shell_language(environment) == expected


def test_what_is_asked_for_goes_before_the_shell() -> None:
    assert run("--help", LANG="nl_NL.UTF-8").output.startswith("Gebruik:")
    assert run("--lang", "en", "--help", LANG="nl_NL.UTF-8").output.startswith("Usage:")


# ---- refusals
REFUSED = {
    ("nonsense",): "Er is geen opdracht 'nonsense'.",
    ("status", "--nonsense"): "Er is geen optie '--nonsense'.",
    ("status", "too", "many"): "Er zijn argumenten te veel (too many)",
    ("audit", "prove"): "Het argument 'EVENT_ID' ontbreekt.",
    ("audit", "restored", "--by", "a"): "De optie '--reason' ontbreekt.",
    ("audit", "verify", "--since", "x"): "Een waarde die niet past bij '--since': 'x' is geen geheel getal.",
    ("backtest", "disk", "--days", "0"): "Een waarde die niet past bij '--days': 0 ligt niet binnen 1<=x<=",
    ("audit", "verify", "--checkpoint", "gone"): "bij '--checkpoint': Het bestand 'gone' is er niet.",
    (
        "sepa",
        "report",
        "x",
        "--from",
        "1 May",
        "--to",
        "2026-01-01",
    ): "'1 May' is niet geschreven als '%Y-%m-%d'.",
}


@pytest.mark.parametrize("arguments", list(REFUSED), ids=" ".join)
def test_what_click_refuses_is_refused_in_dutch(arguments: tuple[str, ...]) -> None:
    told = run(*arguments, LANG="nl_NL.UTF-8")
    assert told.exit_code == 2
    assert REFUSED[arguments] in told.output
    assert "Gebruik:" in told.output and "--help` zegt meer." in told.output
    assert english(told.output) == []


def test_an_option_without_its_value_is_refused_in_dutch() -> None:
    assert "De optie '--port' heeft een waarde nodig." in run("--lang", "nl", "serve", "--port").output


def test_a_folder_that_is_a_file_is_refused_in_dutch() -> None:
    told = run("audit", "seal", "--data", __file__, LANG="nl_NL.UTF-8")
    assert f"'{__file__}' is geen map maar een bestand." in told.output.replace("\n", "")


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ('Missing option "--to".', "De optie '--to' ontbreekt."),
        ('No such command "x".', "Er is geen opdracht 'x'."),
        ("no such option: --x", "Er is geen optie --x."),
        ("No such option: --x Did you mean --y?", "Er is geen optie --x. Bedoelde je --y?"),
        ("Invalid value for '--days': 'x' is not a valid integer range.", "'x' is geen geheel getal."),
        ("--port option requires an argument", "De optie '--port' heeft een waarde nodig."),
        ('Invalid value for "--days": x is not a valid integer', "bij '--days': 'x' is geen geheel getal."),
    ],
)
def test_older_releases_of_click_are_understood(older: str, newer: str) -> None:
    assert speaking.in_words(older, lambda text: Translations().translate(text, "nl")).endswith(newer)


def test_a_sentence_that_nobody_knows_stays_as_it_is() -> None:
    assert in_words("frobnicated 3 times", ("Missing option {0}.",), str.upper) == "FROBNICATED 3 TIMES"


def test_a_folder_without_a_site_is_said_in_the_language_of_the_shell(tmp_path: Path) -> None:
    told = run("status", "--data", str(tmp_path), LC_ALL="nl_NL.UTF-8")
    assert told.output.startswith(f"Er is geen site in {tmp_path}: start er een met")


def test_a_password_file_that_is_empty_is_named_in_dutch(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("\n")
    told = run("--lang", "nl", "serve", "--data", str(tmp_path / "x"), "--password-file", str(file))
    assert told.exit_code == 1
    assert told.output == f"Het wachtwoordbestand {file} is leeg: zet het wachtwoord op de eerste regel.\n"


def test_an_address_that_others_reach_is_refused_in_dutch(tmp_path: Path) -> None:
    told = run("--lang", "nl", "serve", "--data", str(tmp_path / "x"), "--host", "0.0.0.0")
    assert told.output.startswith("Luisteren op 0.0.0.0 wordt geweigerd")


# ---- what a command prints
@pytest.fixture
def data(site: SQLiteSite) -> str:
    site.commit()
    return str(site.folder)


def test_a_command_answers_in_the_language_of_the_site(site: SQLiteSite, data: str) -> None:
    assert "No alert is open." in run("status", "--data", data, LANG="nl_NL.UTF-8").output
    site.set_conf("lang", "nl")
    assert "Er staat geen melding open." in run("status", "--data", data).output


def test_a_command_answers_in_the_language_that_is_asked_for(data: str) -> None:
    assert "Er staat geen melding open." in run("--lang", "nl", "status", "--data", data).output
    assert "No alert is open." in run("status", "--data", data).output


def test_what_is_low_down_is_refused_in_dutch_too(data: str, tmp_path: Path) -> None:
    note = tmp_path / "checkpoint"
    note.write_text("nothing that anybody signed")
    told = run("--lang", "nl", "audit", "verify", "--data", data, "--checkpoint", str(note))
    assert told.exit_code == 3
    assert told.output == (
        "kon niet lopen: een ondertekend stuk is een tekst, een lege regel en regels met handtekeningen\n"
    )


# ---- beside, which needs Python alone
def test_beside_explains_itself_in_dutch(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        beside_command(["--lang", "nl", "--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert told.startswith("Gebruik:") and "Toon deze uitleg en stop." in told
    assert english(told) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "Fout: noem de map van de bench"),
        (("x", "--names", "maybe"), "Fout: argument --names: 'maybe' kan niet worden gekozen (kies uit"),
        (("x", "--names"), "Fout: argument --names: er is één waarde nodig"),
        (("x", "--frob"), "Fout: onbekende argumenten: --frob"),
    ],
)
def test_what_argparse_refuses_is_refused_in_dutch(
    arguments: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        beside_command(["--lang", "nl", *arguments])
    assert ended.value.code == 2
    assert expected in capsys.readouterr().err


def test_a_folder_that_is_no_bench_is_named_in_the_language_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    assert beside([str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{tmp_path} is geen bench: er is geen env/bin/python.\n"
