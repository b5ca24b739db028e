"""The variables that Frappe writes under a frame: what one of them holds is a value and no constant word."""

from __future__ import annotations

import re

SPAN = 6_000
MOST_VALUES = 20

_VARIABLE = re.compile(r"\n      ([A-Za-z_]\w{0,60}) = (['\"])([^'\"\n]{3,140})\2(?=\n)")
_NAMES_CODE = re.compile(
    r"doctype|^dt$|field|column|table|attr|method|label|module|query|msg|message|text|title|exc|key|sql"
)
_LIKE_DATA = re.compile(r"[\s\d@-]|^[A-Z][a-z]")


def values_beside(body: str, ends: int) -> tuple[str, ...]:
    """The texts in the variables of the frame whose line ends there, the longest first."""
    if not body.startswith("\n      ", ends):
        return ()
    until = body.find("\n  File ", ends, ends + SPAN)
    found = _VARIABLE.finditer(body, ends, until + 1 if until > 0 else min(len(body), ends + SPAN))
    values = {each[3] for each in found if not _NAMES_CODE.search(each[1]) and _LIKE_DATA.search(each[3])}
    return tuple(sorted(values, key=len, reverse=True)[:MOST_VALUES])
