"""The bytes that are hashed are exact, and stay what they were in version 1."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.audit.seals import canonical
from vuurtoren.audit.seals.canonical import NotCanonical, canonical_json, record

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(-canonical.LARGEST_INTEGER, canonical.LARGEST_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)
ROW: dict[str, Any] = {
    "event_id": "0123456789abcdef0123456789abcdef",
    "event_time_utc": "2026-11-04T09:00:00.000000Z",
    "process_type": "Mandate Creation",
    "action": "mandate_created",
    "compliance_status": "Compliant",
    "severity": "info",
    "reference_doctype": "SEPA Mandate",
    "entity_name": "SEPA Mandate/M-2026-0001",
    "actor": "penningmeester@vereniging.example",
    "trace_id": "t-1",
    "iban_masked": "NL91****4300",
    "details_commit": "ab" * 32,
    "sensitive_data": 1,
    "amount_cents": 0,
    "schema_version": 1,
}
BYTES = (
    b'{"action":"mandate_created","actor":"penningmeester@vereniging.example","amount_cents":null,'
    b'"batch":null,"compliance_status":"Compliant","currency":null,"details_commit":"' + b"ab" * 32 + b'",'
    b'"entity_name":"SEPA Mandate/M-2026-0001","event_id":"0123456789abcdef0123456789abcdef",'
    b'"event_time_utc":"2026-11-04T09:00:00.000000Z","iban_fingerprint":null,"iban_masked":"NL91****4300",'
    b'"mandate":null,"outcome_code":null,"process_type":"Mandate Creation",'
    b'"reference_doctype":"SEPA Mandate","rule_id":null,"sensitive_data":1,"severity":"info",'
    b'"trace_id":"t-1","v":1}'
)


def test_the_record_has_these_bytes_for_ever() -> None:
    assert record(ROW) == BYTES


@given(st.dictionaries(st.sampled_from(canonical.TEXTS), st.none() | st.text()), st.integers(0, 2**53 - 1))
def test_the_record_is_the_canonical_json_of_its_fields(texts: dict[str, str | None], cents: int) -> None:
    row = dict.fromkeys(canonical.TEXTS) | texts | {"amount_cents": cents, "sensitive_data": 1}
    absent = None if cents == 0 and row["currency"] is None else cents
    assert record(row | {"schema_version": 1}) == canonical_json(row | {"amount_cents": absent, "v": 1})


def test_the_leaf_is_the_hash_of_the_context_and_the_record_for_ever() -> None:
    leaf = canonical.leaf_hash(BYTES)
    assert leaf == hashlib.sha256(b"\x00verenigingen-sepa-audit/v1\n" + BYTES).digest()


def test_the_commitment_is_keyed_with_the_salt_of_the_row() -> None:
    salt = canonical.new_salt()
    expected = hmac.new(bytes.fromhex(salt), '{"é":1}'.encode(), hashlib.sha256).hexdigest()
    assert canonical.details_commitment('{"é":1}', salt) == expected
    assert canonical.details_commitment('{"é":1}', canonical.new_salt()) != expected


def test_the_example_of_rfc_8785_without_its_floats_has_the_bytes_of_the_rfc() -> None:
    value = {
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
        "numbers": [4, 0, -7],
    }
    assert canonical_json(value) == (
        b'{"literals":[null,true,false],"numbers":[4,0,-7],'
        b'"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_ordered_by_utf_16_units_as_in_rfc_8785() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]
    ordered = list(json.loads(canonical_json(dict.fromkeys(keys, 0))))
    assert ordered == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@given(VALUES)
def test_canonical_json_reads_back_as_the_same_value_and_the_same_bytes(value: Any) -> None:
    once = canonical_json(value)
    assert json.loads(once) == value
    assert canonical_json(json.loads(once)) == once


@given(st.dictionaries(TEXT, INTEGERS))
def test_the_order_in_which_keys_came_does_not_matter(value: dict[str, int]) -> None:
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), {1: 2}, {None: 1}, 2**53, -(2**53), "\ud800", {"\udfff": 1}, b"x", {1, 2}, object()],
)
def test_it_refuses_what_has_no_exact_bytes(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical_json([value])


def test_it_refuses_what_is_nested_without_end() -> None:
    value: list[Any] = []
    for _ in range(100):
        value = [value]
    with pytest.raises(NotCanonical):
        canonical_json(value)


def test_null_and_empty_are_different() -> None:
    assert record(ROW | {"batch": None}) != record(ROW | {"batch": ""})


def test_an_amount_of_zero_is_absent_only_without_a_currency() -> None:
    assert b'"amount_cents":null' in record(ROW)
    assert b'"amount_cents":0' in record(ROW | {"currency": "EUR"})
    assert b'"amount_cents":5' in record(ROW | {"amount_cents": 5})


@pytest.mark.parametrize("field", canonical.TEXTS)
def test_every_sealed_text_changes_the_record(field: str) -> None:
    stored = str(ROW.get(field) or "")
    others = [stored + " ", stored.upper() + "x", None if field in ROW else ""]
    assert len({record(ROW), *(record(ROW | {field: other}) for other in others)}) == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema_version", 2),
        ("schema_version", 0),
        ("schema_version", None),
        ("action", b"bytes"),
        ("action", 5),
        ("amount_cents", "5"),
        ("amount_cents", 5.0),
        ("amount_cents", 2**60),
        ("sensitive_data", "1"),
    ],
)
def test_a_row_that_no_writer_of_ours_made_has_no_record(field: str, value: Any) -> None:
    with pytest.raises(NotCanonical):
        record(ROW | {field: value})


def test_sealed_values_make_a_row_checkable() -> None:
    row = ROW | {"details": '{"amount":"25.00"}'}
    row |= canonical.sealed_values(row, b"k" * 32)
    assert row["details_commit"] == canonical.details_commitment(row["details"], row["details_salt"])
    assert row["row_mac"] == canonical.row_mac(record(row), b"k" * 32)
    assert row | canonical.sealed_values(row, b"k" * 32) == row


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))
def test_times_read_back_as_they_were_written(moment: datetime) -> None:
    assert canonical.utc_time(canonical.utc_text(moment)) == moment


@pytest.mark.parametrize(
    "text", ["2026-11-04T09:00:00Z", "2026-11-04 09:00:00.000000", "2026-11-04T09:00:00.5Z"]
)
def test_a_time_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError):
        canonical.utc_time(text)
