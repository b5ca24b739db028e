"""Names that sort by time."""

import time

import pytest

from vuurtoren.site.names import time_ordered_name


def test_names_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    milliseconds = [0, 1, 31, 32, 1_795_000_000_000, 1_795_000_000_001, 32_503_680_000_000]
    names = []
    for moment in milliseconds:
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment * 1_000_000)
        names.append(time_ordered_name())
    assert names == sorted(names)
    assert {len(name) for name in names} == {16}


def test_names_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_795_000_000_000_000_000)
    names = {time_ordered_name() for _ in range(1000)}
    assert len(names) == 1000
    assert len({name[:9] for name in names}) == 1
