"""Which calls fail, and which of the failures are the same error.

The label is the meaning: two calls have one label where a maintainer would say "that one again". Labels were
written before the code that is judged by them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import association_workers as workers
from association import batches, dues, letters, messages, stores, web
from association.stores import Contest, in_mariadb, in_postgres, in_sqlite


class Case(NamedTuple):
    label: str
    source: str
    call: Callable[[], Any]


PEOPLE = ("Jan Jansen", "Fatima el Idrissi", "Piet de Vries")
RANDOM = ("QkXcVbNmZrTw", "hYtGfRdEsWaQ", "zPlMkOnJiBhU")


def cases() -> Iterator[Case]:
    yield from plain()
    yield from worded()
    yield from templates()
    yield from conversations()
    yield from chains()
    yield from groups()
    yield from interruptions()
    yield from modules()
    if stores.POSTGRES:
        yield from mariadb()
        yield from sqlite()
        yield from postgres()


def _of(
    source: str, label: str, function: Callable[..., Any], *calls: Any, **keywords: Any
) -> Iterator[Case]:
    for values in calls:
        arguments = values if isinstance(values, tuple) else (values,)
        yield Case(label, source, lambda arguments=arguments: function(*arguments, **keywords))


def plain() -> Iterator[Case]:
    def of(label: str, function: Callable[..., Any], *calls: Any) -> Iterator[Case]:
        return _of("python", label, function, *calls)

    yield from of("literal key", dues.literal_iban, {}, {"bic": 1})
    for field in ("iban", "posting_date", "address_line1"):
        yield from of(f"field {field}", dues.field_of, ({}, field), ({"a": 1}, field))
    yield from of(
        "fee of a member", dues.fee_of, *[({}, who) for who in (*PEOPLE, "MEM-0042", "a1b2c3d4e5", 17)]
    )
    yield from of("setting", dues.setting, ())
    for name in ("SMTP_HOST", "BANK_TOKEN"):
        yield from of(f"environment {name}", dues.from_environment, name)
    yield from of("iban of nobody", dues.nobody, ())
    for name in ("iban", "sort_code2"):
        yield from of(f"attribute {name} of a row", dues.attribute, (dues.Member("a", "b"), f"no_{name}"))
        yield from of(f"attribute {name} of a mandate", dues.attribute, (dues.Mandate(), name))
    yield from of("attribute of a module", dues.of_a_module, ())
    yield from of("undefined amount", dues.undefined_name, ())
    yield from of("undefined mandate", dues.other_undefined_name, ())
    yield from of("unbound total", dues.unbound, 0, False)
    yield from of("too few arguments", dues.too_few, ())
    yield from of("keyword left out", dues.no_keyword, ())
    for name in ("iban2", "discount"):
        yield from of(f"unexpected {name}", dues.unexpected, name)
    yield from of("number plus text", dues.add, (1, "a"), (7, "zus"))
    yield from of("number plus nothing", dues.add, (1, None), (9, None))
    yield from of("compare text with number", dues.compare, ("a", 1), ("b", 12))
    yield from of("decimal as json", dues.as_json, Decimal(1), Decimal("2.5"))
    yield from of("set as json", dues.as_json, {1}, {2})
    yield from of("broken json", dues.from_json, "", "{", "  <html>")
    yield from of("text as number", dues.as_number, "acht", "Jansen", "12,50", "12a")
    yield from of("nothing as number", dues.as_number, None)
    yield from of("amount", dues.as_amount, "twelve", "1.200,50")
    yield from of("date", dues.as_date, "3 mei", "2026-13-01", "morgen")
    yield from of("iso date", dues.as_iso_date, "3 mei 2026", "2026/01/01", "overmorgen")
    yield from of("bytes of another code", dues.as_text, b"Andr\xe9", b"ab\xff", b"caf\xe9 de la gare")
    yield from of("letters out of ascii", dues.as_bytes, "André", "Zoë Koç")
    yield from of("address", dues.as_address, "jan@@example.nl", "piet at home")
    yield from of("share of nobody", dues.share, (10, 0), (25, 0))
    yield from of("line out of range", dues.line, ([], 0), ([1], 7))
    yield from of("statement file", dues.read_statement, "/srv/bank/MT940-1.sta", "/srv/bank/jansen.sta")
    yield from of("statement folder", dues.read_statement, "/usr", "/etc")
    yield from of("short record", dues.unpack, b"a", b"abc")
    yield from of("too many values", dues.pair, [1, 2, 3], [4, 5, 6])
    yield from of("too few values", dues.pair, [1], ["Jansen"])
    yield from of("not in the list", dues.remove, ([], 1), ([2], "jan"))
    yield from of("assertion", dues.certain, -1, -25)
    yield from of("endless recursion", _recursing, 1, 10**6)
    yield from of("recursion with an end", dues.deep_until, (3, 3), (50, 50), (120, 120))
    yield from of("row that is no number", dues.convert, ["1", "x"], ["Jansen"])
    yield from of("row in a loop", dues.convert_in_loop, ["y"], ["1", "zus"])
    yield from of("invoice amount", dues.invoice_amount, ())
    yield from of("invoice date", dues.invoice_date, ())


def _recursing(number: int) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(150)
    try:
        dues.deep(number)
    finally:
        sys.setrecursionlimit(limit)


def worded() -> Iterator[Case]:
    def of(label: str, function: Callable[..., Any], *calls: Any) -> Iterator[Case]:
        return _of("python", label, function, *calls)

    yield from of("no mandate", messages.no_mandate, *PEOPLE, "jansen", "MEM-7")
    yield from of("no address", messages.no_address, *PEOPLE)
    yield from of("no member", messages.quoted, *PEOPLE)
    yield from of("paid twice", messages.formatted, *[(who, "SINV-1") for who in PEOPLE], ("Ann", "b"))
    yield from of("row unknown", messages.percent, *[(who, 7) for who in PEOPLE])
    dutch = {"Document {0} is locked": "Document {0} is vergrendeld"}
    yield from of("locked", messages.translated, *[(str, who) for who in PEOPLE])
    yield from of("locked", messages.translated, *[(dutch.get, f"SINV-{n}") for n in (1, 22)])
    yield from of("bounced", messages.bounced, *RANDOM, "1f0a9b", "CAKx7Q@mail.example.org")
    yield from of("payment refused", messages.payment_refused, *RANDOM, "tr_7UhSN1zuXS")
    addresses = ("Jan%20Jansen", "el-idrissi?token=QkXcVbNmZrTw", "x?email=piet@example.nl&back=/desk")
    yield from of("fetched", messages.fetched, *[f"https://bank.example/members/{end}" for end in addresses])
    yield from of(
        "fetched by path", messages.handed_on, *[f"GET /api/member/{end} failed" for end in addresses]
    )
    yield from of("said: mail", messages.handed_on, *[f"mail {each} was not delivered" for each in RANDOM])
    yield from of("said: token", messages.handed_on, *[f"no session for {each}" for each in RANDOM])
    yield from of("said: bank", messages.handed_on, "bank closed at 17:00", "bank closed at 9:30")
    yield from of("said: disk", messages.handed_on, "disk full: 120 MB needed", "disk full: 7 MB needed")
    yield from of(
        "said: query",
        messages.handed_on,
        "search ?q=jansen&page=a gave nothing",
        "search ?q=ede gave nothing",
    )
    for field in ("iban", "end_to_end_id"):
        yield from of(f"field {field} in the statement", messages.field_missing, field)
    yield from of("only a value", messages.only_a_value, "Jan Jansen", "M-17", "unknown")
    yield from of("no words", messages.empty, ())
    yield from of("several lines", messages.many_lines, *PEOPLE)
    yield from of("account closed", messages.in_account, "NL91ABNA0417164300", "BE68 5390 0754 7034")
    yield from of("unreadable file", messages.in_file, "/srv/a/b/x.xml", "private/files/jansen.xml", "c.csv")
    if sys.version_info >= (3, 11):
        quoted = "Traceback (most recent call last):\n  File \"apps/a/b.py\", line 1, in f\nKeyError: 'x'"
        notes = ([], ["while collecting M1"], ["batch 7\nof 12", "try again"], [quoted])
        yield from of(
            "with notes",
            messages.with_note,
            *[(each, who) for each, who in zip(notes, (*PEOPLE, "M1"), strict=True)],
        )


def templates() -> Iterator[Case]:
    def of(label: str, function: Callable[..., Any], *calls: Any, **keywords: Any) -> Iterator[Case]:
        return _of("jinja2", label, function, *calls, **keywords)

    for name in ("member", "iban_2"):
        yield from of(
            f"undefined {name}", letters.render, f"Dear {{{{ {name} }}}}", f"\n\nHello {{{{ {name} }}}}"
        )
    for name in ("first_name", "iban"):
        yield from of(f"no {name} in a dict", letters.render, f"{{{{ d.{name} }}}}", d={})
        yield from of("no x of None", letters.render, f"{{{{ d.{name}.x }}}}", d={name: None})
    yield from of("reminder without name", letters.reminder, (), (), member={})
    yield from of("unknown filter", letters.render, "{{ 1|euro }}", "\n {{ 2|euro }}")
    yield from of("other unknown filter", letters.render, "{{ 1|iban }}")
    yield from of("unknown tag", letters.render, "{% sum %}", "a\n{% sum %}")
    yield from of("open block", letters.render, "{% if a %}", "text\n{% if b %}")
    yield from of("unknown test", letters.render, "{{ 1 is due }}")
    yield from of("no template", letters.template, "reminder.html")
    yield from of("no other template", letters.template, "welcome.html")
    yield from of("text in arithmetic", letters.render, "{{ a + b }}", "{{ b + a }}", a="x", b=1)


def conversations() -> Iterator[Case]:
    def of(label: str, function: Callable[..., Any], *calls: Any) -> Iterator[Case]:
        return _of("requests", label, function, *calls)

    def asked(function: Callable[..., Any], path: str) -> Any:
        with web.bank() as address:
            return function(address + path)

    for status in (404, 503):
        paths = [
            f"/{status}/members/{who}?token={secret}"
            for who, secret in zip(("jan", "piet"), RANDOM, strict=False)
        ]
        yield from of(f"answered {status}", asked, *[(web.ask, path) for path in paths])
        yield from of(f"answered {status} plainly", asked, *[(web.ask_plainly, path) for path in paths])
    yield from of("answered no json", asked, (web.ask, "/200/a"), (web.ask, "/200/b?x=y"))
    ports = [web.unused_port() for _ in range(2)]
    yield from of("refused", web.ask, *[f"http://127.0.0.1:{port}/jan?x={RANDOM[0]}" for port in ports])
    yield from of("refused plainly", web.ask_plainly, *[f"http://127.0.0.1:{port}/" for port in ports])
    yield from of("no such scheme", web.ask, "ftp://bank.example/jan", "ftp://bank.example/piet")
    yield from of("no address at all", web.ask, "bank/jansen", "bank/de-vries")
    yield from of("mail server refused", web.send, *ports)
    addresses = (["jan@example.nl"], ["piet@example.nl", "x@example.org"])
    yield from of("recipients refused", web.recipients_refused, *[(each,) for each in addresses])
    yield from of("sender refused", web.mail_refused, "jan@example.nl", "info@example.org")
    yield from of("no such page", web.build, ("membr", {}))
    yield from of("page without name", web.build, ("member", {}))
    for field in ("iban", "amount"):
        yield from of("form without a field", web.form_value, ({}, field), ({"x": 1}, field))
    yield from of("page not found", web.not_found, "/x", "/members/jan")
    yield from of("too large", web.too_large, ())


def chains() -> Iterator[Case]:
    def of(label: str, function: Callable[..., Any], *calls: Any) -> Iterator[Case]:
        return _of("chain", label, function, *calls)

    for handler in (batches.handler_breaks, batches.handler_breaks_elsewhere):
        name = handler.__name__
        yield from of(f"share in {name}", handler, (dues.share, 1, 0), (dues.share, 3, 0))
        yield from of(f"number in {name}", handler, (dues.as_number, "x"), (dues.as_number, "Jansen"))
        yield from of(f"mandate in {name}", handler, *[(messages.no_mandate, who) for who in PEOPLE])
    for handler in (batches.wrapped, batches.wrapped_twice):
        name = handler.__name__
        yield from of(f"share, {name}", handler, (dues.share, 1, 0), (dues.share, 3, 0))
        yield from of(f"mandate, {name}", handler, *[(messages.no_mandate, who) for who in PEOPLE])
        yield from of(f"address, {name}", handler, *[(messages.no_address, who) for who in PEOPLE[:2]])
    yield from of("mandate, quoting", batches.quoting, *[(messages.no_mandate, who) for who in PEOPLE])
    yield from of("hidden", batches.hiding, (dues.share, 1, 0), (dues.as_number, "x"))
    yield from of("cached share", batches.cached, ("fee", dues.share, 1, 0), ("jan", dues.share, 2, 0))
    yield from of("cached number", batches.cached, ("fee", dues.as_number, "x"), ("jan", dues.as_number, "y"))
    yield from of("share in a worker", batches.in_worker, (dues.share, 1, 0), (dues.share, 7, 0))
    yield from of("number in a worker", batches.in_worker, (dues.as_number, "x"), (dues.as_number, "zus"))
    yield from of("share in a pool", batches.in_pool, (dues.share, 1, 0))
    yield from of("number in a pool", batches.in_pool, (dues.as_number, "Jansen"))


def groups() -> Iterator[Case]:
    def of(label: str, function: Callable[..., Any], *calls: Any) -> Iterator[Case]:
        return _of("group", label, function, *calls)

    share, other = (dues.share, 1, 0), (dues.share, 5, 0)
    number, word = (dues.as_number, "x"), (dues.as_number, "Jansen")
    yield from of("group: share", batches.all_of, [share], [share, other], [share, other, share])
    yield from of("group: number", batches.all_of, [number], [word, number])
    yield from of("group: both", batches.all_of, [share, number], [word, other, share])
    yield from of("group: a mandate", batches.all_of, *[[(messages.no_mandate, who)] for who in PEOPLE])
    yield from of("nested: share", batches.nested, [share], [share, other])
    yield from of("nested: number", batches.nested, [number], [word, word])
    yield from of("behind: share", batches.group_behind, [share], [other, other])
    yield from of("behind: number", batches.group_behind, [number])
    breaks = batches.handler_breaks
    yield from of("group: chain", batches.all_of, [(breaks, *share)], [(breaks, *other)])
    yield from of("never raised", batches.never_raised, [ValueError("fee 3")], [ValueError("fee 4")])
    yield from of("never raised key", batches.never_raised, [KeyError("iban")])
    if sys.version_info >= (3, 11):
        yield from of("tasks: share", batches.async_tasks, [share], [other, share])
        yield from of("tasks: number", batches.async_tasks, [number])


def interruptions() -> Iterator[Case]:
    def of(label: str, function: Callable[..., Any], *calls: Any) -> Iterator[Case]:
        return _of("interrupt", label, function, *calls)

    works = (batches.sleeping, batches.counting, batches.sorting, batches.in_handler)
    for job in (batches.nightly, batches.hourly):
        name = job.__name__
        yield from of(f"rq {name}", workers.under_rq, *[(60 + n, job, work) for n, work in enumerate(works)])
        yield from of(f"rq {name}", workers.under_rq, (300, job, batches.handling_the_interrupt))
        yield from of(f"gunicorn {name}", workers.gunicorn_worker, *[(job, work) for work in works])
        yield from of(f"keyboard {name}", workers.keyboard, *[(job, work) for work in works[:2]])
        yield from of(f"celery {name}", workers.celery, *[(job, work) for work in works[:3]])


def modules() -> Iterator[Case]:
    """Modules that cannot be imported, written where the association's package is."""
    package = Path(dues.__file__).parent
    files = {
        "letters_nl/texts.py": "def f(:\n    pass\n",
        "letters_fr/texts.py": "def f(:\n    pass\n",
        "letters_nl/indented.py": "def f():\npass\n",
        "letters_nl/misses.py": "import mollie_api_client\n",
        "letters_nl/misses_other.py": "import gocardless_pro\n",
        "letters_nl/misspelt.py": "from association.dues import colect\n",
    }
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(exist_ok=True)
        path.with_name("__init__.py").touch()
        path.write_text(text)

    def load(name: str) -> Any:
        import importlib

        return importlib.import_module(name)

    for name in files:
        dotted = "association." + name.removesuffix(".py").replace("/", ".")
        yield Case(f"import {name}", "python", lambda dotted=dotted: load(dotted))
    for dotted in ("association.nothing", "association.dues.nothing2", "no_such_app.hooks"):
        yield Case(f"import {dotted}", "python", lambda dotted=dotted: load(dotted))


