"""`beside BENCH --names on|off|status`, and the lines for the other app that do the same."""

from __future__ import annotations

from pathlib import Path

from verenigingen.beside.bench import Bench, BenchFailed
from verenigingen.beside.tree import OLD
from vuurtoren.names import shims, switch
from vuurtoren.site.words.words import Words, lines

CHOICES = ("on", "off", "status")
ASK_WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"
ASK_STATE = (
    "import contextlib, importlib\n"
    "from vuurtoren.names import checklist, state\n"
    "with contextlib.suppress(ModuleNotFoundError): importlib.import_module(checklist.PACKAGE + '.utils')\n"
    "print(state.of_this_process())"
)
"""With a first import of the other app, which is when it is seen whether ours is found."""
RESTART = Words("bench restart: every process that runs already goes on as it began.")


def switch_names(bench: Bench, choice: str) -> Words:
    """Do it and say what a Python that was started afterwards says."""
    packages, config = Path(bench.said_by_python(ASK_WHERE)), bench.path / "sites/common_site_config.json"
    if choice == "on":
        if not bench.is_installed():
            raise BenchFailed(
                Words("{0} is not in {1} yet; lay it first, without --names.", bench.app, bench.path)
            )
        switch.turn_on(packages, config)
    elif choice == "off":
        switch.turn_off(packages, config)
    return lines(_answer(bench, packages, choice))


def _answer(bench: Bench, packages: Path, choice: str) -> list[Words]:
    state = bench.said_by_python(ASK_STATE) if bench.is_installed() else "off"
    said = [Words("Names of the checklist: {0} ({1}).", state, packages / switch.FILE)]
    if choice != "status":
        said.append(RESTART)
    if choice == "on" and state != "on":
        raise BenchFailed(said[0])
    return said


def shims_to_commit() -> Words:
    """What to add to the other app, by somebody who may."""
    before = Words("The last line of each of these files of the app {0}, in its own repository:", OLD.package)
    files = [f"    apps/{OLD.package}/{OLD.package}/{file}" for file in shims.files()]
    return lines([before, *files, "", shims.LINE])
