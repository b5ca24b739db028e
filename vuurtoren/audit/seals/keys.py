"""The keys of the audit trail: in the site configuration or the environment, never in the database."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vuurtoren.audit.seals.note import SECRET_PREFIX, PublicKey, SigningKey
from vuurtoren.site.errors import SiteError
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

SIGNING_KEYS = "sepa_audit_signing_keys"
"""Configuration key: a list of secret texts, the newest last. Once a new key has signed, the public text of
the old one is enough."""
MAC_KEYS = "sepa_audit_mac_keys"
"""Configuration key: a list of hexadecimal keys, the newest last. Old ones stay, to check old rows with."""
DETAILS_KEYS = "sepa_audit_details_keys"
"""Configuration key: a list of hexadecimal keys, the newest last, that details are encrypted with. Old ones
stay until every row is encrypted with the newest, and with the backups from before."""
ENVIRONMENT = {
    SIGNING_KEYS: "SEPA_AUDIT_SIGNING_KEYS",
    MAC_KEYS: "SEPA_AUDIT_MAC_KEYS",
    DETAILS_KEYS: "SEPA_AUDIT_DETAILS_KEYS",
}
"""Environment variables that win over the configuration: the same lists, separated by spaces."""
MAC_KEY_BYTES = 32
DETAILS_KEY_BYTES = 32
LOCK = "sepa-audit-keys"


class KeysMissing(SiteError):
    """A key of the audit trail is not there or cannot be read; the text names the fix."""


@dataclass(frozen=True)
class AuditKeys:
    """All keys of one site, oldest first; the last ones are in use.

    `origin` is what checkpoints are signed as; it stays when the site gets another host name.
    """

    origin: str
    signing: tuple[SigningKey, ...]
    mac: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"AuditKeys(signing={list(self.signing)}, mac={len(self.mac)} keys)"

    @property
    def signer(self) -> SigningKey:
        return self.signing[-1]

    def signing_key(self, key_id: str) -> SigningKey | None:
        return next((key for key in self.signing if key.public.key_id == key_id), None)


def ensure_keys(site: Site) -> AuditKeys:
    """The site's keys, made on first use; two workers that come at once get the same ones.

    Raises KeysMissing when another process holds the lock, so that nobody ever makes a second pair.
    """
    if not (_listed(site, SIGNING_KEYS) and _listed(site, MAC_KEYS)):
        with site.lock(LOCK) as mine:
            if not mine:
                raise KeysMissing(Words("the keys of the audit trail are being made; try again"))
            _make_missing(site)
    return load_keys(site)


def load_keys(site: Site) -> AuditKeys:
    """The site's keys; raises KeysMissing when there are none."""
    entries = _signing_keys(site)
    signing = tuple(entry for entry in entries if isinstance(entry, SigningKey))
    if not signing:
        raise KeysMissing(
            Words("{0} in the site configuration holds no secret key to sign with", SIGNING_KEYS)
        )
    origin = load_public_keys(site)[0].name
    return AuditKeys(origin, signing, load_mac_keys(site))


def load_public_keys(site: Site) -> tuple[PublicKey, ...]:
    """Whose signatures the site itself believes, oldest first; raises KeysMissing."""
    return tuple(entry if isinstance(entry, PublicKey) else entry.public for entry in _signing_keys(site))


def holds_keys(site: Site) -> bool:
    """Whether this site has, or had, keys of the trail; asking makes none."""
    return bool(_listed(site, SIGNING_KEYS) or _listed(site, MAC_KEYS))


def newest_mac_key(site: Site) -> bytes:
    """The key that new rows are authenticated with, made on first use; raises KeysMissing."""
    return (load_mac_keys(site) if _listed(site, MAC_KEYS) else ensure_keys(site).mac)[-1]


def load_mac_keys(site: Site) -> tuple[bytes, ...]:
    """The keys of `row_mac`, oldest first; raises KeysMissing."""
    listed = _listed(site, MAC_KEYS)
    if not listed:
        raise KeysMissing(Words("the site configuration has no {0}", MAC_KEYS))
    try:
        return tuple(bytes.fromhex(text) for text in listed)
    except ValueError:
        raise KeysMissing(Words("{0} in the site configuration is not hexadecimal", MAC_KEYS)) from None


