"""Which of several exceptions names the error, and what of its message belongs to its kind."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import pytest

from vuurtoren.error_kinds.fingerprint import LONGEST_TEXT, Fingerprint, excerpt, fingerprint
from vuurtoren.error_kinds.normalise import normalise
from vuurtoren.error_kinds.reading.random_words import is_random
from vuurtoren.error_kinds.reading.tracebacks import GROUP_HEADER, read

APP = "apps/association/association/dues.py"
NOTES_AND_GROUPS = pytest.mark.skipif(sys.version_info < (3, 11), reason="came with Python 3.11")


def failing(code: str, path: str = APP, **names: Any) -> str:
    """The traceback of code that is run as if it stood in an app."""
    try:
        exec(compile(code, path, "exec"), dict(names))
    except BaseException as error:
        below = error.__traceback__ and error.__traceback__.tb_next
        return "".join(traceback.format_exception(type(error), error, below))
    raise AssertionError("nothing was raised")


def kind(code: str, **names: Any) -> Fingerprint:
    return fingerprint("title", failing(code, **names))


HANDLER = """
def work():
    raise {cause}
def run():
    try:
        work()
    except Exception as error:
        {handler}
run()
"""


class OperationalError(Exception):
    pass


def handled(cause: str, handler: str) -> Fingerprint:
    return kind(HANDLER.format(cause=cause, handler=handler), OperationalError=OperationalError)


@pytest.mark.parametrize(
    "handler",
    [
        "error.args[7]",
        "raise RuntimeError('no more') from error",
        "tell(error)",
        "raise error",
        "None.rollback()",
    ],
)
def test_the_cause_decides_whatever_its_handler_did(handler: str) -> None:
    found = handled("ValueError('no mandate')", handler)
    assert (found.title, found.culprit) == ("ValueError: no mandate", "association/dues.py in work")
    assert found == handled("ValueError('no mandate')", "raise")


def test_two_causes_behind_one_handler_are_two_kinds() -> None:
    assert handled("ValueError('a')", "error.args[7]") != handled("KeyError('a')", "error.args[7]")


def test_what_was_hidden_on_purpose_does_not_decide() -> None:
    assert handled("KeyError('a')", "raise ValueError('wrong') from None").title == "ValueError: wrong"


def test_a_miss_that_was_made_good_is_not_the_cause_of_what_failed_instead() -> None:
    code = """
def load():
    return 1 / 0
def cached():
    try:
        return {}['fee']
    except KeyError:
        return load()
cached()
"""
    assert kind(code).title == "ZeroDivisionError: division by zero"


def test_a_wrapper_of_the_framework_is_the_error_that_it_carries() -> None:
    # Frappe's own traceback shows only the wrapper, Python's the driver's error behind it.
    message = "(1062, \"Duplicate entry 'x' for key 'iban'\")"
    frames = f'  File "{APP}", line 3, in add\n    doc.insert()\n'
    framework = '  File "apps/frappe/frappe/model/base_document.py", line 5, in db_insert\n'
    wrapper = f"('Member', 'Jan', IntegrityError{message})"
    head = "Traceback (most recent call last):\n"
    plain = (
        f"{head}{framework}pymysql.err.IntegrityError: {message}\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        f"{head}{frames}{framework}frappe.exceptions.UniqueValidationError: {wrapper}\n"
    )
    alone = f"{head}{frames}{framework}frappe.exceptions.UniqueValidationError: {wrapper}\n"
    assert fingerprint("x", plain).key == fingerprint("x", alone).key
    assert "1062 Duplicate entry … for key iban" in fingerprint("x", alone).title


INTERRUPTED = """
class JobTimeoutException(Exception): pass
class SoftTimeLimitExceeded(Exception): pass
def one(): raise {interrupt}
def other(): one()
def third():
    try:
        1 / 0
    except ZeroDivisionError:
        other()
def fourth():
    try:
        one()
    except BaseException as error:
        error.args[9]
