"""Checkpoints are signed notes that other tools read too, and only the right key signs them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.audit.seals.checkpoint import FIRST, Checkpoint, SignedCheckpoint
from vuurtoren.audit.seals.merkle import EMPTY_ROOT
from vuurtoren.audit.seals.note import BadNote, Note, PublicKey, SigningKey, sign

KEY = SigningKey.new("vereniging.example/sepa-audit")
POINT = Checkpoint(KEY.public.name, 7, EMPTY_ROOT, FIRST, "2026-11-04T09:00:00.000000Z")
# the example of c2sp.org/signed-note and of golang.org/x/mod/sumdb/note
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_it_verifies_a_note_that_another_tool_signed() -> None:
    assert Note.from_text(GO_NOTE).signed_by(PublicKey.from_text(GO_KEY))


def test_a_note_of_another_tool_with_another_text_is_refused() -> None:
    assert not Note.from_text(GO_NOTE.replace("answer", "Answer")).signed_by(PublicKey.from_text(GO_KEY))


def test_a_checkpoint_begins_with_the_three_lines_of_the_standard() -> None:
    lines = POINT.sign(KEY).text.split("\n")
    assert lines[:3] == ["vereniging.example/sepa-audit", "7", base64.b64encode(EMPTY_ROOT).decode()]


def test_a_signed_checkpoint_reads_back() -> None:
    read = SignedCheckpoint.from_text(POINT.sign(KEY).text)
    assert read.checkpoint == POINT
    assert read.signed_by(KEY.public)
    assert read.note.text == POINT.sign(KEY).text


def test_another_key_of_the_same_name_is_not_the_signer() -> None:
    other = SigningKey.new(KEY.public.name)
    assert not SignedCheckpoint.from_text(POINT.sign(other).text).signed_by(KEY.public)


@pytest.mark.parametrize(
    "change",
    [
        {"tree_size": 8},
        {"root": b"x" * 32},
        {"origin": "other"},
        {"previous": "1" * 64},
        {"time_utc": "later"},
    ],
)
def test_a_signature_covers_every_line(change: dict[str, object]) -> None:
    signed = POINT.sign(KEY)
    changed = replace(signed, body=replace(POINT, **change).body)  # type: ignore[arg-type]
    assert not changed.signed_by(KEY.public)


def test_a_new_key_must_have_signed_too() -> None:
    new = SigningKey.new(KEY.public.name)
    point = replace(POINT, new_key=new.public)
    assert SignedCheckpoint.from_text(point.sign(KEY, new).text).signed_by(KEY.public)
    assert not SignedCheckpoint.from_text(point.sign(KEY).text).signed_by(KEY.public)
    assert SignedCheckpoint.from_text(point.sign(KEY, new).text).checkpoint.new_key == new.public


def test_a_cosignature_does_not_change_the_digest() -> None:
    witness = SigningKey.new("witness.example")
    assert SignedCheckpoint.from_text(POINT.sign(KEY, witness).text).checkpoint.digest == POINT.digest


def test_the_short_form_is_size_and_sixteen_digits() -> None:
    assert POINT.short == "7 " + hashlib.sha256(b"").hexdigest()[:16]


def test_keys_are_written_as_other_tools_write_them_and_read_back() -> None:
    name, key_id, encoded = KEY.public.text.split("+", 2)
    raw = base64.b64decode(encoded)
    assert (name, raw[:1]) == (KEY.public.name, b"\x01")
    assert hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
    assert PublicKey.from_text(KEY.public.text) == KEY.public
    assert SigningKey.from_secret_text(KEY.secret_text).public == KEY.public


def test_a_signing_key_does_not_show_its_secret() -> None:
    secret = KEY.secret_text.split("+", 4)[4]
    assert secret not in repr(KEY) + str(KEY)
    assert str(KEY._seed) not in repr(KEY)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", "a+00000000+AAAA", GO_KEY.replace("c74f", "c74e"), "+" + GO_KEY]
)
def test_it_refuses_what_is_no_key(text: str) -> None:
    with pytest.raises(BadNote):
        PublicKey.from_text(text)


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "with\nline"])
def test_it_refuses_a_name_that_would_not_read_back(name: str) -> None:
    with pytest.raises(BadNote):
        SigningKey.new(name)


@pytest.mark.parametrize("body", ["no line break", "empty\n\nline\n"])
def test_it_refuses_to_sign_what_would_not_read_back(body: str) -> None:
    with pytest.raises(BadNote):
        sign(body, KEY)


@pytest.mark.parametrize(
    ("line", "replacement"),
    [(1, "07"), (1, "-1"), (1, "x"), (2, "AAAA"), (2, "!"), (3, "extra 1"), (4, "time"), (4, "")],
)
def test_it_refuses_a_checkpoint_with_another_shape(line: int, replacement: str) -> None:
    lines = POINT.body.split("\n")
    lines[line] = replacement
    with pytest.raises(BadNote):
        Checkpoint.from_body("\n".join(lines))


@given(st.text())
def test_any_text_is_a_checkpoint_or_refused(text: str) -> None:
    with pytest.raises(BadNote):
        SignedCheckpoint.from_text(text)


@given(st.data())
def test_a_changed_character_is_never_accepted(data: st.DataObject) -> None:
    text = POINT.sign(KEY).text
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_categories=["Cs"], exclude_characters=text[at]))
    try:
        read = SignedCheckpoint.from_text(text[:at] + other + text[at + 1 :])
    except BadNote:
        return
    assert not read.signed_by(KEY.public)
