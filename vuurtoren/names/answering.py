"""A function or a class of another app that answers with ours on our sites, and as ever on all others.

One process serves many sites, so each call asks anew. Both take the place of the other app's before anybody
can import them from its module.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any, Protocol

from vuurtoren import carrier
from vuurtoren.composition import frappe_part
from vuurtoren.endpoints import permission
from vuurtoren.names.checklist import ANSWERED, MODULES
from vuurtoren.names.ours import beside_another_app, module_of_ours

NOTHING = object()


class Platform(Protocol):
    """What has to be known of the current site and of whoever calls."""

    def is_ours(self) -> bool: ...

    def is_request(self) -> bool: ...

    def is_callable_over_http(self, function: Callable[..., Any]) -> bool: ...

    def make_callable_like(self, original: Callable[..., Any], function: Callable[..., Any]) -> None: ...

    def require_permission(self) -> None: ...


class Frappe:
    """The current site of a bench."""

    def __init__(self) -> None:
        self._frappe: Any = frappe_part("beside.checklist_names")
        self._app = carrier.app_name()

    def is_ours(self) -> bool:
        return bool(self._frappe.is_installed_here(self._app))

    def is_request(self) -> bool:
        return bool(self._frappe.is_request())

    def is_callable_over_http(self, function: Callable[..., Any]) -> bool:
        return bool(self._frappe.is_whitelisted(function))

    def make_callable_like(self, original: Callable[..., Any], function: Callable[..., Any]) -> None:
        self._frappe.whitelist_like(original, function)

    def require_permission(self) -> None:
        permission.acting_site()


def answer_in(module: ModuleType) -> None:
    """Let the checklist's names in this module of the other app answer; nothing where they are our own."""
    if beside_another_app():
        known = MODULES[module.__name__]
        Answers(module, module_of_ours(known), Frappe()).give(ANSWERED[known])


class Answers:
    """The names in one module of another app, and the module of ours that they answer with."""

    def __init__(self, module: ModuleType, ours: str, platform: Platform) -> None:
        self._module, self._ours, self._platform = module, ours, platform

    def give(self, names: tuple[str, ...]) -> None:
        """A name that the other app does not have stays unknown; one that answers already stays as it is."""
        for name in names:
            theirs = vars(self._module).get(name)
            if hasattr(type(theirs), "answers_with") or hasattr(theirs, "answers_with"):
                continue
            if isinstance(theirs, type):
                setattr(self._module, name, self._class(theirs, name))
            elif isinstance(theirs, FunctionType):
                setattr(self._module, name, self._function(theirs, name))

    def _mine(self, name: str) -> Any:
        return getattr(importlib.import_module(self._ours), name)

    def _mine_if_imported(self, name: str) -> tuple[type, ...]:
        known = getattr(sys.modules.get(self._ours), name, None)
        return (known,) if isinstance(known, type) else ()

    def _function(self, theirs: FunctionType, name: str) -> Callable[..., Any]:
        platform, mine = self._platform, self._mine

        @wraps(theirs)
        def answer(*args: Any, **kwargs: Any) -> Any:
            if not platform.is_ours():
                return theirs(*args, **kwargs)
            function = mine(name)
            if platform.is_request() and not platform.is_callable_over_http(function):
                platform.require_permission()
            return function(*args, **kwargs)

        answer.answers_with = f"{self._ours}.{name}"  # type: ignore[attr-defined]
        platform.make_callable_like(theirs, answer)
        return answer

    def _class(self, theirs: type, name: str) -> type:
        """A class made of theirs, of the same name, that is theirs on all other sites.

        A further class made of it is the other app's own, on every site.
        """
        platform, mine, mine_if_imported = self._platform, self._mine, self._mine_if_imported

        class Answering(type(theirs)):  # type: ignore[misc]
            answers_with = f"{self._ours}.{name}"

            def __call__(cls, *args: Any, **kwargs: Any) -> Any:
                if cls is answer and platform.is_ours():
                    return mine(name)(*args, **kwargs)
                return super().__call__(*args, **kwargs)

            def __getattribute__(cls, attribute: str) -> Any:
                if not attribute.startswith("_") and cls is answer and platform.is_ours():
                    found = getattr(mine(name), attribute, NOTHING)
                    if found is not NOTHING:
                        return found
                return super().__getattribute__(attribute)

            def __instancecheck__(cls, instance: Any) -> bool:
                if super().__instancecheck__(instance):
                    return True
                return cls is answer and isinstance(instance, (theirs, *mine_if_imported(name)))

            def __subclasscheck__(cls, subclass: type) -> bool:
                if super().__subclasscheck__(subclass):
                    return True
                return cls is answer and issubclass(subclass, (theirs, *mine_if_imported(name)))

        told = {key: getattr(theirs, key) for key in ("__module__", "__qualname__", "__doc__")}
        answer = Answering(theirs.__name__, (theirs,), told)
        return answer
