"""Names that sort by time."""

import time

import pytest

from vuurtoren.site.names import time_ordered_name

NOW_NS = 1_795_000_000_000_000_000


def test_names_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    milliseconds = [0, 1, 31, 32, 1_795_000_000_000, 1_795_000_000_001, 32_503_680_000_000]
    names = []
    for moment in milliseconds:
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment * 1_000_000)
        names.append(time_ordered_name())
    assert names == sorted(names)
    assert {len(name) for name in names} == {16}


def test_names_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOW_NS)
    names = [time_ordered_name() for _ in range(1000)]
    assert len(set(names)) == 1000
    assert names == sorted(names)


def test_names_sort_as_they_were_made_where_the_clock_goes_back_a_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = []
    for back_ms in (0, 1, 40, 3, 900, 0):
        monkeypatch.setattr(time, "time_ns", lambda back=back_ms: NOW_NS - back * 1_000_000)
        names.append(time_ordered_name())
    assert names == sorted(set(names))


def test_names_follow_a_clock_that_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOW_NS)
    before = time_ordered_name()
    monkeypatch.setattr(time, "time_ns", lambda: NOW_NS - 3_600 * 10**9)
    assert time_ordered_name() < before
