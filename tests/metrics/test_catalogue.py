from __future__ import annotations

from collections import Counter

from verenigingen.alerts.rules import SHIPPED
from verenigingen.metrics.catalogue import SOURCES, UNITS
from verenigingen.metrics.collector import collect


def test_every_key_has_one_source():
    promised = Counter(key for source in SOURCES for key in source.promises)
    assert [key for key, times in promised.items() if times > 1] == []


def test_every_source_has_its_own_name():
    names = Counter(source.name for source in SOURCES)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_key_has_a_unit():
    assert [key for key, unit in UNITS.items() if not unit] == []


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
