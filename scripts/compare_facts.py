"""Compares two answers of check_host.py; exit code 1 where the host has lost something."""

from __future__ import annotations

import json
import sys
from pathlib import Path

SHARED = {"SEPA Audit Log", "System Alert"}
"""DocTypes that both apps ship: ours while we are there, the host's again after its next migrate."""


def lost(before: object, after: object) -> object:
    """What the first has and the second has not; of counts, both where they differ."""
    if isinstance(before, list) and isinstance(after, list):
        return sorted(set(before) - set(after) - SHARED)
    return [] if before == after else [before, after]


def main(first: str, second: str) -> int:
    before, after = (json.loads(Path(path).read_text("utf-8")) for path in (first, second))
    found = {key: lost(before[key], after[key]) for key in before}
    for key, what in found.items():
        if what:
            print(f"{key}: {what}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
