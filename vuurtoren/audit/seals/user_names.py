"""Users that were given another name since an entry: only what the trail itself says of that excuses it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Sequence
from typing import Any

RENAMES = {"process_type": "Configuration Change", "action": "user_renamed"}
"""The entries that say so: their details hold keyed digests of both names, for names are personal data."""


def digests(name: str, mac_keys: Sequence[bytes]) -> list[str]:
    """What a name is called in such an entry, with each key of the site: an older entry knows older keys."""
    message = b"user-name\n" + name.encode("utf-8", "surrogatepass")
    return [hmac.digest(key, message, "sha256").hex()[:32] for key in mac_keys]


def rename_details(before: str, after: str, mac_keys: Sequence[bytes]) -> dict[str, list[str]]:
    """The details of an entry about a rename."""
    return {"before": digests(before, mac_keys), "after": digests(after, mac_keys)}


class Renames:
    """Which names became which; `unreadable` when an entry about it cannot be opened."""

    def __init__(self, mac_keys: Sequence[bytes]) -> None:
        self.unreadable = False
        self._mac_keys = mac_keys
        self._steps: list[tuple[set[str], set[str]]] = []

    def add(self, details: str) -> None:
        told = json.loads(details)
        self._steps.append((_texts(told.get("before")), _texts(told.get("after"))))

    def explain(self, before: str, after: str) -> bool:
        """Whether a user of the one name may be called by the other now."""
        reached, wanted = set(digests(before, self._mac_keys)), set(digests(after, self._mac_keys))
        waiting = list(self._steps)
        while next_steps := [step for step in waiting if step[0] & reached]:
            reached.update(*(step[1] for step in next_steps))
            waiting = [step for step in waiting if step not in next_steps]
        return bool(reached & wanted)


def _texts(value: Any) -> set[str]:
    return {str(each) for each in value} if isinstance(value, Iterable) else set()
