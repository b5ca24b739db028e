"""A small part of the measured corpus; the whole is `make benchmark`."""

from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks.detectors import corpus, forecasts, numenta
from benchmarks.detectors.score import score
from vuurtoren.signals.catalogue import SHIPPED


@pytest.fixture(scope="module")
def found():
    return score(corpus.make(1, days=150, names=("host.cpu_percent", "requests.hour")))


def test_most_incidents_are_found_and_few_alarms_are_false(found):
    assert found.incidents >= 4
    assert found.recall >= 0.6
    assert found.false_alarms_a_week <= 0.2


def test_a_found_one_is_found_soon(found):
    assert 10 <= found.median_delay() <= 60


def test_the_same_seed_makes_the_same_year():
    one, other = (list(corpus.make(1, days=90, names=("queue.depth",))) for _ in range(2))
    assert one == other


def test_a_quiet_series_raises_next_to_nothing():
    quiet = [each for each in corpus.make(1, days=69, names=("host.cpu_percent",)) if not each.incidents]
    assert len(quiet) == 1
    assert score(quiet).false_alarms["host.cpu_percent"] <= 3
    assert score(quiet, spreads=2).false_alarms == {"host.cpu_percent": 0}


@pytest.mark.parametrize(
    "rule", [each for each in SHIPPED if each.kind == "unusual"], ids=lambda each: each.key
)
def test_a_shipped_rule_raises_few_false_alarms_and_finds_what_is_ten_times_as_much(rule):
    found = score(corpus.last_hours(rule.metric, 2, days=200), rules=[rule])
    assert found.weeks > 80
    assert found.false_alarms_a_week <= 0.1
    upwards = ("tenfold", "lasting step")
    assert sum(len(found.delays.get(kind, ())) for kind in upwards) > sum(
        found.missed.get(kind, 0) for kind in upwards
    )


def test_a_count_of_the_last_hour_shares_most_with_the_look_before():
    (series, *_) = corpus.last_hours("requests.last_hour", 1, days=60)
    steps = [abs(after - before) for before, after in pairwise(series.values)]
    assert sum(steps) / len(steps) < 0.1 * sum(series.values) / len(series.values)


def test_four_of_five_intervals_hold():
    assert 0.7 < forecasts.coverage(seeds=15).share() < 0.9


class TestNumentaForm:
    def write(self, folder, rows, windows):
        (folder / "data" / "some").mkdir(parents=True)
        (folder / "labels").mkdir()
        (folder / "data" / "some" / "one.csv").write_text("\n".join(rows) + "\n")
        (folder / "labels" / "combined_windows.json").write_text(windows)

    def test_series_and_windows_are_read(self, tmp_path):
        rows = [
            "timestamp,value",
            "2026-01-01 00:05:00,2",
            "2026-01-01 00:00:00,1.5",
            "2026-01-01 00:05:00,3",
        ]
        span = '[["2026-01-01 00:00:00.000000", "2026-01-01 00:05:00.000000"]]'
        self.write(tmp_path, rows, f'{{"some/one.csv": {span}, "some/gone.csv": []}}')
        (series,) = numenta.read(tmp_path)
        assert series.values == [1.5, 3.0] and series.moments == sorted(series.moments)
        assert series.incidents[0].until == series.moments[1]

    def test_another_folder_is_refused_with_what_it_lacks(self, tmp_path):
        with pytest.raises(numenta.NotThatForm, match="combined_windows"):
            list(numenta.read(tmp_path))
        self.write(tmp_path, ["a,b", "1,2"], '{"some/one.csv": []}')
        with pytest.raises(numenta.NotThatForm, match="timestamp"):
            list(numenta.read(tmp_path))
