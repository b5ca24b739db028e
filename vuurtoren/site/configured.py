"""Values of the site configuration, which holds any JSON: each is read as its kind, or ignored and named."""

from __future__ import annotations

import math
from typing import Any, Literal

from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

Kind = Literal["a text", "a number", "yes or no", "a list of texts"]

KINDS: dict[str, Kind] = {
    "lang": "a text",
    "host_name": "a text",
    "time_zone": "a text",
    "scheduler_interval": "a number",
    "pause_scheduler": "yes or no",
    "disable_scheduler": "yes or no",
    "heartbeat_allow_private": "yes or no",
    "alert_recipients": "a list of texts",
    "audit_anchor_recipients": "a list of texts",
    "audit_anchor_webhook": "a text",
    "mail_languages": "a list of texts",
    "audit_anchor_webhook_secret": "a text",
    "audit_fail_closed": "a list of texts",
    "sepa_xsd_folder": "a text",
    "sepa_return_folder": "a text",
    "alert_webhook_secret": "a text",
    "backup_copies": "a list of texts",
    "monitoring_hosts": "a list of texts",
    "backup_drill_login": "a text",
    "backup_drill_password": "a text",
}
"""What the monitor reads, and as what. Thresholds and keys say themselves what is wrong with them."""
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
LONGEST_SHOWN = 60


def text(site: Site, key: str, otherwise: str = "") -> str:
    """A text; raises Unavailable while the configuration cannot be read."""
    return as_text(site.conf(key), otherwise)


def flag(site: Site, key: str, otherwise: bool = False) -> bool:
    """Yes or no: true, 1, "yes" and their opposites; raises Unavailable."""
    return as_flag(site.conf(key), otherwise)


def number(site: Site, key: str, otherwise: float) -> float:
    """A finite number, also as text; raises Unavailable."""
    return as_number(site.conf(key), otherwise)


def texts(site: Site, key: str) -> list[str]:
    """A list of texts, or one text with commas; raises Unavailable."""
    return as_texts(site.conf(key))


def as_text(value: object, otherwise: str = "") -> str:
    return value if isinstance(value, str) and value else otherwise


def as_flag(value: object, otherwise: bool = False) -> bool:
    if isinstance(value, bool | int | float):
        return bool(value)
    said = value.strip().lower() if isinstance(value, str) else None
    return True if said in YES else False if said in NO else otherwise


def as_number(value: object, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return otherwise
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return otherwise
    return read if math.isfinite(read) else otherwise


def as_texts(value: object) -> list[str]:
    listed = value.strip("[] ").split(",") if isinstance(value, str) else value
    if not isinstance(listed, list | tuple):
        return []
    return [said for each in listed if isinstance(each, str) and (said := each.strip(" \"'"))]


def ignored(site: Site) -> list[str]:
    """A sentence for each value that is not of its kind and is therefore ignored."""
    try:
        return [
            Words("{0} in the site configuration: {1} is not {2}; it is ignored", key, _shown(value), kind)
            for key, kind in KINDS.items()
            if (value := site.conf(key)) is not None and not _is(kind, value)
        ]
    except Unavailable:
        return []  # which is named by whoever needs the configuration


def _is(kind: Kind, value: Any) -> bool:
    if kind == "a text":
        return isinstance(value, str)
    if kind == "a number":
        return as_number(value, math.nan) == as_number(value, 0)
    if kind == "yes or no":
        return as_flag(value) == as_flag(value, True)
    return isinstance(value, str) or (
        isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    )


def _shown(value: object) -> str:
    """Its kind, and a value that is no secret."""
    if isinstance(value, bool | int | float) or value is None:
        return repr(value)[:LONGEST_SHOWN]
    return Words("a value of the kind “{0}”", type(value).__name__)
