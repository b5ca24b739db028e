"""The document about other hosts says what the mapping does, and its examples can be pasted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.host_records.other_host import MAPPING
from vuurtoren.host_records.mapping import PARTS, read
from vuurtoren.host_records.names import RECORDS

TEXT = (Path(__file__).resolve().parents[2] / "docs/monitoring/OTHER_HOSTS.md").read_text("utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.S)]
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| (.+) \|$", re.M)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_read_without_a_complaint(example):
    assert read(example).problems == ()


def test_the_first_example_is_the_host_that_the_tests_measure():
    assert EXAMPLES[0] == MAPPING


def test_every_part_of_a_mapping_is_explained():
    for part in PARTS:
        assert f"| `{part}` |" in TEXT


def test_every_record_stands_there_with_its_meaning_and_its_fields():
    told = {
        record: (meaning, tuple(re.findall(r"`([^`]+)`", fields)))
        for record, meaning, fields in ROW.findall(TEXT.partition("## What can be mapped")[2])
    }
    assert told == {
        record: (known.meaning[0].upper() + known.meaning[1:], known.fields)
        for record, known in RECORDS.items()
    }
