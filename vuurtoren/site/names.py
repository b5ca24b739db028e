"""Names of append-only rows, and of this machine."""

from __future__ import annotations

import base64
import secrets
import socket
import threading
import time

_RANDOM_BITS = 35
_STEP_BITS = 24
_BYTES = 10
_FOLLOWED_NS = 1_000_000_000
"""A clock that goes back by less than this is waited for; after more, names follow it."""
LONGEST_HOST = 120


class _Names(threading.local):
    """The numbers of names, each greater than the one that the same thread made before it."""

    def __init__(self) -> None:
        self._last_ns = self._last = 0

    def next(self) -> int:
        now = time.time_ns()
        number = (now // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        if number <= self._last and self._last_ns - now < _FOLLOWED_NS:
            number = self._last + 1 + secrets.randbits(_STEP_BITS)
        else:
            self._last_ns = now
        self._last = number
        return number


_names = _Names()


def time_ordered_name() -> str:
    """Sixteen characters of which the first nine tell the millisecond, so that names sort by time.

    Tables are kept in the order of their names: rows that were written together lie together, and a long log
    is read from one end of the disk to the other. Frappe's own random names begin anew every 29 hours.
    The names of one thread sort as they were made, also within a millisecond and where the clock goes back a
    little. Seven characters are random: two make the same name in one millisecond once in 34,359,738,368.
    """
    # "extended hex" of RFC 4648: the only base 32 whose characters sort as the numbers do
    return base64.b32hexencode(_names.next().to_bytes(_BYTES, "big")).decode("ascii").lower()


def this_host() -> str:
    """What this machine calls itself, as far as a row keeps it: the others of a bench know it by that."""
    return socket.gethostname()[:LONGEST_HOST]
