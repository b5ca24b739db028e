"""The same error has one fingerprint on every Frappe, two errors have two, and no input breaks it."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vuurtoren.error_kinds.fingerprint import LONGEST_TEXT, LONGEST_TITLE, bounded, excerpt, fingerprint
from vuurtoren.error_kinds.normalise import normalise
from vuurtoren.privacy.redaction import redact_text

RECORDED = Path(__file__).with_name("tracebacks")
"""What Frappe 14, 15 and 16 stored for the same seven failures of one app (member data made up)."""


def recorded(name: str) -> str:
    return (RECORDED / f"{name}.txt").read_text("utf-8")


def python_traceback(raising: str, path: str = "apps/verenigingen/verenigingen/dues.py") -> str:
    try:
        exec(compile(raising, path, "exec"), {})
    except Exception:
        return traceback.format_exc()
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("name", "title", "culprit"),
    [
        ("nightly", "KeyError: …", "probe/dues.py in look_up"),
        ("chained", "ValidationError: Member … row #… of … has no mandate", "probe/dues.py in chained"),
        ("template", "TemplateSyntaxError: Expected an expression, got …", "probe/dues.py in template"),
        ("missing", "DoesNotExistError: User … not found", "probe/dues.py in missing"),
        ("background-job", "DoesNotExistError: User … not found", "frappe/client.py in get"),
        (
            "scheduled-job",
            "TypeError: rank() missing … required positional argument: severity",
            "frappe/core/doctype/scheduled_job_type/scheduled_job_type.py in execute",
        ),
        (
            "web-request",
            "OperationalError: 1054 Unknown column nothing_there in ORDER BY",
            "frappe/model/db_query.py in build_and_run",
        ),
    ],
)
def test_one_failure_has_one_fingerprint_on_frappe_14_15_and_16(name: str, title: str, culprit: str) -> None:
    kinds = {fingerprint("any title", recorded(f"{version}-{name}")) for version in ("v14", "v15", "v16")}
    assert len(kinds) == 1
    kind = kinds.pop()
    assert (kind.title, kind.culprit) == (title, culprit)


def test_the_recorded_failures_are_told_apart() -> None:
    files = sorted(RECORDED.glob("v15-*.txt"))
    assert len({fingerprint("t", file.read_text("utf-8")).key for file in files}) == len(files) == 7


def test_line_numbers_and_values_do_not_count() -> None:
    before = python_traceback("raise ValueError('member 7 owes EUR 12,50')")
    after = python_traceback("\n\n\nraise ValueError('member 8812 owes EUR 1.400,00')")
    assert fingerprint("x", before) == fingerprint("y", after)


def test_the_exception_the_place_and_the_message_do_count() -> None:
    texts = [
        python_traceback("raise ValueError('no mandate')"),
        python_traceback("raise KeyError('no mandate')"),
        python_traceback("raise ValueError('no bank')"),
        python_traceback("raise ValueError('no mandate')", "apps/verenigingen/verenigingen/batch.py"),
    ]
    assert len({fingerprint("x", text).key for text in texts}) == 4


def test_windows_line_ends_do_not_count() -> None:
    text = python_traceback("raise ValueError('no mandate')")
    assert fingerprint("x", text.replace("\n", "\r\n")) == fingerprint("x", text)


def test_the_depth_of_a_recursion_does_not_count() -> None:
    call = "def f(n):\n    if n == 0:\n        raise ValueError('end')\n    f(n - 1)\nf({})"
    assert fingerprint("x", python_traceback(call.format(5))) == fingerprint(
        "x", python_traceback(call.format(90))
    )


def test_text_before_and_after_the_traceback_does_not_count() -> None:
    text = python_traceback("raise ValueError('no mandate')")
    around = f"Batch 7 failed for 12 members:\n{text}\nRequest data: {{'iban': 'x'}}"
    assert fingerprint("x", around) == fingerprint("x", text)


def test_an_exception_without_frames_is_known_by_its_type_and_message() -> None:
    text = "Traceback with variables (most recent call last):\nfrappe.exceptions.ValidationError: no mandate"
    assert fingerprint("x", text).title == "ValidationError: no mandate"


def test_without_a_traceback_the_title_decides() -> None:
    one = fingerprint("Payment tr_8273hd failed for NL91ABNA0417164300", "anything")
    other = fingerprint("Payment tr_11 failed for NL91****4300", "something else")
    assert one == other
    assert one.title == "Payment … failed for …"


@pytest.mark.parametrize("title", ["", None, "Error", "  error "])
def test_a_title_that_says_nothing_gives_way_to_the_first_line_of_the_text(title: str | None) -> None:
    assert fingerprint(title, "Bank refused batch 7\nmore").title == "Bank refused batch …"


def test_nothing_at_all_is_still_a_kind() -> None:
    assert fingerprint(None, None).title == "Error"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Row #3: member jan@x.nl has no mandate", "Row #…: member … has no mandate"),
        ("Invalid IBAN NL91 ABNA 0417 1643 00 in row 4", "Invalid IBAN … in row …"),
        ("IBAN be68 5390 0754 7034 does not exist", "IBAN … does not exist"),
        ("file /home/frappe/a/b.txt is missing", "file … is missing"),
        ("at 2026-11-24 10:22:33.123456+01:00 the bank said no", "at … the bank said no"),
        ("on 24 november 2026 the bank said no", "on … the bank said no"),
        ("€ 1.234,50 and EUR 12", "€ … and EUR …"),
        ("Can't find 'x' in the members' list", "Can't find … in the members' list"),
        ("<strong>Jan Jansen</strong> has left", "… has left"),
        ("SINV-2026-00012, a1b2c3d4e5 and 550e8400-e29b-41d4-a716-446655440000", "… and …"),
        ("https://example.nl/a?b=1 gave 404", "… gave …"),
        ("[Sales Invoice, nrqbnkrikk]: customer", "[Sales Invoice, …]: customer"),
        ("<Request 'http://x' [GET]> at 0x7f33aa", "… at …"),
        ("erpnext.accounts.utils.get_balance and/or more", "erpnext.accounts.utils.get_balance and/or more"),
        ("betaling 💶 mislukt", "betaling 💶 mislukt"),
    ],
)
def test_values_are_replaced_and_words_stay(message: str, expected: str) -> None:
    assert normalise(message) == expected


@pytest.mark.parametrize(
    ("message", "exception", "expected"),
    [
        ("(1062, \"Duplicate entry 'x' for key 'y'\")", "IntegrityError", "1062 Duplicate entry … for key y"),
        (
            "(1054, \"Unknown column 'iban' in 'SELECT'\")",
            "OperationalError",
            "1054 Unknown column iban in SELECT",
        ),
        (
            "'NoneType' object has no attribute 'iban'",
            "AttributeError",
            "NoneType object has no attribute iban",
        ),
        ("Could not find Member: Jan Jansen", "LinkValidationError", "Could not find Member: …"),
    ],
)
def test_names_from_the_code_stay_and_names_of_people_do_not(
    message: str, exception: str, expected: str
) -> None:
    assert normalise(message, exception) == expected


@pytest.mark.parametrize(
    "message",
    ["for NL91ABNA0417164300 it failed", "mail to jan.jansen@example.nl bounced", "bel 06-12345678 terug"],
)
def test_a_redacted_message_is_the_same_message(message: str) -> None:
    assert normalise(redact_text(message)) == normalise(message)


def test_the_excerpt_leaves_the_variables_of_the_frames_out() -> None:
    text = excerpt(recorded("v16-nightly"))
    assert "NL91" not in text and "iban =" not in text
    assert text.startswith("Traceback with variables")
    assert text.endswith("builtins.KeyError: 'MEM-0042'")


def test_a_variable_that_prints_a_traceback_invents_no_frame() -> None:
    # The recorded job has one whose repr is a whole traceback.
    assert "apps/fake/fake/x.py" in recorded("v15-nightly")
    assert fingerprint("x", recorded("v15-nightly")).culprit == "probe/dues.py in look_up"


def test_huge_input_is_cut_in_the_middle() -> None:
    text = python_traceback("raise ValueError('no mandate')")
    huge = text.replace("    raise", f"      blob = {'x' * 3_000_000}\n    raise")
    assert len(bounded(huge)) < LONGEST_TEXT + 100
    assert fingerprint("x", huge) == fingerprint("x", text)


def test_a_text_of_nothing_but_frames_ends() -> None:
    line = '\n  File "apps/a/a.py", line 1, in f'
    assert fingerprint("x", line * 100_000).culprit == "a.py in f"


PIECES = st.sampled_from(
    [
        "Traceback (most recent call last):",
        "Traceback with variables (most recent call last):",
        '  File "apps/a/a/b.py", line 3, in f',
        '  File "',
        "      x = 1",
        "During handling of the above exception, another exception occurred:",
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "apps/a/a/b.py", line 3, in f',
        "  | ExceptionGroup: several (2 sub-exceptions)",
        "  +-+---------------- 1 ----------------",
        "    +---------------- 2 ----------------",
        "    | ValueError: x",
        "    +------------------------------------",
        "\ue000",
        "ValueError: ",
        "\x00",
        "<b>",
        "'",
        '"',
        '(1062, "',
        "\ud800",
        "💶",
        "NL91ABNA0417164300",
    ]
)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=30))).map("\n".join)


@given(HOSTILE, HOSTILE)
def test_any_input_gives_a_bounded_answer(title: str, text: str) -> None:
    kind = fingerprint(title, text)
    assert len(kind.key) == 16
    assert 0 < len(kind.title) <= LONGEST_TITLE
    assert len(kind.culprit) <= LONGEST_TITLE
    assert len(excerpt(text)) <= 4_000


@given(st.integers(), st.text(alphabet="abcdefghij", min_size=1, max_size=12), st.uuids())
def test_numbers_quoted_values_and_ids_never_make_another_kind(number: int, word: str, uuid: object) -> None:
    message = "Row {} of '{}' in {} was refused"
    some = normalise(message.format(number, word, uuid))
    assert some == normalise(message.format(1, "x", "SINV-2026-00001"))


@given(st.text(max_size=2_000))
def test_a_normalised_message_is_one_bounded_line(message: str) -> None:
    once = normalise(message)
    assert len(once) <= 320
    assert not {"\n", "\x00"} & set(once)


def test_the_same_input_gives_the_same_key_in_every_process() -> None:
    assert fingerprint("Bank refused", "").key == "232edd7e2f8818f5"


def test_a_library_that_was_compiled_elsewhere_is_not_the_culprit() -> None:
    text = """Traceback (most recent call last):
  File "apps/verenigingen/verenigingen/returns.py", line 3, in read
    etree.fromstring(xml)
  File "src/lxml/etree.pyx", line 3306, in lxml.etree.fromstring
lxml.etree.XMLSyntaxError: Premature end of data in tag TxInf line 3
"""
    assert fingerprint("x", text).culprit == "verenigingen/returns.py in read"
