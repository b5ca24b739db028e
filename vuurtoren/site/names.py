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
_WAITED_FOR_MS = 1_000
"""A clock that goes back by less than this is waited for; after more, names follow it."""
LONGEST_HOST = 120


class _Names(threading.local):
    """The numbers of names, each greater than the one that the same thread made before it."""

    last = 0

    def next(self) -> int:
        now_ms = time.time_ns() // 1_000_000
        number = now_ms << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        if number <= self.last and (self.last >> _RANDOM_BITS) - now_ms < _WAITED_FOR_MS:
            number = self.last + 1 + secrets.randbits(_STEP_BITS)
        self.last = number
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
