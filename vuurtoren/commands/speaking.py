"""Commands, help and refusals in the language of whoever types: what `--lang` names, else the shell's.

click says its own sentences in English alone; those that people get to see here are said anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from functools import partial
from typing import IO, Any

import click

from vuurtoren.site.protocol import Site
from vuurtoren.site.words import borrowed
from vuurtoren.site.words.shell import shell_language
from vuurtoren.site.words.translations import Translations, languages
from vuurtoren.site.words.words import Translate, reason, said

LANGUAGES = languages()
ASKED = "vuurtoren.language"
"""Where a context keeps the language that `--lang` named."""
OF_HELP = (
    *("Usage:", "Options", "Commands", "[OPTIONS]", "COMMAND [ARGS]...", "required", "default: {0}"),
    *("Show this message and exit.", "Show the version and exit.", "Positional arguments"),
)
REFUSALS = (
    "Missing option {0}.",
    "Missing option {0}. Choose from:\n{1}",
    "Missing argument {0}.",
    "Missing command.",
    "No such command {0}.",
    "No such command {0}. Did you mean {1}?",
    "No such option {0}.",
    "No such option {0}. Did you mean {1}?",
    "No such option {0}. (Did you mean one of: {1}?)",
    "No such option {0}. (Possible options: {1})",
    "Got unexpected extra argument ({0})",
    "Got unexpected extra arguments ({0})",
    "Option {0} requires an argument.",
    "Option {0} does not take a value.",
    "Invalid value for {0}: {1}",
    "{0} is not a valid integer.",
    "{0} is not a valid integer range.",
    "{0} is not in the range {1}.",
    "{0} is not one of {1}.",
    "{0} does not match the format {1}.",
    "{0} does not match the formats {1}.",
    "File {0} does not exist.",
    "Directory {0} does not exist.",
    "Path {0} does not exist.",
    "File {0} is a directory.",
    "Directory {0} is a file.",
    "{0} is not readable.",
    "{0} is not writable.",
)
"""What click refuses, as its newer releases say it; an older one's own words are said as these first."""
OLDER = (
    (r'"([^"]*)"', r"'\1'"),
    (r"^no such option: (.*)$", r"No such option \1."),
    (r"^No such option: ([^ ]+)$", r"No such option \1."),
    (r"^No such option: ([^ ]+) (.*)$", r"No such option \1. \2"),
    (r"^(-\S+) option requires an argument$", r"Option '\1' requires an argument."),
    (r"^(-\S+) option does not take a value$", r"Option '\1' does not take a value."),
    (r"invalid choice: (\S+)\. \(choose from (.*)\)$", r"'\1' is not one of \2."),
    (r"(\S+) is not a valid integer$", r"'\1' is not a valid integer."),
    (r"(\S+) is not in the valid range of (\S+) to (\S+)\.$", r"\1 is not in the range \2<=x<=\3."),
    (r"invalid datetime format: (\S+)\. \(choose from (\S+)\)$", r"'\1' does not match the format '\2'."),
)


_KNOWN = Translations()


def asked_language(context: click.Context | None = None) -> str:
    """What `--lang` named, of the command that runs; empty where it was not given."""
    context = context or click.get_current_context(silent=True)
    return str(context.meta.get(ASKED, "")) if context else ""


def saying(context: click.Context | None = None) -> Translate:
    """The words of a command before it has a site."""
    return partial(_KNOWN.translate, language=asked_language(context) or shell_language())


def speaking(site: Site) -> AbstractContextManager[None]:
    """A context in which the site speaks the language that was asked for, else its own."""
    return site.speaking(asked_language() or site.site_language())


def speak(site: Site) -> None:
    """The same until the command that runs has ended."""
    spoken = ExitStack()
    spoken.enter_context(speaking(site))
    click.get_current_context().call_on_close(spoken.close)


def language_option(command: Any) -> Any:
    """`--lang`, of a group: the language of all that it says."""

    def keep(context: click.Context, option: click.Parameter, value: str | None) -> None:
        if value:
            context.meta[ASKED] = value

    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        is_eager=True,
        expose_value=False,
        callback=keep,
        help="The language of the answer, instead of the site's.",
    )(command)


class Refused(click.UsageError):
    """What click refuses, said to the reader."""

    def __init__(self, refused: click.UsageError) -> None:
        self.say = saying(refused.ctx)
        super().__init__(in_words(refused.format_message(), self.say), refused.ctx)

    def show(self, file: IO[Any] | None = None) -> None:
        lines = [self.say("Error: {0}").format(self.format_message())]
        if self.ctx is not None:
            hint = self.say("`{0} --help` says more.").format(self.ctx.command_path)
            lines = [self.ctx.get_usage(), hint, "", *lines]
        click.echo("\n".join(lines), file=file, err=file is None)


def in_words(refusal: str, say: Translate) -> str:
    """A sentence of click's, of any of its releases, in the words that are given; another one as it is."""
    for older, newer in OLDER:
        refusal = re.sub(older, newer, refusal)
    return borrowed.in_words(refusal, REFUSALS, say)


@contextmanager
def _said_to_the_reader() -> Iterator[None]:
    try:
        yield
    except click.UsageError as refused:
        if isinstance(refused, Refused) or type(refused).__name__ == "NoArgsIsHelpError":  # shows its help
            raise
        raise Refused(refused) from None


class _Formatter(click.HelpFormatter):
    """Help with every heading, paragraph and row in the reader's words."""

    def __init__(self, context: click.Context) -> None:
        super().__init__(width=context.terminal_width, max_width=context.max_content_width)
        self.say = saying(context)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, f"{self.say('Usage:')} ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(self.say(heading))

    def write_text(self, text: str) -> None:
        super().write_text(self.say(text))

    def write_dl(self, rows: Any, *given: Any, **named: Any) -> None:
        super().write_dl([(first, self._row(second)) for first, second in rows], *given, **named)

    def _row(self, text: str) -> str:
        text, gap, facts = text.partition("  [")
        told = "; ".join(map(self._fact, facts.removesuffix("]").split("; ")))
        return f"{self.say(text)}{gap}{told}]" if gap else self.say(text)

    def _fact(self, fact: str) -> str:
        name, found, value = fact.partition("default: ")
        return self.say("default: {0}").format(value) if found and not name else self.say(fact)


class _Speaking(click.Command):
    def make_context(self, *given: Any, **named: Any) -> click.Context:
        with _said_to_the_reader():
            return super().make_context(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with _said_to_the_reader():
            return super().invoke(ctx)

    def get_help(self, ctx: click.Context) -> str:
        formatter = _Formatter(ctx)
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def get_usage(self, ctx: click.Context) -> str:
        formatter = _Formatter(ctx)
        self.format_usage(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [saying(ctx)(piece) for piece in super().collect_usage_pieces(ctx)]

    def get_short_help_str(self, limit: int = 45) -> str:
        told = copy(self)
        told.help = saying()(self.help or "")
        return super(_Speaking, told).get_short_help_str(limit)


class Command(_Speaking):
    """A command whose help and refusals are in the reader's language."""


class Group(_Speaking, click.Group):
    """A group whose commands are such commands."""

    def command(  # type: ignore[override]
        self, *given: Any, **named: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        made: Callable[[Callable[..., Any]], click.Command] = super().command(
            *given, **{"cls": Command, **named}
        )
        return made


def refusal(site: Site, refused: BaseException) -> str:
    """What an exception says, in the words of the site."""
    return said(reason(refused), site.translate)
