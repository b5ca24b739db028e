"""Errors are told apart as their meaning says, over a corpus of tracebacks that real code has raised."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.error_grouping import GOAL_PRECISION, GOAL_RECALL, corpus, grouping
from vuurtoren.error_kinds.fingerprint import fingerprint

ROWS = corpus()
SOURCES = sorted({row["source"] for row in ROWS})
PEOPLE = ("Jansen", "Idrissi", "Vries")
SAID_IN_LINES = ("with notes", "frappe: mandate expired")
"""Where the first line of a statement that is spread over several does not show what is put into its text."""


def test_the_corpus_is_large_and_of_many_sources() -> None:
    assert len(ROWS) >= 150
    assert {"frappe-14", "frappe-15", "frappe-16", "pymysql", "psycopg2", "sqlite3"} <= set(SOURCES)


def test_pairs_of_errors_are_grouped_as_their_labels_say() -> None:
    found = grouping(ROWS)
    assert found.precision >= GOAL_PRECISION
    assert found.recall >= GOAL_RECALL


@pytest.mark.parametrize("source", SOURCES)
def test_no_source_is_grouped_much_worse_than_the_others(source: str) -> None:
    found = grouping([row for row in ROWS if row["source"] == source])
    assert found.precision >= GOAL_PRECISION
    assert found.recall >= 0.9


def test_no_title_names_a_person() -> None:
    titles = Counter(
        row["label"]
        for row in ROWS
        if any(who in fingerprint(row["title"], row["text"]).title for who in PEOPLE)
    )
    assert set(titles) <= set(SAID_IN_LINES)
