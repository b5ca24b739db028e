"""What tells mail programs and their machines that a message is one of a list that nobody answers.

RFC 2919 (List-Id), RFC 2369 (List-Archive, List-Post) and RFC 3834 (Auto-Submitted). There is no
List-Unsubscribe: those who run the site choose the recipients, and no address takes somebody off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.header import Header
from email.utils import quote

from vuurtoren.outward.page_paths import path_of
from vuurtoren.site.protocol import Site

LONGEST_LINE = 998
"""RFC 5322, 2.1.1; an address must not be folded."""
LONGEST_LABEL = 63
NAMES = ("Auto-Submitted", "List-Id", "List-Post", "List-Archive")
_ADDRESS = re.compile(r"https?://[!-;=?-~]{1,900}")


def list_headers(site: Site) -> tuple[tuple[str, str], ...]:
    """The headers of every message of this site, each with its value in characters that mail carries."""
    found = [("Auto-Submitted", "auto-generated"), ("List-Id", _list_id(site.name)), ("List-Post", "NO")]
    archive = site.url(path_of("alerts"))
    if _ADDRESS.fullmatch(archive):
        found.append(("List-Archive", f"<{archive}>"))
    return tuple(found)


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """The headers as they stand at the beginning of a message, one a line."""
    return "".join(f"{name}: {encoded(name, value)}\n" for name, value in headers)


def encoded(name: str, value: str) -> str:
    """The value on one line, by the standard library's encoder."""
    return Header(value, header_name=name, maxlinelen=LONGEST_LINE).encode()


def _list_id(name: str) -> str:
    """`"Monitoring of NAME" <monitoring.NAME>`; without a domain one of RFC 2919's `localhost`."""
    labels = [re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-")[:LONGEST_LABEL] for label in name.split(".")]
    host = ".".join(filter(None, labels))[:150].strip(".-") or "site"
    phrase = " ".join(name.split()).encode("ascii", "replace").decode("ascii")[:150]
    return f'"Monitoring of {quote(phrase)}" <monitoring.{host if "." in host else f"{host}.localhost"}>'
