from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from vuurtoren.signals.catalogue import PROMISES, SHIPPED, SOURCES, UNITS
from vuurtoren.signals.measuring import collect

WINDOW = r"_(?:last_hour|last_day|last_week|this_week|today)$"


def test_every_key_has_one_source():
    promised = Counter(key for source in SOURCES for key in source.promises)
    assert [key for key, times in promised.items() if times > 1] == []


def test_every_source_has_its_own_name():
    names = Counter(source.name for source in SOURCES)
    assert [name for name, times in names.items() if times > 1] == []


def test_windows_of_one_noun_come_from_one_reading():
    """Read at two moments, a week could be less than the day in it."""
    source_of = {key: source.name for source in SOURCES for key in source.promises}
    read_by = defaultdict(set)
    for key, source in source_of.items():
        noun, window, _ = key.partition(next(iter(re.findall(WINDOW, key)), "\0"))
        if window:
            read_by[noun].add(source)
    assert len(read_by) > 5
    assert {noun: sources for noun, sources in read_by.items() if len(sources) > 1} == {}


@pytest.mark.parametrize("key", PROMISES)
def test_a_metric_is_promised_with_its_unit_its_title_and_one_sentence_of_help(key):
    promise = PROMISES[key]
    assert promise.unit and promise.title != key
    assert re.fullmatch(r"[A-Z][^.]+\.", promise.help)


def test_every_shipped_rule_judges_something_that_is_measured():
    assert [rule.metric for rule in SHIPPED if rule.metric not in UNITS] == []


def test_a_round_answers_every_promise_with_a_value_or_a_reason(association):
    snapshot = collect(association)
    assert {metric.key for metric in snapshot} == set(UNITS)
    assert all(metric.known or metric.reason for metric in snapshot)


def test_a_bare_site_answers_every_promise_too(site):
    assert {metric.key for metric in collect(site)} == set(UNITS)


def test_an_answer_survives_being_written_down(association):
    for metric in collect(association):
        assert type(metric).from_plain(metric.as_plain()) == metric
