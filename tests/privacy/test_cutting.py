"""Where a long text is cut, no half of a secret is left."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.frappe_adapter.events import redact_fields
from vuurtoren.privacy.text import LONGEST_TEXT, clean
from vuurtoren.privacy.text_redaction import CUT, LONGEST_ERROR, redact_both_ends, redact_start

LIMIT = 10_000
KEY = "-----BEGIN PRIVATE KEY-----\n" + "MIIEabcd\n" * 300 + "-----END PRIVATE KEY-----\n"
SECRETS = {
    "an IBAN in groups": ("NL91 ABNA 0417 1643 00", "1643"),
    "a token": ("Authorization: Bearer " + "abcd" * 200, "abcdabcd"),
    "a password": ("password=" + "geheim" * 100, "geheim"),
    "a quoted one": ('secret="' + "heel geheim " * 12 + '"', "geheim"),
    "an address": ("jan.jansen@example.nl", "jansen"),
    "a private key": (KEY, "MIIE"),
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("shift", range(0, 60, 7))
@pytest.mark.parametrize("cut", [redact_start, redact_both_ends])
def test_it_leaves_no_half_of(name, shift, cut):
    secret, telling = SECRETS[name]
    text = "x" * shift + " " + f"regel {secret}\n" * (3 * LIMIT // len(secret) + 2)
    shown = cut(text, LIMIT)
    assert telling not in shown
    assert CUT in shown
    assert len(shown) <= LIMIT


def test_it_keeps_the_beginning_and_the_end_of_an_error():
    shown = redact_both_ends("Traceback\n" + "  frame\n" * 50_000 + "ValueError: no mandate", LIMIT)
    assert shown.startswith("Traceback")
    assert shown.endswith("ValueError: no mandate")


def test_a_short_text_is_left_whole():
    assert redact_both_ends("x" * LIMIT, LIMIT) == "x" * LIMIT


def test_an_error_log_row_is_cut_before_it_is_redacted():
    row = {"method": "guest", "error": "password=geheim" * 100_000}
    fields = [SimpleNamespace(fieldname="error", fieldtype="Code", options="")]
    meta = SimpleNamespace(fields=fields, get_field=lambda name: fields[0])
    document = SimpleNamespace(
        doctype="Error Log", meta=meta, flags={}, get=row.get, set=row.__setitem__, name="1"
    )
    redact_fields(document)
    assert len(row["error"]) <= LONGEST_ERROR
    assert "geheim" not in row["error"]


def test_an_embedded_site_does_the_same(site: SQLiteSite):
    site.log_error("guest", "password=geheim " * 100_000)
    site.commit()
    (row,) = site.get_all("Error Log", ["error"], {"method": "guest"})
    assert len(row["error"]) <= 2 * LONGEST_ERROR
    assert "geheim" not in row["error"]


def test_the_text_of_an_alert_is_cut_too():
    shown = clean("NL91 ABNA 0417 1643 00 \x01" * 100_000)
    assert len(shown) <= LONGEST_TEXT
    assert "ABNA" not in shown and not shown.rstrip("…").endswith("1643")