def nightly(): {line}()
def hourly(): {line}()
{job}()
"""


@pytest.mark.parametrize(
    "interrupt",
    [
        "JobTimeoutException('Task exceeded maximum timeout value (300 seconds)')",
        "SystemExit(1)",
        "KeyboardInterrupt",
        "SoftTimeLimitExceeded(300)",
    ],
)
def test_what_interrupts_is_one_kind_for_each_job(interrupt: str) -> None:
    def interrupted(job: str, line: str) -> Fingerprint:
        return kind(INTERRUPTED.format(interrupt=interrupt, job=job, line=line))

    lines = ("one", "other", "third", "fourth")
    nightly = {interrupted("nightly", line).key for line in lines}
    assert len(nightly) == 1
    assert nightly.isdisjoint({interrupted("hourly", line).key for line in lines})


def test_an_interrupted_job_is_named_where_it_begins_and_not_where_it_was() -> None:
    found = kind(INTERRUPTED.format(interrupt="KeyboardInterrupt", job="nightly", line="one"))
    assert (found.title, found.culprit) == ("KeyboardInterrupt", "association/dues.py in nightly")


def test_a_program_that_gives_up_with_a_reason_was_not_interrupted() -> None:
    assert kind("def f(): raise SystemExit('no bank file')\nf()").title == "SystemExit: no bank file"


GROUP = """
def share(total): return total / 0
def number(text): return int(text)
def attempt(works):
    for work, value in works:
        try:
            work(value)
        except Exception as error:
            yield error
