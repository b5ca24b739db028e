"""Whether the checklist's names answer with ours in this very process, and what went wrong if not."""

from __future__ import annotations

import sys
from typing import Any

from vuurtoren.names.importing import FAILED
from vuurtoren.names.ours import beside_another_app
from vuurtoren.names.switch import WANTED
from vuurtoren.names.waiting import WaitingForNames
from vuurtoren.site.protocol import Site


def waiting() -> list[Any]:
    """The finders that wait in this process; known by name, for the file has a class of its own."""
    return [finder for finder in sys.meta_path if type(finder).__name__ == WaitingForNames.__name__]


def failures() -> list[str]:
    """What keeps names of this process from answering; a sentence each."""
    at_all = [str(finder.failed) for finder in waiting() if finder.failed]
    return at_all + [f"{module}: {because}" for module, because in sorted(FAILED.items())]


def problem(site: Site) -> str:
    """What to say where the names were asked for and are the other app's; empty when all is well."""
    if not (site.conf(WANTED) and beside_another_app()):
        return ""
    if waiting():
        return "; ".join(failures())
    text = site.translate("names of the checklist answer with the other app's: run {0}, then {1}")
    return text.format("python3 -m verenigingen beside BENCH --names on", "bench restart")


def of_this_process() -> str:
    """`on`, `off`, or what failed; for the command."""
    return "; ".join(failures()) or ("on" if waiting() else "off")
