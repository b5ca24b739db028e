"""What an app on Frappe does wrong."""

from __future__ import annotations

import signal
import threading
import time

import frappe
from frappe import _

PEOPLE = ("Jan Jansen", "Fatima el Idrissi", "Piet de Vries")
NEWS = "Corpus Member"


def prepare():
    fields = [
        {"fieldname": "full_name", "fieldtype": "Data", "label": "Full name", "reqd": 1},
        {"fieldname": "iban", "fieldtype": "Data", "label": "IBAN", "unique": 1},
        {"fieldname": "friend", "fieldtype": "Link", "options": "User", "label": "Friend"},
        {"fieldname": "birth_date", "fieldtype": "Date", "label": "Birth date"},
        {"fieldname": "mail", "fieldtype": "Data", "options": "Email", "label": "Mail"},
        {"fieldname": "kind", "fieldtype": "Select", "options": "A\nB", "label": "Kind"},
        {"fieldname": "fee", "fieldtype": "Int", "label": "Fee"},
    ]
    if not frappe.db.exists("DocType", NEWS):
        doc = {"doctype": "DocType", "name": NEWS, "module": "Core", "custom": 1, "fields": fields}
        frappe.get_doc(doc | {"autoname": "field:full_name", "naming_rule": "By fieldname"}).insert()
    for who in ("Ann", "Bob"):
        if not frappe.db.exists(NEWS, who):
            member(full_name=who, iban=f"I-{who}").insert()
    frappe.db.commit()


def member(**values):
    return frappe.get_doc({"doctype": NEWS, "full_name": "New", **values})


def load(who):
    return frappe.get_doc("Corpus Member", who)


def load_user(who):
    return frappe.get_doc("User", who)


def load_any(doctype, name):
    return frappe.get_doc(doctype, name)


def insert(**values):
    member(**values).insert()


def no_mandate(who):
    frappe.throw(_("Member {0} has no mandate").format(frappe.bold(who)))


def no_mandate_plainly(who):
    frappe.throw(f"Member {who} has no mandate", frappe.MandatoryError)


def no_mandate_in_lines(who):
    frappe.throw(
        _("The mandate of {0} has expired").format(who),
        title=_("Mandate"),
    )


def sql(query, *values):
    return frappe.db.sql(query, values)


def columns(field):
    return frappe.get_all(NEWS, fields=["name", field])


def set_value(field, value):
    frappe.db.set_value(NEWS, "Ann", field, value)


def letter(text, **values):
    return frappe.render_template(text, values)


def attribute(name):
    return getattr(load("Ann"), name)


def method(name):
    return frappe.get_attr(name)


def stale():
    one, other = load("Ann"), load("Ann")
    one.fee = (one.fee or 0) + 1
    one.save()
    other.fee = 7
    other.save()


def other_connection():
    import pymysql

    conf = frappe.conf
    return pymysql.connect(
        host=conf.db_host or "127.0.0.1", user=conf.db_name, password=conf.db_password, database=conf.db_name
    )


UPDATE = f"UPDATE `tab{NEWS}` SET fee = coalesce(fee, 0) + 1 WHERE name = %s"


def lock_wait(who):
    theirs = other_connection()
    theirs.cursor().execute(UPDATE, (who,))
    try:
        frappe.db.sql("SET innodb_lock_wait_timeout = 1")
        frappe.db.sql(UPDATE, (who,))
    finally:
        theirs.rollback()
        theirs.close()


def deadlock(first, second):
    theirs = other_connection()
    cursor = theirs.cursor()
    for _time in range(40):  # so that the other one is the heavier and survives
        cursor.execute(UPDATE, (first,))
    frappe.db.sql(UPDATE, (second,))
    waiting = threading.Thread(target=quietly, args=(cursor, second))
    waiting.start()
    time.sleep(0.4)
    try:
        frappe.db.sql(UPDATE, (first,))
    finally:
        frappe.db.rollback()
        waiting.join()
        theirs.rollback()
        theirs.close()


def quietly(cursor, name):
    try:
        cursor.execute(UPDATE, (name,))
    except Exception as error:
        print("the other transaction ended:", error)


def handled(work, *values):
    try:
        work(*values)
    except Exception as error:
        return error.args[9]


def wrapped(work, *values):
    try:
        work(*values)
    except Exception as error:
        raise frappe.ValidationError("the batch failed") from error


def linked():
    frappe.get_doc({"doctype": "ToDo", "description": "x", "reference_type": NEWS, "reference_name": "Ann"})
    member(full_name="Cor", friend="Administrator").insert(ignore_if_duplicate=True)
    frappe.delete_doc("Module Def", "Core", force=False)


def submit(doctype):
    frappe.has_permission(doctype, throw=True, user="Guest")


