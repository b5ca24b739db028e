"""Turns the texts of a request into the arguments that a function declares, as Frappe 15 and 16 do."""

from __future__ import annotations

import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any


class FrappeTypeError(TypeError):
    """An argument does not fit the type that the function declares."""

    http_status_code = 417


def arguments_for(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values that the function takes, converted; others are left out, as Frappe leaves them out.

    Raises FrappeTypeError for a value that does not fit and for one that is missing.
    """
    hints = typing.get_type_hints(function)
    arguments = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in given:
            arguments[name] = converted(name, given[name], hints.get(name, Any))
        elif parameter.default is inspect.Parameter.empty:
            raise FrappeTypeError(f"{function.__name__}: {name} is missing")
    return arguments


def converted(name: str, value: Any, wanted: Any) -> Any:
    """One value as the wanted type; raises FrappeTypeError."""
    for candidate in _alternatives(wanted):
        try:
            return _as(candidate, value)
        except (ValueError, TypeError, OverflowError, RecursionError):
            continue
    raise FrappeTypeError(f"{name}: {str(value)[:100]!r} does not fit {_spoken(wanted)}")


def _alternatives(wanted: Any) -> tuple[Any, ...]:
    if typing.get_origin(wanted) in (typing.Union, types.UnionType):
        return typing.get_args(wanted)
    return (wanted,)


def _as(wanted: Any, value: Any) -> Any:
    kind = typing.get_origin(wanted) or wanted
    if kind is Any:
        return value
    if kind is types.NoneType:
        return _none(value)
    if kind is bool:
        return _truth(value)
    if kind in (int, float):
        return kind(_not_bool(value))
    if kind in (dict, list) and isinstance(value, str):
        value = json.loads(value)
    if not isinstance(value, kind):
        raise TypeError
    if kind is str:
        value.encode()  # half a surrogate pair, which JSON can carry and nothing can store, is no text
    return value


def _none(value: Any) -> None:
    if value not in (None, "", "null"):
        raise ValueError


def _truth(value: Any) -> bool:
    try:
        return {"1": True, "true": True, "0": False, "false": False}[str(value).lower()]
    except KeyError:
        raise ValueError from None


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError
    return value


def _spoken(wanted: Any) -> str:
    return getattr(wanted, "__name__", None) or str(wanted)
