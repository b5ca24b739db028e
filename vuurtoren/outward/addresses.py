"""Mail addresses in the forms that people write them; what is none is named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from email.utils import getaddresses

LONGEST_ADDRESS = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_PART = re.compile(r'(?:"(?:[^"\\\n]|\\[^\n])*"|<[^<>\n]*>|[^,;\n"<]|["<])+')
"""What stands between commas, semicolons and line ends; one inside quotes or brackets separates nothing."""


def sorted_out(given: object) -> tuple[tuple[str, ...], list[str]]:
    """Valid addresses, each once, and what was no address; from a list, a JSON list, or text with commas."""
    addresses: dict[str, str] = {}
    refused = []
    for text in entries(given):
        address = plain(text)
        if address:
            addresses.setdefault(address.lower(), address)
        else:
            refused.append(text[:LONGEST_ADDRESS])
    return tuple(addresses.values()), refused


def plain(text: str) -> str:
    """The address of `someone@host` or `"Name, A." <someone@host>` as mail servers take it; empty if none.

    A domain in other letters is written as IDNA. A host without a dot is none: `root@localhost` reaches
    another person on each machine that the message passes.
    """
    if any(ord(each) < 32 or ord(each) == 127 for each in text):
        return ""
    found = [address for _, address in getaddresses([text]) if address] if "<" in text else [text]
    if len(found) != 1:
        return ""
    local, at, domain = found[0].rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    address = f"{local}{at}{domain}"
    return address if len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address) else ""


def entries(given: object) -> Iterable[str]:
    """What stands in a list, a JSON list, or between commas, semicolons and line ends; addresses or not."""
    if isinstance(given, str):
        if given.strip().startswith("["):
            try:
                return entries(json.loads(given))
            except (ValueError, RecursionError):
                pass
        return [part.strip() for part in _PART.findall(given) if part.strip()]
    if isinstance(given, list | tuple):
        return [str(each).strip() for each in given if str(each or "").strip()]
    return [] if given is None else [str(given)]