def mariadb() -> Iterator[Case]:
    insert = "INSERT INTO `tabMember` (name, iban, city{}) VALUES (%s, %s, %s{})"

    def of(label: str, *calls: Any, work: Callable[..., Any] = in_mariadb) -> Iterator[Case]:
        return _of("pymysql", f"mariadb: {label}", work, *calls)

    yield from of("iban too long", *[(insert.format("", ""), who, "N" * 40, "Ede") for who in PEOPLE])
    yield from of("city too long", *[(insert.format("", ""), "M7", "I7", text) for text in RANDOM])
    line = (insert.format(", address_line1", ", %s"), "M8", "I8", "Ede")
    yield from of("address too long", (*line, "Dorpsstraat"), (*line, "Kerkplein 12"))
    yield from of("iban null", *[(insert.format("", ""), who, None, "Ede") for who in PEOPLE])
    yield from of("city null", (insert.format("", ""), "M7", "I7", None))
    born = insert.format(", birth_date", ", %s")
    yield from of("birth date", *[(born, "M7", "I7", "Ede", text) for text in ("morgen", "2026-02-31")])
    yield from of("fee no number", (insert.format(", fee", ", %s"), "M7", "I7", "Ede", "veel"))
    yield from of(
        "age no number", *[(insert.format(", age", ", %s"), "M7", "I7", "Ede", t) for t in ("oud", "x")]
    )
    yield from of("fee negative", (insert.format(", fee", ", %s"), "M7", "I7", "Ede", -3))
    yield from of("age impossible", (insert.format(", age", ", %s"), "M7", "I7", "Ede", 160))
    yield from of("name twice", *[(insert.format("", ""), name, "I7", "Ede") for name in ("M1", "M2")])
    yield from of("iban twice", *[(insert.format("", ""), "M9", iban, "Ede") for iban in ("I1", "I2")])
    yield from of("no default", ("INSERT INTO `tabMember` (name, city) VALUES (%s, 'x')", "M7"))
    yield from of("other no default", ("INSERT INTO `tabMember` (name, iban) VALUES (%s, 'x')", "M7"))
    for column in ("ibann", "address_line2"):
        yield from of(f"column {column}", (f"SELECT {column} FROM `tabMember` WHERE name = %s", "M1"))
    yield from of("column in where", ("SELECT name FROM `tabMember` WHERE ibann = %s", "M1"))
    for table in ("tabMandate", "tabSales Ordr"):
        yield from of(f"table {table}", (f"SELECT * FROM `{table}` WHERE name = %s", "x"))
    yield from of("member in use", *[("DELETE FROM `tabMember` WHERE name = %s", name) for name in ("M1",)])
    yield from of(
        "member unknown", *[("INSERT INTO `tabSales Invoice` VALUES (%s, 'x')", n) for n in ("a", "b")]
    )
    yield from of("no sql", ("SELEC %s", "M1"), ("SELEC %s", "Jansen"))
    yield from of("no access", "jan", "piet", work=stores.sign_in_to_mariadb)
    ports = [web.unused_port() for _ in range(2)]
    yield from of("unreachable", *ports, work=stores.reach_mariadb)

    wait = "SET innodb_lock_wait_timeout = 1"
    for around in (None, batches.handler_breaks, batches.wrapped):
        suffix = f", {around.__name__}" if around else ""
        yield from of(f"lock wait{suffix}", "M1", "M2", work=_contest(stores.wait_for_lock, around, wait))
        yield from of(f"deadlock{suffix}", ("M1", "M2"), ("M2", "M1"), work=_contest(stores.deadlock, around))
    snapshot = "SET innodb_snapshot_isolation = ON"
    for around in (None, batches.handler_breaks):
        suffix = f", {around.__name__}" if around else ""
        yield from of(
            f"changed since{suffix}", "M1", "M2", work=_contest(stores.read_then_write, around, snapshot)
        )


