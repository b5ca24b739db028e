"""Which machine of the bench a number is of, where there are several."""

from __future__ import annotations

from vuurtoren.site.names import this_host

HOST = "host"
"""The label of a number that is one machine's."""


def own() -> tuple[tuple[str, str], ...]:
    """The labels of a number of this machine, where there are several."""
    return ((HOST, this_host()),)
