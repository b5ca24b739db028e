"""What happens when a module of the other app is imported: the checklist's names in it are made to answer."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from vuurtoren.names.checklist import MODULES

FAILED: dict[str, str] = {}
"""Modules of the other app whose names could not be made to answer with ours, and why."""


def find_spec(waiting: object, name: str, path: Any, target: Any) -> ModuleSpec | None:
    """What all other finders find; one of the checklist's modules answers when it has been executed."""
    if name not in MODULES:
        return None
    spec = _found_by_others(waiting, name, path, target)
    if spec is not None and spec.loader is not None:
        try:
            _answer_after(spec.loader)
        except AttributeError as failure:  # a loader that takes no attributes
            FAILED[name] = repr(failure)
    return spec


def answer(module: ModuleType) -> None:
    """Let the checklist's names in this module answer; never raises, what failed is kept and told when asked.

    The import of another app's module must not fail because of us, whatever goes wrong here.
    """
    try:
        from vuurtoren.names.answering import answer_in

        answer_in(module)
    except Exception as failure:
        FAILED[module.__name__] = repr(failure)
    else:
        FAILED.pop(module.__name__, None)


def _found_by_others(waiting: object, name: str, path: Any, target: Any) -> ModuleSpec | None:
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path, target) if finder is not waiting else None
        if spec is not None:
            return spec
    return None


def _answer_after(loader: Any) -> None:
    """The loader stays what it is, for whoever asks it for source or data."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        answer(module)

    loader.exec_module = exec_module