def sqlite() -> Iterator[Case]:
    def of(label: str, *calls: Any, work: Callable[..., Any] = in_sqlite) -> Iterator[Case]:
        return _of("sqlite3", f"sqlite: {label}", work, *calls)

    insert = "INSERT INTO member (name, iban, city, fee) VALUES (?, ?, ?, ?)"
    yield from of("name twice", (insert, "M1", "I7", "Ede", 1), (insert, "M2", "I8", "Ede", 1))
    yield from of("iban twice", (insert, "M7", "I1", "Ede", 1))
    yield from of("iban null", (insert, "M7", None, "Ede", 1))
    yield from of("city null", (insert, "M7", "I7", None, 1))
    yield from of("fee negative", (insert, "M7", "I7", "Ede", -1), (insert, "M8", "I8", "Ede", -20))
    yield from of("age impossible", ("UPDATE member SET age = ?", 160))
    yield from of("member unknown", ("INSERT INTO invoice VALUES (?, ?)", "S7", "Jansen"))
    for column in ("ibann", "address_line2"):
        yield from of(f"column {column}", (f"SELECT {column} FROM member",))
    for table in ("mandate", "mandate2"):
        yield from of(f"table {table}", (f"SELECT * FROM {table}",))
    yield from of("no sql", ("SELEC 1",))
    yield from of("values missing", (insert, 1), (insert, 1, 2))
    file = str(Path(tempfile.mkdtemp()) / "fees.db")
    yield from of("locked", file, file, work=stores.locked_file)
    yield from of("locked, handler_breaks", *[(stores.locked_file, file)], work=batches.handler_breaks)


