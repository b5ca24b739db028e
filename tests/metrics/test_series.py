from __future__ import annotations

import zlib
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.metrics.history import open_samples
from vuurtoren.metrics.history.columns import RAW_DEFLATE, inflated
from vuurtoren.metrics.history.open_samples import Recent, SeriesName
from vuurtoren.metrics.history.series import (
    LARGEST_SAMPLE,
    BrokenSeries,
    Series,
    decode,
    decoded_columns,
    encode,
    in_steps,
    in_unit,
    merged,
    step_for,
)
from vuurtoren.signals.catalogue import UNITS

SLOTS = st.integers(0, 1439)
SAMPLES = st.integers(-LARGEST_SAMPLE, LARGEST_SAMPLE)
STEPS = st.sampled_from([0.01, 0.1, 1.0, 1024.0, 65536.0])


@given(STEPS, st.dictionaries(SLOTS, SAMPLES))
def test_what_is_encoded_is_decoded_unchanged(step, samples):
    assert decode(encode(Series(step, samples))) == Series(step, samples)


@given(STEPS, st.dictionaries(SLOTS, SAMPLES, min_size=1))
def test_a_gap_stays_a_gap(step, samples):
    assert [slot for slot, _ in decode(encode(Series(step, samples))).values()] == sorted(samples)


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
def test_a_small_text_that_grows_beyond_16_mib_is_refused(more, refused):
    length = 16 * 1024 * 1024 + more
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW_DEFLATE)
    small = packer.compress(bytes(length)) + packer.flush()
    assert len(small) < 20_000
    with pytest.raises(BrokenSeries) if refused else nullcontext():
        assert len(inflated(small, RAW_DEFLATE)) == length


RUNS = st.lists(st.tuples(st.integers(1, 200), st.integers(-(10**12), 10**12)), min_size=1, max_size=7)


@given(STEPS, RUNS, st.integers(0, 1400), st.integers(0, 1400))
def test_any_part_of_a_day_that_mostly_stays_as_it_is_is_read_right(step, runs, first, end):
    samples = [sample for length, sample in runs for _ in range(length)]
    columns = decoded_columns(encode(Series(step, dict(enumerate(samples)))))
    assert columns.samples() == samples
    assert columns.samples(first, end) == samples[first:end]
    assert columns.values(first, end) == in_unit(step, samples[first:end])


@given(st.sampled_from(sorted(set(UNITS.values()))), st.floats(-1e12, 1e12))
def test_a_value_comes_back_within_half_a_step(unit, value):
    step = step_for(unit)
    series = decode(encode(Series(step, {0: in_steps(value, step)})))
    assert abs(series.values()[0][1] - value) <= step / 2 * (1 + 1e-9) + abs(value) * 1e-9


@given(st.sampled_from(sorted(set(UNITS.values()) - {"bytes/s"})), st.floats(-1e12, 1e12))
def test_a_value_that_is_not_nothing_does_not_become_nothing(unit, value):
    """Below a whole byte, and a hundredth of all else, nothing is shown."""
    step = step_for(unit, value)
    back = decode(encode(Series(step, {0: in_steps(value, step)}))).values()[0][1]
    assert step <= step_for(unit)
    assert (back == 0) == (abs(value) <= (0.5 if unit.startswith("bytes") else 0.005))
    if abs(value) >= 1:
        assert abs(back - value) <= abs(value) * 0.6


@pytest.mark.parametrize("value", [0, 1, 7, 198, 65_536, 10_000_000])
def test_sizes_are_kept_as_people_compare_them(value):
    step = step_for("bytes", value)
    assert in_steps(value, step) * step == pytest.approx(value, rel=0.01)


def test_small_and_large_values_of_a_day_are_kept_both():
    small, large = Series(1.0, {0: 198}), Series(65536.0, {1: 1000})
    for earlier, added in ((small, large), (large, small)):
        assert dict(merged(earlier, added).values()) == {0: 198.0, 1: 65_536_000.0}


def test_what_waits_is_kept_in_the_finer_precision():
    waiting, name = {}, SeriesName("backup.size_bytes")
    for slot, step, sample in ((0, 65536.0, 2), (1, 1.0, 198), (2, 65536.0, 3)):
        assert open_samples.add(waiting, {name: (step, slot, sample)})
    assert not open_samples.add(waiting, {name: (65536.0, 2, 3)})
    assert waiting == {name: Recent(1.0, {0: 131_072, 1: 198, 2: 196_608})}


def test_what_release_0_1_wrote_is_read():
    written = "0.1 5 Y2Bg3sYqIuLapw8A"
    assert decode(written) == Series(0.1, {0: 10, 1: 20, 5: -15, 700: 3000})


@given(st.binary(max_size=200))
def test_damaged_text_is_refused_and_nothing_else_happens(noise):
    for text in (noise.decode("latin-1"), "1 2 " + noise.decode("latin-1"), encode(Series(1.0, {3: 4}))[:-2]):
        with pytest.raises(BrokenSeries):
            decode(text)


def test_a_regular_day_takes_next_to_nothing():
    quiet = Series(1.0, {slot: 7 for slot in range(1440)})
    assert len(encode(quiet)) < 60


def test_decimals_come_back_as_people_wrote_them():
    assert decode(encode(Series(0.1, {0: 333}))).values() == [(0, 33.3)]


NAMES = st.builds(
    SeriesName,
    st.text(max_size=20),
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2).map(tuple),
)


@given(st.dictionaries(NAMES, st.builds(Recent, STEPS, st.dictionaries(st.integers(0, 2**31), SAMPLES))))
def test_open_samples_come_back_unchanged(samples):
    assert open_samples.read(open_samples.write(samples)) == samples


@given(st.text(min_size=1, max_size=50))
def test_damaged_open_samples_are_refused(noise):
    with pytest.raises(BrokenSeries):
        open_samples.read(noise)
