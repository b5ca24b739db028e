"""Names of append-only rows, and of this machine."""

from __future__ import annotations

import base64
import secrets
import socket
import time

_RANDOM_BITS = 35
_BYTES = 10
LONGEST_HOST = 120


def time_ordered_name() -> str:
    """Sixteen characters of which the first nine tell the millisecond, so that names sort by time.

    Tables are kept in the order of their names: rows that were written together lie together, and a long log
    is read from one end of the disk to the other. Frappe's own random names begin anew every 29 hours.
    Seven characters are random; names of the same millisecond are the same once in 34,359,738,368.
    """
    number = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    # "extended hex" of RFC 4648: the only base 32 whose characters sort as the numbers do
    return base64.b32hexencode(number.to_bytes(_BYTES, "big")).decode("ascii").lower()


def this_host() -> str:
    """What this machine calls itself, as far as a row keeps it: the others of a bench know it by that."""
    return socket.gethostname()[:LONGEST_HOST]