def collect(works): raise ExceptionGroup('some failed', list(attempt(works)))
def night(works):
    try:
        collect(works)
    except Exception as error:
        raise ExceptionGroup('the night failed', [error])
{call}
"""


@NOTES_AND_GROUPS
def test_how_often_an_exception_stands_in_a_group_does_not_count() -> None:
    once, often = (kind(GROUP.format(call=f"collect([(share, 1)] * {n})")) for n in (1, 20))
    assert once == often
    assert (once.title, once.culprit) == (
        "ZeroDivisionError: division by zero",
        "association/dues.py in share",
    )


@NOTES_AND_GROUPS
@pytest.mark.parametrize("call", ["collect", "night"])
def test_other_exceptions_in_a_group_are_another_kind(call: str) -> None:
    works = ("[(share, 1)]", "[(number, 'x')]", "[(share, 1), (number, 'x')]")
    assert len({kind(GROUP.format(call=f"{call}({work})")).key for work in works}) == 3


@NOTES_AND_GROUPS
def test_an_exception_in_a_group_that_was_never_raised_is_read() -> None:
    found = [
        kind(f"raise ExceptionGroup('checks', [ValueError('fee {fee}'), TypeError('t')])") for fee in (3, 4)
    ]
    assert found[0] == found[1]
    assert found[0].title == "TypeError: t (+ ValueError: fee …)"


@NOTES_AND_GROUPS
def test_the_excerpt_shows_the_exceptions_deep_in_a_group() -> None:
    text = excerpt(failing(GROUP.format(call="night([(share, 1)])")))
    assert "| ZeroDivisionError: division by zero" in text


def test_the_excerpt_shows_the_cause() -> None:
    text = excerpt(failing(HANDLER.format(cause="ValueError('no mandate')", handler="error.args[7]")))
    assert "ValueError: no mandate" in text
    assert text.endswith("IndexError: tuple index out of range")


@NOTES_AND_GROUPS
def test_notes_do_not_count() -> None:
    quoted = failing("1 / 0")
    code = "e = ValueError('no mandate')\nfor note in notes: e.add_note(note)\nraise e"
    notes = [[], ["while collecting member 7"], ["a\nb: c", "d"], [quoted], ["see\n" + quoted]]
    assert len({kind(code, notes=each).key for each in notes}) == 1


def test_the_error_in_a_worker_process_is_the_cause() -> None:
    remote = failing("def share(): return 1 / 0\nshare()")
    text = (
        f'concurrent.futures.process._RemoteTraceback: \n"""\n{remote}"""\n\n'
        "The above exception was the direct cause of the following exception:\n\n"
        f'Traceback (most recent call last):\n  File "{APP}", line 7, in run\n    pool.submit(share)\n'
        "ZeroDivisionError: division by zero\n"
    )
    assert fingerprint("x", text).culprit == "association/dues.py in share"


def test_the_error_that_a_message_shows_is_the_cause_also_of_what_came_of_it() -> None:
    shown = failing("def price(): return {}['price']\nprice()")
    text = (
        f'Traceback (most recent call last):\n  File "{APP}", line 3, in render\n    fill(template)\n'
        f"TemplateError: it failed with {shown}\n"
        "The above exception was the direct cause of the following exception:\n\n"
        f'Traceback (most recent call last):\n  File "{APP}", line 7, in send\n    render(template)\n'
        "RuntimeError: no mail\n"
    )
    found = fingerprint("x", text)
    assert (found.title, found.culprit) == ("KeyError: price", "association/dues.py in price")


def test_what_python_prints_beside_the_frames_does_not_count() -> None:
    text = failing("def f(n):\n    return f(n - 1) if n else int('x')\nf(3)")
    lines = text.split("\n")
    carets = [
        part for line in lines for part in ([line, "    ~~^^^^"] if line.startswith("    ") else [line])
    ]
    repeated = text.replace("ValueError", "  [Previous line repeated 12 more times]\nValueError", 1)
    assert len({fingerprint("x", each).key for each in (text, "\n".join(carets), repeated)}) == 1


def test_an_endless_recursion_is_one_kind_whichever_function_reached_the_limit() -> None:
    code = "def f(n): return g(str(n))\ndef g(n): return f(h(n))\ndef h(n): return n\n{}(7)"
    assert kind(code.format("f")) == kind(code.format("g"))


@pytest.mark.parametrize(
    ("message", "exception", "expected"),
    [
        (
            "(1406, \"Data too long for column 'iban_2' at row 1\")",
            "DataError",
            "1406 Data too long for column iban_2 at row …",
        ),
        ("(1048, \"Column 'iban' cannot be null\")", "IntegrityError", "1048 Column iban cannot be null"),
        (
            "(1292, \"Incorrect date value: 'it's 3 May' for column `_a1`.`tabSales Inv`.`due` at row 1\")",
            "OperationalError",
            "1292 Incorrect date value: … for column tabSales Inv.due at row …",
        ),
        (
            "(1146, \"Table '_a1b2.tabSales Ordr' doesn't exist\")",
            "ProgrammingError",
            "1146 Table tabSales Ordr doesn't exist",
        ),
        (
            "(1062, \"Duplicate entry 'O'Brien' for key 'one_iban'\")",
            "IntegrityError",
            "1062 Duplicate entry … for key one_iban",
        ),
        (
            "(4025, 'CONSTRAINT `fee_2` failed for `_a1`.`tabFee`')",
            "OperationalError",
            "4025 CONSTRAINT fee_2 failed for tabFee",
        ),
        (
            'null value in column "iban" of relation "member" violates',
            "NotNullViolation",
            "null value in column iban of relation member violates",
        ),
        (
            'duplicate key violates unique constraint "member_pkey2"',
            "UniqueViolation",
            "duplicate key violates unique constraint member_pkey2",
        ),
        (
            'invalid input syntax for type integer: "Jan"',
            "DataError",
            "invalid input syntax for type integer: …",
        ),
        (
            "UNIQUE constraint failed: member.iban2",
            "IntegrityError",
            "UNIQUE constraint failed: member.iban2",
        ),
        ("no such column: address_line1", "OperationalError", "no such column: address_line1"),
        ("'member' is undefined", "UndefinedError", "member is undefined"),
        (
            "'dict object' has no attribute 'first_name'",
            "UndefinedError",
            "dict object has no attribute first_name",
        ),
        (
            "'M' object has no attribute 'ib2'. Did you mean: 'iban'?",
            "AttributeError",
            "M object has no attribute ib2",
        ),
        ("No module named 'mollie_v2.client'", "ModuleNotFoundError", "No module named mollie_v2.client"),
        ("'posting_date'", "KeyError", "posting_date"),
        ("'SMTP_HOST'", "KeyError", "SMTP_HOST"),
        ("'Jan Jansen'", "KeyError", "…"),
        ("'QkXcVbNmZrTw'", "KeyError", "…"),
        ("'MEM-0042'", "KeyError", "…"),
        (
            "'utf-8' codec can't decode byte 0xe9 in position 4: unexpected end",
            "UnicodeDecodeError",
            "utf-8 codec can't decode",
        ),
        ("Sales Invoice Jan de Vries not found", "DoesNotExistError", "Sales … not found"),
        ("[Member, Jan de Vries]: iban, bic", "MandatoryError", "[Member, …]: iban, bic"),
        ("message QkXcVbNmZrTw bounced", "", "message … bounced"),
        ("GET /members/Jan%20Jansen?token=abc&x=y failed", "", "GET … failed"),
        ("search ?q=jansen&page=a gave nothing", "", "search … gave nothing"),
        ("https://x.nl/app/member/Jan%20Jansen?a=b is down", "", "… is down"),
    ],
)
def test_names_of_the_code_stay_and_values_go(message: str, exception: str, expected: str) -> None:
    assert normalise(message, exception) == expected


@pytest.mark.parametrize(
    ("message", "source", "expected"),
    [
        (
            "Member Jan Jansen has no mandate",
            'raise E(f"Member {member} has no mandate")',
            "Member … has no mandate",
        ),
        (
            "Invoice a of Ann is paid",
            'raise E("Invoice {} of {} is paid".format(i, m))',
            "Invoice … of … is paid",
        ),
        ("refused: Jan", 'raise E("refused: " + name)', "refused: …"),
        (
            "Lid Jan is onbekend",
            'frappe.throw(_("Member {0} is unknown").format(who))',
            "Member … is unknown",
        ),
        ("field iban of Jan", 'raise E(f"field {field} of {who}")', "field … of …"),
        ("column 'iban' of Jan", "raise E(f\"column '{column}' of {who}\")", "column iban of …"),
        ("bank closed at noon", "raise E(message)", "bank closed at noon"),
        ("Jansen", "raise E(member)", "…"),
    ],
)
def test_the_line_of_code_tells_which_words_are_constant(message: str, source: str, expected: str) -> None:
    assert normalise(message, "E", (source,)) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Member Jansen", "Member …"),
        ("SEPA Mandate M-1 not found", "SEPA Mandate … not found"),
        ("SEPA Mandate Jan de Vries", "SEPA Mandate …"),
    ],
)
def test_of_what_does_not_exist_the_doctype_is_what_the_code_names(message: str, expected: str) -> None:
    source = 'frappe.get_doc("Member", who), frappe.get_doc("SEPA Mandate", name)'
    assert normalise(message, "DoesNotExistError", (source,)) == expected


def test_a_key_that_the_code_asks_for_is_a_name_and_one_that_it_was_handed_is_data() -> None:
    assert normalise("'Content-Type'", "KeyError", ('return headers["Content-Type"]',)) == "Content-Type"
    assert normalise("'Content-Type'", "KeyError", ("return members[name]",)) == "…"


def test_the_variables_that_frappe_writes_tell_what_is_a_value() -> None:
    text = (
        f'Traceback with variables (most recent call last):\n  File "{APP}", line 3, in expire\n'
        "    frappe.throw(\n      who = '{0}'\n"
        "  File \"apps/frappe/frappe/__init__.py\", line 9, in throw\n    msgprint(\n      msg = 'x'\n"
        "frappe.exceptions.ValidationError: The mandate of {0} has expired"
    )
    kinds = {fingerprint("x", text.replace("{0}", who)) for who in ("Jan Jansen", "Piet de Vries")}
    assert [kind.title for kind in kinds] == ["ValidationError: The mandate of … has expired"]


@pytest.mark.parametrize("folder", ["letters_nl", "letters_fr"])
def test_the_file_of_a_syntax_error_belongs_to_its_kind(folder: str) -> None:
    path = f"/home/x/apps/a/a/{folder}/texts.py"
    plain = (
        f'Traceback (most recent call last):\n  File "{APP}", line 3, in load\n    import texts\n'
        f'  File "{path}", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax\n'
    )
    variables = (
        f'Traceback with variables (most recent call last):\n  File "{APP}", line 3, in load\n    import x\n'
        f"      path = '{path}'\nbuiltins.SyntaxError: invalid syntax (texts.py, line 1)"
    )
    assert fingerprint("x", plain).key == fingerprint("x", variables).key
    assert fingerprint("x", plain).culprit == f"a/{folder}/texts.py"


WORDS = "OperationalError getElementById XMLHttpRequest HTTPSConnectionPool gelijknamige Rechnungsbetrag"


def test_words_and_names_in_code_are_not_random() -> None:
    assert [word for word in WORDS.split() if is_random(word)] == []


@pytest.mark.parametrize(
    "token", ["QkXcVbNmZrTw", "hYtGfRdEsWaQ", "nrqbnkrikk", "tr_QkXcVbNmZr", "xjvqkzwpfm"]
)
def test_a_random_value_without_a_digit_is_seen(token: str) -> None:
    assert is_random(token)


@pytest.mark.parametrize(
    "piece",
    [
        '  File "apps/a/a.py", line 1, in f\n    x\n',
        "Traceback (most recent call last):\nValueError: x\n\nDuring handling of the above exception, another"
        " exception occurred:\n\n",
        f"  +-+---------------- 1 ----------------\n    | {GROUP_HEADER}\n",
        "'" * 50 + "\n",
        "ValueError: " + "(" * 90 + "\n",
        "(1062, \"Duplicate entry '",
    ],
)
def test_what_repeats_is_read_in_bounded_space(piece: str) -> None:
    head = "  + Exception Group Traceback (most recent call last):\n" if "+-+" in piece else ""
    text = head + piece * (2 * LONGEST_TEXT // len(piece))
    assert len(fingerprint(text, text).title) <= 140
    assert sum(len(raised.beside) for raised in read(text[:LONGEST_TEXT])) <= 20


def test_a_deep_tree_of_groups_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def nested(depth: int) -> str:
        margin = "  " * depth
        return f"{margin}+-+---------------- 1 ----------------\n{margin}  | {GROUP_HEADER}\n"

    text = "  + Exception Group Traceback (most recent call last):\n" + "".join(map(nested, range(1, 2_000)))
    assert fingerprint("x", text).key