def postgres() -> Iterator[Case]:
    def of(label: str, *calls: Any, work: Callable[..., Any] = in_postgres) -> Iterator[Case]:
        return _of("psycopg2", f"postgres: {label}", work, *calls)

    insert = "INSERT INTO member (name, iban, city, fee) VALUES (%s, %s, %s, %s)"
    yield from of("name twice", (insert, "M1", "I7", "Ede", 1), (insert, "M2", "I8", "Ede", 1))
    yield from of("iban twice", (insert, "M7", "I1", "Ede", 1), (insert, "M8", "I2", "Ede", 1))
    yield from of("iban null", (insert, "M7", None, "Ede", 1), (insert, "Jan Jansen", None, "Ede", 2))
    yield from of("city null", (insert, "M7", "I7", None, 1))
    yield from of("fee negative", (insert, "M7", "I7", "Ede", -1), (insert, "M8", "I8", "Ede", -20))
    yield from of("age impossible", ("UPDATE member SET age = %s", 160))
    yield from of("fee no number", *[(insert, "M7", "I7", "Ede", word) for word in ("veel", "niets")])
    yield from of("too long", *[(insert, "M7", "I7", text, 1) for text in RANDOM])
    yield from of("member unknown", *[("INSERT INTO invoice VALUES (%s, %s)", "S7", who) for who in PEOPLE])
    yield from of("member in use", ("DELETE FROM member WHERE name = %s", "M1"))
    for column in ("ibann", "address_line2"):
        yield from of(f"column {column}", (f"SELECT {column} FROM member",))
    for table in ("mandate", "mandate2"):
        yield from of(f"table {table}", (f"SELECT * FROM {table}",))
    yield from of("no sql", ("SELEC %s", "M1"), ("SELEC %s", "Jansen"))
    yield from of("too slow", *[("SET statement_timeout = 50; SELECT pg_sleep(%s)", n) for n in (3, 4)])
    wait = "SET lock_timeout = 100"
    serial = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE"
    for around in (None, batches.handler_breaks_elsewhere):
        suffix = f", {around.__name__}" if around else ""
        of_postgres = {"connect": stores.postgres, "table": "member"}
        yield from of(
            f"lock wait{suffix}", "M1", "M2", work=_contest(stores.wait_for_lock, around, wait, **of_postgres)
        )
        yield from of(
            f"no wait{suffix}", "M1", "M2", work=_contest(stores.refuse_to_wait, around, **of_postgres)
        )
        yield from of(
            f"deadlock{suffix}",
            ("M1", "M2"),
            ("M2", "M1"),
            work=_contest(stores.deadlock, around, **of_postgres),
        )
        yield from of(f"serial{suffix}", "M1", "M2", work=_contest(_serial, around, serial, **of_postgres))


def _serial(contest: Contest, isolation: str, member: str) -> None:
    cursor = contest.mine.cursor()
    cursor.execute(isolation)
    contest.mine.commit()
    stores.read_then_write(contest, "SELECT 1", member)


def _contest(
    work: Callable[..., Any],
    around: Callable[..., Any] | None,
    *first: str,
    connect: Callable[[], Any] = stores.mariadb,
    table: str = "`tabMember`",
) -> Callable[..., Any]:
    def call(*values: str) -> None:
        contest = Contest(connect, table)
        try:
            if around:
                around(work, contest, *first, *values)
            else:
                work(contest, *first, *values)
        finally:
            contest.close()

    return call
