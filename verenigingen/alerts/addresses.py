"""Mail addresses in the forms that people write them; what is none is named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from email.utils import parseaddr

LONGEST_ADDRESS = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")


def sorted_out(given: object) -> tuple[tuple[str, ...], list[str]]:
    """Valid addresses, each once, and what was no address; from a list, a JSON list, or text with commas."""
    addresses: dict[str, str] = {}
    refused = []
    for text in _texts(given):
        address = parseaddr(text)[1] if "<" in text else text
        if len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address):
            addresses.setdefault(address.lower(), address)
        else:
            refused.append(text[:LONGEST_ADDRESS])
    return tuple(addresses.values()), refused


def _texts(given: object) -> Iterable[str]:
    if isinstance(given, str):
        if given.strip().startswith("["):
            try:
                return _texts(json.loads(given))
            except (ValueError, RecursionError):
                pass
        return [part.strip() for part in re.split(r"[,;\n]", given) if part.strip()]
    if isinstance(given, list | tuple):
        return [str(each).strip() for each in given if str(each or "").strip()]
    return [] if given is None else [str(given)]
