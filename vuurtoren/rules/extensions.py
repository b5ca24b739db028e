"""What other apps bring by a hook: a dotted path to a thing, a list of them, or a function giving either."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

from vuurtoren.failures import explain, report
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

Thing = TypeVar("Thing")


def load(
    site: Site, hook: str, kind: type[Thing], check: Callable[[Thing], str]
) -> tuple[list[Thing], list[str]]:
    """Every thing of this kind that the hook names, and a sentence for each that cannot be used.

    `check` says why a thing cannot be used, or nothing. What raises is reported in the Error Log too.
    """
    found: list[Thing] = []
    problems: list[str] = []
    for path in site.hooks(hook):
        try:
            things = _at(path)
        except Exception as failure:  # the error boundary of another app's code
            report(site, f"{hook} {path}", failure)
            problems.append(Words("{0} {1}: {2}; it is left out", hook, path, explain(failure)))
            continue
        for thing in things:
            wrong = _refusal(thing, kind, check)
            if wrong:
                problems.append(Words("{0} {1}: {2}; it is left out", hook, path, explain(wrong)))
            elif isinstance(thing, kind):
                found.append(thing)
    return found, problems


def _refusal(thing: object, kind: type[Thing], check: Callable[[Thing], str]) -> str:
    try:
        return check(thing) if isinstance(thing, kind) else Words("{0} is no {1}", repr(thing), kind.__name__)
    except Exception as failure:  # whatever another app put into its fields
        return Words("{0}: {1}", type(thing).__name__, explain(failure))


def _at(path: str) -> list[object]:
    module, _, attribute = path.rpartition(".")
    named = getattr(import_module(module), attribute)
    given = named() if callable(named) else named
    return list(given) if isinstance(given, list | tuple) else [given]
