from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.notifications.notifying import LastNotification, decide

NOW = datetime(2026, 11, 4, 10)
DAY = timedelta(days=1)


def told(hours_ago: float = 0, **ranks: int) -> LastNotification:
    return LastNotification(NOW - timedelta(hours=hours_ago), ranks)


@pytest.mark.parametrize(
    ("last", "open_alerts", "resolved", "repeat", "reason"),
    [
        (None, {"a": 1}, (), None, "first"),
        (told(1), {"a": 1}, (), None, "first"),
        (told(1, a=1), {"a": 1, "b": 1}, (), None, "new in group"),
        (told(1, a=1), {"a": 2}, (), None, "escalated"),
        (told(1, a=2), {"a": 1}, (), None, "do not notify"),
        (told(1, a=1), {"a": 1}, (), DAY, "do not notify"),
        (told(24, a=1), {"a": 1}, (), DAY, "repeat elapsed"),
        (told(24, a=1), {"a": 1}, (), None, "do not notify"),
        (told(-30, a=1), {"a": 1}, (), DAY, "repeat elapsed"),
        (told(1, a=1, b=1), {"b": 1}, ("a",), None, "some resolved"),
        (told(1, a=1), {}, ("a",), None, "all resolved"),
        (None, {}, ("a",), None, "all resolved"),
        (None, {}, (), DAY, "do not notify"),
        (told(1, a=1), {}, (), DAY, "do not notify"),
    ],
)
def test_it_gives_one_reason(
    last: LastNotification | None,
    open_alerts: dict[str, int],
    resolved: tuple[str, ...],
    repeat: timedelta | None,
    reason: str,
) -> None:
    assert decide(last, open_alerts, resolved, repeat, NOW) == reason


ranks = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3))


@given(open_alerts=ranks, hours=st.integers(-5, 5))
def test_what_was_just_told_is_never_told_again_without_a_repeat_interval(
    open_alerts: dict[str, int], hours: int
) -> None:
    last = LastNotification(NOW, open_alerts)
    assert decide(last, open_alerts, (), None, NOW + timedelta(hours=hours)) == "do not notify"


@given(before=ranks, now_open=ranks)
def test_an_alert_that_was_never_told_is_always_told(
    before: dict[str, int], now_open: dict[str, int]
) -> None:
    reason = decide(LastNotification(NOW, before), now_open, (), None, NOW)
    if now_open.keys() - before.keys():
        assert reason in ("first", "new in group")
