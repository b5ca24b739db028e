"""Details lie in a box: nothing can be guessed in it, it opens for its own event only, and shows a change."""

from __future__ import annotations

import json
import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.seals.adversary import _changed_text
from vuurtoren.audit.details.details_box import Opener, State, boxed, is_box, key_id, opened
from vuurtoren.audit.recording.recording import record
from vuurtoren.audit.seals.keys import load_details_keys
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

KEY, OTHER, MAC = b"k" * 32, b"o" * 32, b"m" * 32
ROW = {"event_id": "e" * 32, "details": '{"name":"Jansen"}', "details_salt": "ab" * 32}


def boxed_row(**changes: object) -> dict[str, object]:
    return {**ROW, **boxed({**ROW, **changes}, KEY, MAC)}


@given(st.none() | st.text())
def test_whatever_was_put_in_comes_out(details: str | None) -> None:
    if details is not None:
        details = details.encode("utf-8", "ignore").decode()
    found = Opener([OTHER, KEY], [MAC]).open(boxed_row(details=details))
    assert (found.state, found.details, found.salt) == (State.OPEN, details, ROW["details_salt"])


def test_two_boxes_of_the_same_details_are_not_alike() -> None:
    one, other = boxed_row(), boxed_row()
    assert one["details"] != other["details"]
    assert one["details_salt"] is None


def test_a_box_is_json_that_names_its_key_and_no_word_of_what_is_in_it() -> None:
    text = str(boxed_row()["details"])
    assert json.loads(text)["encrypted"].startswith(f"v1.{key_id(KEY)}.")
    assert "Jansen" not in text
    assert "ab" * 8 not in text


def test_what_was_never_encrypted_passes() -> None:
    found = Opener([KEY], [MAC]).open(ROW)
    assert (found.state, found.details, found.salt) == (State.PLAIN, ROW["details"], ROW["details_salt"])


def test_a_box_of_another_event_does_not_open() -> None:
    moved = boxed_row() | {"event_id": "f" * 32}
    assert Opener([KEY], [MAC]).open(moved).state is State.BROKEN
    assert Opener([KEY], []).open(moved).state is State.BROKEN


def test_without_its_key_a_box_is_locked_and_still_shown_to_be_whole() -> None:
    row = boxed_row()
    found = Opener([OTHER], [MAC]).open(row)
    assert (found.state, found.details, found.key_id) == (State.LOCKED, None, key_id(KEY))
    renamed = str(row["details"]).replace(key_id(KEY), "0" * 8)
    assert Opener([KEY], [MAC]).open(row | {"details": renamed}).state is State.BROKEN


@pytest.mark.parametrize("keys", [[KEY], []], ids=["with its key", "without"])
def test_no_change_of_a_box_goes_unseen(keys: list[bytes]) -> None:
    chance, row = random.Random(7), boxed_row()
    for _ in range(400):
        changed = _changed_text(row["details"], chance)
        if changed != row["details"]:
            assert Opener(keys, [MAC]).open(row | {"details": changed}).state in (State.BROKEN, State.PLAIN)


def test_a_salt_beside_a_box_is_a_change() -> None:
    assert Opener([KEY], [MAC]).open(boxed_row() | {"details_salt": "ab" * 32}).state is State.BROKEN


def test_the_database_holds_neither_details_nor_salt_nor_key(site: SQLiteSite) -> None:
    secret = secrets.token_hex(12)
    record(site, "Reconciliation", "", "", "matched", details={"who": f"Jansen {secret}"})
    site.commit()
    stored = b"".join(path.read_bytes() for path in site.folder.glob("site.db*"))
    (row,) = site.get_all("SEPA Audit Log", ["event_id", "details", "details_salt"])
    (clear,) = opened(site, [row])
    assert is_box(row["details"])
    assert secret in clear["details"]
    for hidden in (secret, clear["details_salt"], load_details_keys(site)[0].hex()):
        assert str(hidden).encode() not in stored
