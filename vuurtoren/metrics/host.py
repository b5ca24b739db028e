"""Which machine of the bench a number is of, where there are several."""

from __future__ import annotations

import socket

HOST = "host"
"""The label of a number that is one machine's."""
LONGEST_NAME = 120


def here() -> str:
    """The name of this machine, as the others of the bench know it."""
    return socket.gethostname()[:LONGEST_NAME]


def own() -> tuple[tuple[str, str], ...]:
    """The labels of a number of this machine, where there are several."""
    return ((HOST, here()),)
