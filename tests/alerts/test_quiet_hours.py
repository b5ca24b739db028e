from __future__ import annotations

from datetime import datetime

import pytest

from verenigingen.alerts.quiet_hours import parse


@pytest.mark.parametrize(
    ("line", "at", "ends"),
    [
        ("LOW 20:00-08:00", "2026-11-04 19:59", ""),
        ("LOW 20:00-08:00", "2026-11-04 20:00", "2026-11-05 08:00"),
        ("LOW 20:00-08:00", "2026-11-05 07:59", "2026-11-05 08:00"),
        ("LOW 20:00-08:00", "2026-11-05 08:00", ""),
        ("low 12:00 - 13:30", "2026-11-04 13:00", "2026-11-04 13:30"),
        ("LOW 00:00-00:00", "2026-11-04 13:00", "2026-11-05 00:00"),
    ],
)
def test_they_hold_from_their_start_until_their_end(line: str, at: str, ends: str) -> None:
    quiet, refused = parse(line)
    until = quiet["LOW"].ends_at(datetime.fromisoformat(at))
    assert (str(until)[:16] if until else "", refused) == (ends, [])


@pytest.mark.parametrize(
    "line", ["CRITICAL 20:00-08:00", "SEVERE 20:00-08:00", "LOW", "LOW 24:00-08:00", "LOW 8-9"]
)
def test_what_cannot_hold_is_named(line: str) -> None:
    quiet, refused = parse(line)
    assert (dict(quiet), len(refused)) == ({}, 1)
