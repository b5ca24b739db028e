"""How long before something went wrong a change was, as far as that is known."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from vuurtoren.changes.before import line
from vuurtoren.changes.change import APP, Change
from vuurtoren.changes.suspects import Fault, ranked
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

BEGAN = datetime(2026, 11, 4, 9, 0)


@pytest.mark.parametrize(
    ("seen_after_minutes", "looked_before_minutes", "said"),
    [
        (-12, 16, "12 min after hrms 0.9.1 → 0.9.2"),
        (2, 4, "at most 4 min after hrms 0.9.1 → 0.9.2"),
        (0, 4, "at most 4 min after hrms 0.9.1 → 0.9.2"),
        (0, 0, "at the time of hrms 0.9.1 → 0.9.2"),
    ],
)
def test_an_update_is_told_by_what_is_known_of_its_time(
    site: SQLiteSite, seen_after_minutes: int, looked_before_minutes: int, said: str
) -> None:
    """It was seen in the code some time after the look before; no one knows when within."""
    seen = BEGAN + timedelta(minutes=seen_after_minutes)
    looked = BEGAN - timedelta(minutes=looked_before_minutes)
    update = Change(APP, "Changed", "hrms", seen, app="hrms", detail="0.9.1 → 0.9.2", not_before=looked)
    fault = Fault(BEGAN)
    assert line(site, fault, ranked([update], fault)) == said
