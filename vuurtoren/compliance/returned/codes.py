"""The reason code that a text in words names."""

from __future__ import annotations

import re

from vuurtoren.compliance.return_codes import RETURN_CODES

_CODE = re.compile(r"\b([A-Z]{2}[0-9]{2}|CNOR|DNOR)\b")


def found_code(told: str) -> str:
    """The first reason code that we know in a text; empty where none is."""
    return next((code for code in _CODE.findall(told.upper()) if code in RETURN_CODES), "")
