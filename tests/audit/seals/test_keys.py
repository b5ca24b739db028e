"""Keys are made once, live outside the database, and a new one never throws the old one away."""

from __future__ import annotations

import pytest

from vuurtoren.audit.seals import keys
from vuurtoren.audit.seals.keys import KeysMissing, ensure_keys, load_keys
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


def test_keys_are_made_once(site: SQLiteSite) -> None:
    first = ensure_keys(site)
    again = ensure_keys(site)
    assert first.signer.secret_text == again.signer.secret_text
    assert first.mac == again.mac


def test_without_keys_it_says_so_instead_of_making_some(site: SQLiteSite) -> None:
    with pytest.raises(KeysMissing, match=keys.SIGNING_KEYS):
        load_keys(site)


def test_nobody_makes_keys_while_another_process_does(site: SQLiteSite) -> None:
    with site.lock("sepa-audit-keys"), pytest.raises(KeysMissing, match="try again"):
        ensure_keys(site)


def test_keys_are_named_after_the_site(site: SQLiteSite) -> None:
    assert ensure_keys(site).origin == "vereniging.example/sepa-audit"


def test_keys_are_not_in_the_database(site: SQLiteSite) -> None:
    made = ensure_keys(site)
    site.commit()
    stored = b"".join(path.read_bytes() for path in site.folder.glob("site.db*"))
    assert made.mac[0].hex().encode() not in stored
    assert made.signer.secret_text.encode() not in stored


def test_a_new_key_comes_after_the_old_one(site: SQLiteSite) -> None:
    old = ensure_keys(site).signer
    new = keys.add_signing_key(site)
    loaded = load_keys(site)
    assert loaded.signer.public == new
    assert loaded.signing_key(old.public.key_id) is not None
    assert loaded.origin == old.public.name


def test_the_environment_wins(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_keys(site)
    other = keys.SigningKey.new("other/sepa-audit")
    monkeypatch.setenv("SEPA_AUDIT_SIGNING_KEYS", other.secret_text)
    assert load_keys(site).signer.public == other.public
    with pytest.raises(KeysMissing, match="SEPA_AUDIT_SIGNING_KEYS"):
        keys.add_signing_key(site)


@pytest.mark.parametrize("value", ["text", [1], ["nonsense"], {"a": 1}])
def test_a_key_that_cannot_be_read_is_named_and_never_replaced(site: SQLiteSite, value: object) -> None:
    ensure_keys(site)
    site.set_conf(keys.SIGNING_KEYS, value)
    with pytest.raises(KeysMissing, match=keys.SIGNING_KEYS):
        ensure_keys(site)
    assert site.conf(keys.SIGNING_KEYS) == value


def test_all_keys_show_no_secrets(site: SQLiteSite) -> None:
    made = ensure_keys(site)
    assert made.signer.secret_text not in repr(made)
    assert made.mac[0].hex() not in repr(made)
