"""Wrong passwords cost time: after a few, whoever sends them waits, longer each time."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

FREE_TRIES = 5
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
"""Behind a proxy all visitors share one address: nobody may be kept out for longer by the tries of others."""
FORGOTTEN_AFTER_SECONDS = 3600.0
MOST_ADDRESSES = 1000


@dataclass
class _Tries:
    wrong: int
    blocked_until: float
    last: float


@dataclass(frozen=True)
class Brake:
    """Counts wrong passwords by address, the whole network of 64 bits for IPv6; bounded in memory."""

    clock: Callable[[], float] = time.monotonic
    _tries: OrderedDict[str, _Tries] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def waits(self, address: str) -> float:
        """For how many seconds more no password of this address is looked at."""
        with self._lock:
            tries = self._tries.get(_network(address))
            return max(0.0, tries.blocked_until - self.clock()) if tries else 0.0

    def wrong(self, address: str) -> None:
        now, network = self.clock(), _network(address)
        with self._lock:
            tries = self._tries.pop(network, None)
            if tries is None or now - tries.last > FORGOTTEN_AFTER_SECONDS:
                tries = _Tries(0, 0.0, now)
            tries.wrong, tries.last = tries.wrong + 1, now
            if tries.wrong >= FREE_TRIES:
                doublings = min(tries.wrong - FREE_TRIES, 10)
                tries.blocked_until = now + min(FIRST_WAIT_SECONDS * 2**doublings, LONGEST_WAIT_SECONDS)
            self._tries[network] = tries
            while len(self._tries) > MOST_ADDRESSES:
                self._tries.popitem(last=False)

    def right(self, address: str) -> None:
        with self._lock:
            self._tries.pop(_network(address), None)


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv6Address) and not ip.ipv4_mapped:
        return str(ipaddress.IPv6Network((int(ip) >> 64 << 64, 64)))
    return str(getattr(ip, "ipv4_mapped", None) or ip)
