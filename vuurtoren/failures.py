"""The monitor's own failures: written under one fixed title, which every error count leaves out."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from vuurtoren.privacy.text import clean, one_line

if TYPE_CHECKING:
    from vuurtoren.site.protocol import Site

OWN_TITLE = "Verenigingen monitoring: own failure"
"""Title of every Error Log row about the monitor itself; never counted as an error of the site."""
QUIET_FOR = timedelta(hours=1)
LONGEST_REASON = 300
LONGEST_LINE = 1000
"""The line by which a report is found again lies within the first half of so many characters."""
LOUD = False
"""Tests set this, so that a boundary raises what it caught instead of going on."""


@dataclass
class Caught:
    """What a boundary caught: empty when all went well, else one line for people."""

    reason: str = ""


@contextmanager
def error_boundary(
    site: Site, subject: str, *, undo: bool = False, let_through: tuple[type[Exception], ...] = ()
) -> Iterator[Caught]:
    """Run one named step: a failure is reported, and the caller goes on with the rest.

    With `undo` what the transaction wrote so far is rolled back; without, the caller's work is left alone.
    """
    caught = Caught()
    try:
        yield caught
    except let_through:
        raise
    except Exception as failure:
        if LOUD:
            raise
        caught.reason = explain(failure)
        if undo:
            _roll_back(site)
        report(site, subject, failure)


def report(site: Site, subject: str, failure: BaseException | str) -> bool:
    """Write one Error Log row about a failure of the monitor itself; whether it was written.

    At most one row an hour per subject; redacted; never raises.
    """
    line = subject_line(subject)
    try:
        if _reported_lately(site, line):
            return False
    except Exception:  # a report that cannot look back is written rather than lost
        pass
    site.log_error(OWN_TITLE, f"{line}\n\n{clean(_full(failure))}")
    return True


def explain(failure: BaseException | str) -> str:
    """The failure as one redacted line for people: "ValueError: no such file"."""
    text = failure if isinstance(failure, str) else f"{type(failure).__name__}: {failure}"
    return one_line(text, LONGEST_REASON)


def subject_line(subject: str) -> str:
    """The first line of a report, by which the next report of the same subject finds it."""
    return "What failed: " + one_line(subject, 120)


def _reported_lately(site: Site, line: str) -> bool:
    if not site.has_doctype("Error Log"):
        return False
    since = site.now() - QUIET_FOR
    # Frappe indexes `creation` on some versions and `modified` on others.
    window = {"method": OWN_TITLE, "creation": (">", since), "modified": (">", since)}
    rows = site.get_all("Error Log", ["error"], window, limit=1000, longest=LONGEST_LINE)
    return any(str(row["error"]).split("\n", 1)[0] == line for row in rows)


def _full(failure: BaseException | str) -> str:
    if isinstance(failure, str):
        return failure
    return "".join(traceback.format_exception(type(failure), failure, failure.__traceback__))


def _roll_back(site: Site) -> None:
    try:
        site.rollback()
    except Exception as failure:  # a dead connection has nothing left to roll back
        site.log_error(OWN_TITLE, f"{subject_line('rollback')}\n\n{explain(failure)}")