def newest_details_key(site: Site) -> bytes:
    """The key that new details are encrypted with, made on first use; raises KeysMissing."""
    listed = _listed(site, DETAILS_KEYS)
    if not listed:
        with site.lock(LOCK) as mine:
            if not mine:
                raise KeysMissing(Words("the key of the audit details is being made; try again"))
            if not _stored(site, DETAILS_KEYS):
                site.set_conf(DETAILS_KEYS, [secrets.token_hex(DETAILS_KEY_BYTES)])
        listed = _stored(site, DETAILS_KEYS)
    return _details_key(listed[-1])


def load_details_keys(site: Site) -> tuple[bytes, ...]:
    """Every key that details may be encrypted with, oldest first; none where there is none.

    The file is read in any case: another process may have made a new key since this one read it.
    """
    listed = _listed(site, DETAILS_KEYS)
    added = [] if os.environ.get(ENVIRONMENT[DETAILS_KEYS]) else _stored(site, DETAILS_KEYS)
    return tuple(_details_key(text) for text in dict.fromkeys([*listed, *added]))


def add_details_key(site: Site) -> bytes:
    """Put a new key for details behind the old ones; what was encrypted before needs those still."""
    if os.environ.get(ENVIRONMENT[DETAILS_KEYS]):
        raise KeysMissing(
            Words("the keys come from {0}: add the new one there, at the end", ENVIRONMENT[DETAILS_KEYS])
        )
    with site.lock(LOCK) as mine:
        if not mine:
            raise KeysMissing(Words("the keys of the audit trail are being changed; try again"))
        made = secrets.token_hex(DETAILS_KEY_BYTES)
        site.set_conf(DETAILS_KEYS, [*_stored(site, DETAILS_KEYS), made])
    return bytes.fromhex(made)


def _details_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != DETAILS_KEY_BYTES:
        raise KeysMissing(
            Words("{0} in the site configuration holds no key of 64 hexadecimal digits", DETAILS_KEYS)
        )
    return key


def _signing_keys(site: Site) -> list[SigningKey | PublicKey]:
    listed = _listed(site, SIGNING_KEYS)
    if not listed:
        raise KeysMissing(Words("the site configuration has no {0}", SIGNING_KEYS))
    try:
        return [
            SigningKey.from_secret_text(text) if text.startswith(SECRET_PREFIX) else PublicKey.from_text(text)
            for text in listed
        ]
    except ValueError as error:
        raise KeysMissing(
            Words("{0} in the site configuration cannot be read: {1}", SIGNING_KEYS, error)
        ) from None


def add_signing_key(site: Site) -> PublicKey:
    """Put a new signing key beside the old one; both sign the next checkpoint, which names the new one."""
    if os.environ.get(ENVIRONMENT[SIGNING_KEYS]):
        raise KeysMissing(
            Words("the signing keys come from {0}: add the new one there", ENVIRONMENT[SIGNING_KEYS])
        )
    with site.lock(LOCK) as mine:
        if not mine:
            raise KeysMissing(Words("the keys of the audit trail are being changed; try again"))
        made = SigningKey.new(load_keys(site).origin)
        site.set_conf(SIGNING_KEYS, [*_stored(site, SIGNING_KEYS), made.secret_text])
    return made.public


def _make_missing(site: Site) -> None:
    if not (_listed(site, SIGNING_KEYS) or _stored(site, SIGNING_KEYS)):
        site.set_conf(SIGNING_KEYS, [SigningKey.new(_origin(site)).secret_text])
    if not (_listed(site, MAC_KEYS) or _stored(site, MAC_KEYS)):
        site.set_conf(MAC_KEYS, [secrets.token_hex(MAC_KEY_BYTES)])


def _origin(site: Site) -> str:
    return (re.sub(r"[\s+/]+", "-", site.name) or "site") + "/sepa-audit"


def _listed(site: Site, key: str) -> list[str]:
    """From the environment, else from the configuration, also when another process wrote it just now."""
    from_environment = os.environ.get(ENVIRONMENT[key], "").split()
    return from_environment or _texts(key, site.conf(key)) or _stored(site, key)


def _stored(site: Site, key: str) -> list[str]:
    """Straight from the file: a long-running process may have read its configuration before."""
    try:
        stored = json.loads((site.site_path() / "site_config.json").read_text("utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise KeysMissing(Words("site_config.json cannot be read: {0}", error)) from error
    return _texts(key, stored.get(key))


def _texts(key: str, value: Any) -> list[str]:
    if value is None:
        return []
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(isinstance(v, str) for v in value)
    ):
        raise KeysMissing(Words("{0} in the site configuration is no list of texts", key))
    return list(value)
