"""The lines that the other app may have of its own, so that nothing has to be put into the environment."""

from __future__ import annotations

import sys

from vuurtoren.names import importing
from vuurtoren.names.checklist import ANSWERED

LINE = (
    'with __import__("contextlib").suppress(ModuleNotFoundError): '
    "from vuurtoren.names.shims import answer; answer(__name__)"
)
"""The last line of a module; without this product nothing happens."""


def answer(module: str) -> None:
    """Let the checklist's names in the module that is being imported answer; never raises."""
    importing.answer(sys.modules[module])


def files() -> list[str]:
    """The files of the other app's package that get the line."""
    return [f"{module.replace('.', '/')}.py" for module in ANSWERED]