def cases():
    for who in PEOPLE:
        yield "member not found", lambda who=who: load(who)
        yield "user not found", lambda who=who: load_user(who)
        yield "no mandate", lambda who=who: no_mandate(who)
        yield "no mandate plainly", lambda who=who: no_mandate_plainly(who)
        yield "mandate expired", lambda who=who: no_mandate_in_lines(who)
        yield "friend not found", lambda who=who: insert(full_name="X", friend=who)
        yield "kind not allowed", lambda who=who: insert(full_name="X", kind=who)
        yield "mail not valid", lambda who=who: insert(full_name="X", mail=who + " at home")
    for doctype in ("Contact", "Email Account"):
        yield f"{doctype} not found", lambda doctype=doctype: load_any(doctype, "QkXcVbNmZrTw")
    yield "no such doctype", lambda: load_any("Sales Ordr", "x")
    yield "full name missing", lambda: insert(full_name=None)
    yield "full name missing", lambda: insert(full_name="")
    for who in ("Ann", "Bob"):
        yield "name twice", lambda who=who: insert(full_name=who)
        yield "iban twice", lambda who=who: insert(full_name="Zus", iban=f"I-{who}")
    for text in ("morgen", "32-13-2026"):
        yield "no date", lambda text=text: set_value("birth_date", text)
    for text in ("x" * 150, "Jansen " * 30):
        yield "name too long", lambda text=text: insert(full_name="Cor", mail="", iban=text)
    for field in ("ibann", "mandat2"):
        yield f"no column {field}", lambda field=field: columns(field)
        yield f"no sql column {field}", lambda field=field: sql(f"SELECT {field} FROM `tabUser`")
        yield f"no value {field}", lambda field=field: set_value(field, 1)
        yield f"no attribute {field}", lambda field=field: attribute(field)
    for table in ("tabNope", "tabNot Here"):
        yield f"no {table}", lambda table=table: sql(f"SELECT * FROM `{table}` WHERE name = %s", "x")
    yield "no sql", lambda: sql("SELEC %s", "Jansen")
    yield "no sql", lambda: sql("SELEC %s", "x")
    for name in ("member", "iban_2"):
        yield f"letter without {name}", lambda name=name: letter(f"{{{{ {name}.x }}}}")
    yield "letter with open block", lambda: letter("{% if a %}")
    yield "letter with open block", lambda: letter("Dear\n\n{% if b %}")
    for name in ("association_frappe.nothing.f", "association_frappe.members.nothing", "nope.hooks.f"):
        yield f"no method {name}", lambda name=name: method(name)
    yield "stale", stale
    yield "stale", stale
    for who in ("Ann", "Bob"):
        other = "Bob" if who == "Ann" else "Ann"
        yield "lock wait", lambda who=who: lock_wait(who)
        yield "deadlock", lambda who=who, other=other: deadlock(who, other)
    yield "no permission", lambda: submit(NEWS)


def chained():
    yield "lock wait handled", lambda: handled(lock_wait, "Ann")


def nightly():
    return HOW[0]()


def hourly():
    return HOW[0]()


def sleeping():
    time.sleep(5)


def counting():
    while True:
        frappe.utils.cstr(1)


def asking():
    while True:
        frappe.get_all("User", limit=1)


HOW = [sleeping]


def under_rq(how):
    from rq.timeouts import JobTimeoutException

    def ring(_number, _frame):
        raise JobTimeoutException("Task exceeded maximum timeout value (300 seconds)")

    def begin():
        HOW[0] = how
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.3)

    return begin


def plainly(how):
    def begin():
        HOW[0] = how

    return begin


def refused():
    frappe.throw(_("The bank refused the batch of {0}").format("Jan Jansen"))


def jobs():
    for name in ("nightly", "hourly"):
        path = f"association_frappe.members.{name}"
        for how in (sleeping, counting, asking):
            yield f"job timeout {name}", path, under_rq(how)
        yield f"{name} refused", path, plainly(refused)
        yield f"{name} deadlock", path, plainly(lambda: deadlock("Ann", "Bob"))


@frappe.whitelist(allow_guest=True)
def ask_member(name):
    return frappe.get_doc("Corpus Member", name).as_dict()


@frappe.whitelist(allow_guest=True)
def share(total, members):
    return int(total) / int(members)


@frappe.whitelist(allow_guest=True)
def iban_of(who):
    return {}["iban"]


def requests():
    here = "association_frappe.members."
    yield "web share", here + "share", {"total": "10", "members": "0"}
    yield "web share", here + "share", {"total": "25", "members": "0"}
    yield "web no number", here + "share", {"total": "tien", "members": "1"}
    yield "web no number", here + "share", {"total": "Jansen", "members": "1"}
    yield "web iban", here + "iban_of", {"who": "Jan Jansen"}
    yield "web iban", here + "iban_of", {"who": "Piet"}


def scheduled():
    HOW[0] = refused
    yield "nightly refused", "association_frappe.members.nightly"
