"""A folder into which the bank's files are put, by people or by a program: each is taken in once."""

from __future__ import annotations

from pathlib import Path

from vuurtoren.compliance.bank_files import intake
from vuurtoren.compliance.bank_files.xml_reading import Source
from vuurtoren.compliance.errors import NotPossible
from vuurtoren.failures import error_boundary, report
from vuurtoren.site import configured
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site

CONFIG_KEY = "sepa_return_folder"
"""Configuration key: a folder in which new files of the bank are looked for; nothing in it is changed."""
MOST_FILES = 50
"""So many files that are not known yet are taken in at once; the next round takes the others."""
MOST_LISTED = 5_000
SUFFIXES = (".xml", ".XML")


def take_in_new_files(site: Site) -> str:
    """Take in what is new in the folder; what went wrong, or an empty text. Commits after each file.

    Files of the last minute may still be written: one that cannot be read is tried again in the next round.
    """
    try:
        folder = configured.text(site, CONFIG_KEY)
    except Unavailable:
        return ""
    if not folder:
        return ""
    try:
        files = sorted(_files(Path(folder)))[:MOST_LISTED]
    except OSError as error:
        return _said(site, f"{CONFIG_KEY}: {error.strerror or type(error).__name__}")
    problems, taken = [], 0
    for path in files:
        if taken >= MOST_FILES:
            break
        if intake.was_taken_in(site, _digest(path)):
            continue
        taken += 1
        with error_boundary(site, "reading a file of the bank", undo=True) as caught:
            try:
                result = intake.take_in(site, path)
            except NotPossible as refused:
                problems.append(str(refused))
            else:
                if not result.reading.readable:
                    problems.append(intake.told(site, result))
        if caught.reason:
            problems.append(f"{path.name}: {caught.reason}")
    return _said(site, "; ".join(problems)) if problems else ""


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file()]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return Source(stream).sha256
    except OSError:
        return ""


def _said(site: Site, problem: str) -> str:
    report(site, "reading the files of the bank", problem)
    return problem
