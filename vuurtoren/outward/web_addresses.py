"""Which addresses of the web may be called at all, before anything is asked of them."""

from __future__ import annotations

from urllib.parse import urlsplit

from vuurtoren.site.words.words import Words

LONGEST_URL = 500


def is_https(url: str) -> bool:
    """Whether this is an https address with a host, without a user and without spaces or line breaks."""
    return bool(url) and not refusal(url, longest=2000)


def refusal(url: str, longest: int = LONGEST_URL) -> str:
    """Why this address cannot be called, in one sentence; empty when it can, or when there is none."""
    if not url:
        return ""
    if len(url) > longest or not url.isascii() or any(each <= " " or each == "\x7f" for each in url):
        return Words("the address must be at most {0} plain characters without spaces", longest)
    try:
        parts = urlsplit(url)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError:
        return Words("the address cannot be read")
    if parts.scheme != "https":
        return Words("the address must begin with https://")
    if not parts.hostname or not port_is_readable:
        return Words("the address names no host")
    if "@" in parts.netloc:
        return Words("an address with a user or password in it is refused")
    return ""
