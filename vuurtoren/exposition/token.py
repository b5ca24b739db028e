"""Who may scrape: a token that a machine holds, which opens nothing else."""

from __future__ import annotations

import hmac

from vuurtoren.site.protocol import Site

TOKEN_KEY = "monitoring_scrape_token"
SHORTEST_TOKEN = 24
SCHEME = "monitoring"
"""The word before the token. Frappe takes a header of two words for a log-in of its own and refuses a foreign
one; with this word it has three: `Authorization: Bearer monitoring TOKEN`."""


def is_right(site: Site, header: str) -> bool:
    """Whether the Authorization header carries the site's scrape token; never where that is none or short."""
    expected = site.conf(TOKEN_KEY)
    if not isinstance(expected, str) or len(expected) < SHORTEST_TOKEN:
        return False
    words = header.split()
    given = words[-1] if words and words[0] == "Bearer" and words[1:-1] in ([], [SCHEME]) else ""
    return hmac.compare_digest(given.encode(), expected.encode())
