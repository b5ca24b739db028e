"""A statement of SQL by its shape: names stay, values go, whoever the server had replace them before."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<name>`(?:[^`]|``)*`|"(?:[^"]|"")*")
    |(?P<comment>/\*.*?(?:\*/|\Z)|--[^\n]*)
    |(?P<value>
        [bBeEnNxX]?'(?:[^'\\]|''|\\.)*(?:'|\Z)
        |\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)
        |\$\d+
        |(?<![\w$])[0-9]\w*(?:\.\w*)?
    )
    """,
    re.VERBOSE | re.DOTALL,
)


def without_values(statement: str) -> str:
    """The statement on one line with ? for every text, number and parameter, and without comments.

    Quoted names stay: a text in double quotes is a name, as in standard SQL. What a cut left open is a value.
    """
    return " ".join(_TOKEN.sub(_shown, statement).split())


def _shown(token: re.Match[str]) -> str:
    if token["name"]:
        return token["name"]
    return " " if token["comment"] else "?"
