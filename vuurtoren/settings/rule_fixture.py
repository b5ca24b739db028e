"""Alert Rules as the JSON that Frappe keeps fixtures in, so that they move between sites; both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vuurtoren.privacy.text import one_line
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules.record import BadRule
from vuurtoren.settings import stored_rules
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words, lines

LARGEST_CHARACTERS = 5_000_000
KNOWN = {"doctype", "name", "rule_key", "unit", "modified", "docstatus", *rule_changes.TOLD_FIELDS}


def export(site: Site) -> str:
    """Every Alert Rule, by key: a list that `bench migrate` takes from an app's fixtures too."""
    return (
        json.dumps([_document(row) for row in stored_rules.read(site)], indent=1, ensure_ascii=False) + "\n"
    )


def bring_in(site: Site, text: str) -> int:
    """Save every record of such a list, or none; how many changed. Raises BadRule naming each bad one.

    Records that are here and not in the list stay. The caller commits.
    """
    if len(text) > LARGEST_CHARACTERS:
        raise BadRule(
            Words(
                "the file has {0} characters; rules never fill {1}",
                f"{len(text):,}",
                f"{LARGEST_CHARACTERS:,}",
            )
        )
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise BadRule(Words("this is no JSON: {0}", failure)) from None
    if not isinstance(loaded, list):
        raise BadRule(Words("this is no list of Alert Rules"))
    wrong = [sentence for number, each in enumerate(loaded, 1) if (sentence := _no_record(number, each))]
    if wrong:
        raise BadRule(lines(wrong))
    return stored_rules.save_all(site, [each | {"enabled": each.get("enabled", 1)} for each in loaded])


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    identity = {"doctype": stored_rules.DOCTYPE, "name": row["rule_key"], "rule_key": row["rule_key"]}
    return identity | rule_changes.stored(row)


def _no_record(number: int, given: object) -> str:
    """Why this is no record of an Alert Rule, or an empty text."""
    if not isinstance(given, dict):
        return f"entry {number} is no Alert Rule"
    named = one_line(given.get("rule_key") or f"entry {number}", 80)
    if given.get("doctype", stored_rules.DOCTYPE) != stored_rules.DOCTYPE:
        return f"{named}: it is a {one_line(given['doctype'], 60)}, not an Alert Rule"
    if given.get("name", given.get("rule_key")) != given.get("rule_key"):
        return f"{named}: its name and its key are not the same"
    # what Frappe's own export adds (owner, creation, idx) is no choice of anybody
    odd = [key for key, value in given.items() if key not in KNOWN and isinstance(value, dict | list)]
    if odd or any(isinstance(given.get(field), dict | list) for field in KNOWN):
        return f"{named}: every field is a text or a number"
    if given.get("enabled", 1) not in (0, 1):
        return f"{named}: enabled is 0 or 1"
    return ""
