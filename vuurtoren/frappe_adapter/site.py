"""The connected site of a Frappe bench, as the Site protocol sees it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe.utils.password import get_decrypted_password

from vuurtoren.frappe_adapter import compat
from vuurtoren.frappe_adapter.appending import FrappeAppending
from vuurtoren.frappe_adapter.backups.throw_away import throw_aways
from vuurtoren.frappe_adapter.facts import FrappeFacts
from vuurtoren.frappe_adapter.rows import Table, now, savepoint, translated
from vuurtoren.outward.list_headers import header_lines, list_headers
from vuurtoren.privacy.log_redaction import redacting
from vuurtoren.privacy.text import one_line
from vuurtoren.site.configured import as_text
from vuurtoren.site.errors import MailNotAccepted, SiteError, Unavailable
from vuurtoren.site.markup import escape, in_paragraphs
from vuurtoren.site.protocol import Limited, Result, ThrowAways
from vuurtoren.site.schema import CHILD_FIELDS, STANDARD_FIELDS
from vuurtoren.site.site_time import SiteTime
from vuurtoren.site.values import Mail, MailReceipt, Proof, Row
from vuurtoren.site.words.translations import CONTEXT
from vuurtoren.site.words.words import Words, said

ERROR_TITLE_LENGTH = 140
RECIPIENTS_PER_MESSAGE = 20
"""Frappe 14 hands longer lists to a background job, which an alert must not depend on."""
NEVER_LEFT = ("Error", "Expired", "Partially Errored")


def connected() -> bool:
    """Whether this process is connected to a site."""
    return bool(getattr(frappe.local, "site", None) and getattr(frappe.local, "db", None))


def translate(text: str) -> str:
    """In the visitor's language; with a context of ours, so that our words are never those of other apps."""
    return str(frappe._(text, context=CONTEXT))


def _as_pdf(html: str) -> bytes:
    from frappe.utils.pdf import get_pdf

    try:
        return bytes(get_pdf(html))
    except (OSError, frappe.ValidationError) as failure:
        raise Unavailable("the PDF could not be made: {0}", one_line(str(failure), 200)) from failure


class FrappeSite(FrappeAppending, FrappeFacts):
    """The site that this process is connected to, with the transaction and the user of the caller."""

    def __init__(self) -> None:
        host_name = as_text(frappe.conf.get("host_name"))
        self.name: str = _host_of(host_name) or frappe.local.site
        self.platform: str = f"Frappe {frappe.__version__}"

    # who and when
    def now(self) -> SiteTime:
        return now()

    def now_utc(self) -> datetime:
        return datetime.now(timezone.utc).replace(tzinfo=None)

    def to_utc(self, site_time: datetime) -> datetime:
        return compat.site_zone().to_utc(site_time)

    def from_utc(self, utc_time: datetime) -> SiteTime:
        return compat.site_zone().at(utc_time)

    def time_zone(self) -> str:
        return compat.time_zone()

    def user(self) -> str:
        return str(frappe.session.user)

    def has_role(self, *roles: str) -> bool:
        return self.user() == "Administrator" or bool(set(roles) & set(frappe.get_roles()))

    def people_with_role(self, role: str) -> list[str]:
        holders = self.get_all("Has Role", ["parent"], {"role": role, "parenttype": "User"})
        names = {row["parent"] for row in holders} - {"Administrator", "Guest"}
        users = self.get_all("User", ["email"], {"name": ("in", names), "enabled": 1})
        return sorted({user["email"] for user in users if user["email"]})

    def trace_id(self) -> str:
        return compat.trace_id()

    def translate(self, text: str) -> str:
        return translate(text)

    def language(self) -> str:
        return str(frappe.local.lang or self.site_language())

    def site_language(self) -> str:
        return str(frappe.db.get_default("lang") or frappe.local.conf.lang or "en")

    @contextmanager
    def speaking(self, language: str) -> Iterator[None]:
        before = frappe.local.lang
        frappe.local.lang = language
        try:
            yield
        finally:
            frappe.local.lang = before

    # configuration
    def conf(self, key: str, default: Any = None) -> Any:
        return frappe.conf.get(key, default)

    def configuration(self) -> dict[str, Any]:
        return dict(frappe.conf)

    def hooks(self, name: str) -> list[str]:
        return [str(path) for path in frappe.get_hooks(name) or []]

    def set_conf(self, key: str, value: Any) -> None:
        from frappe.installer import update_site_config

        update_site_config(key, value, validate=False)

    def get_single(self, doctype: str) -> Row:
        """Read past the document: Frappe would build one for each of the many child rows."""
        table = self._single(doctype)
        row: Row = dict.fromkeys(table.columns())
        stored = frappe.db.sql("SELECT field, value FROM `tabSingles` WHERE doctype = %s", (doctype,))
        for name, value in stored:
            kept = table.meta.get_field(name)
            if name in row:
                row[name] = frappe.utils.cast(kept.fieldtype, value) if kept else value
        for field in table.meta.fields:
            if row.get(field.fieldname) is None and field.default and field.fieldname in row:
                row[field.fieldname] = frappe.utils.cast(field.fieldtype, field.default)
        for field in table.meta.get_table_fields():
            owned = {"parent": doctype, "parentfield": field.fieldname}
            columns = ["name", "idx", *Table(field.options).own()]
            row[field.fieldname] = self.get_all(field.options, columns, owned, order_by="idx")
        return row

    def set_single(self, doctype: str, values: Mapping[str, Any]) -> None:
        table = self._single(doctype)
        for name, value in values.items():
            if not table.has_table(name):
                table.field(name).store(value)
        with translated():
            document = frappe.get_doc(doctype)
            document.update({name: _children(value) for name, value in values.items()})
            # what the software writes by itself is no edit: a line of the timeline for each row of a table
            document.save(ignore_permissions=True, ignore_version=True)

    def password(self, doctype: str, fieldname: str) -> str:
        with translated():
            found = get_decrypted_password(doctype, doctype, fieldname, raise_exception=False)
        return str(found or "")

    def _single(self, doctype: str) -> Table:
        table = Table(doctype)
        if not table.meta.issingle:
            raise SiteError(Words("{0} is not a Single", doctype))
        return table

    # transactions
    def commit(self) -> None:
        with translated():
            frappe.db.commit()

    def rollback(self) -> None:
        frappe.db.rollback()

    def after_rollback(self, call: Callable[[], None]) -> None:
        compat.call_after_rollback(call)

    @contextmanager
    def lock(self, name: str) -> Iterator[bool]:
        """A lock of the database server: it holds across hosts, needs no Redis and ends with the connection.

        The server would give a connection its own lock twice, so what this process holds is remembered.
        """
        held = frappe.local.flags.setdefault("verenigingen_locks", set())
        key = hashlib.sha256(f"{frappe.conf.db_name}:{name}".encode()).hexdigest()[:32]
        if key in held or not compat.take_lock(key):
            yield False
            return
        held.add(key)
        try:
            yield True
        finally:
            held.discard(key)
            with suppress(compat.database_error()):
                compat.release_lock(key)

    def limits(self) -> AbstractContextManager[Limited]:
        """A worker ends the whole job after its time; the connection belongs to this thread."""
        return nullcontext(_without_limit)

    def pdf_maker(self) -> Callable[[str], bytes] | None:
        """Frappe's own, which calls wkhtmltopdf; without that program on the machine there is none."""
        return _as_pdf if shutil.which("wkhtmltopdf") else None

    def throw_aways(self) -> AbstractContextManager[ThrowAways]:
        return throw_aways(FrappeSite)

    # telling
    def sendmail(self, mail: Mail) -> MailReceipt:
        state = self.mail()
        hindrance = state.muted_because or state.no_account_because
        if hindrance:
            raise MailNotAccepted(said(hindrance, self.translate))
        people = mail.recipients
        batches = [
            people[start : start + RECIPIENTS_PER_MESSAGE]
            for start in range(0, len(people), RECIPIENTS_PER_MESSAGE)
        ]
        queued = (_queue_message(mail, batch, batch is batches[0], list_headers(self)) for batch in batches)
        names = [name for name in queued if name]
        if not names:
            raise MailNotAccepted(Words("nobody to send to: every recipient is missing or has unsubscribed"))
        return MailReceipt("email queue", names[0], tuple(names[1:]))

    def mail_proof(self, references: Sequence[str]) -> Proof:
        rows = self.get_all("Email Queue", ["name", "status", "error"], {"name": ("in", list(references))})
        if len(rows) < len(set(references)):
            return Proof("failed", self.translate("the message is no longer in the Email Queue"))
        failed = [row for row in rows if row["status"] in NEVER_LEFT]
        pending = [row for row in rows if row["status"] != "Sent"]
        said = [
            f"Email Queue {row['name']}: {row['status']} {_last_line(row['error'])}".strip()
            for row in failed or pending or rows
        ]
        if failed:
            return Proof("failed", said[0])
        return Proof("waiting", said[0]) if pending else Proof("proven", "; ".join(said))

    def notify_desk(
        self,
        users: Sequence[str],
        subject: str,
        message: str,
        doctype: str = "",
        name: str = "",
        link: str = "",
    ) -> list[str]:
        shared = {"subject": escape(subject), "email_content": in_paragraphs(message), "type": "Alert"}
        about = {
            "document_type": doctype or None,
            "document_name": name or None,
            "from_user": "Administrator",
        }
        if link and self.has_field("Notification Log", "link"):  # 14 has none, and leads to the document
            about["link"] = link
        return [self.insert("Notification Log", {"for_user": user} | shared | about) for user in users]

    def give_todo(self, user: str, text: str, doctype: str, name: str) -> None:
        about = {"reference_type": doctype, "reference_name": name}
        with translated(), savepoint():
            todo = frappe.get_doc(
                {"doctype": "ToDo", "allocated_to": user, "description": escape(text), **about}
            )
            todo.assigned_by = self.user()
            todo.insert(ignore_permissions=True)

    def close_todos(self, doctype: str, name: str) -> None:
        about = {"reference_type": doctype, "reference_name": name, "status": "Open"}
        with translated(), savepoint():
            for todo in frappe.get_all("ToDo", about, pluck="name"):
                document = frappe.get_doc("ToDo", todo)
                document.status = "Closed"
                document.save(ignore_permissions=True)

    def log_error(self, title: str, message: str) -> None:
        short = " ".join(title.split())[:ERROR_TITLE_LENGTH] or "Error"
        try:
            with compat.own_connection():  # the caller's rollback must not take it along
                frappe.log_error(title=short, message=message or short)
        except Exception as error:  # the one promise of this method: it never raises
            redacting(frappe.logger("verenigingen")).error(f"{short}: {message} (not stored: {error})")

    def url(self, path: str = "") -> str:
        return str(frappe.utils.get_url(path or None))

    def url_to_form(self, doctype: str, name: str) -> str:
        return str(frappe.utils.get_url_to_form(doctype, name))

    def url_to_list(self, doctype: str) -> str:
        return str(frappe.utils.get_url_to_list(doctype))


def _without_limit(name: str, seconds: float, work: Callable[[], Result]) -> Result:
    return work()


def _host_of(host_name: str) -> str:
    try:
        return urlsplit(host_name if "//" in host_name else f"//{host_name}").hostname or ""
    except ValueError:
        return ""  # no address at all, such as an open bracket


def _children(value: Any) -> Any:
    """Rows of a child table without the stamps of the rows that they replace."""
    if not isinstance(value, list | tuple):
        return value
    own = STANDARD_FIELDS | CHILD_FIELDS
    return [{key: part for key, part in row.items() if key not in own} for row in value]


def _last_line(error: object) -> str:
    """What the traceback that Frappe stored ends in."""
    lines = str(error or "").strip().splitlines()
    return lines[-1][:300] if lines else ""


def _queue_message(
    mail: Mail, recipients: tuple[str, ...], first: bool, headers: tuple[tuple[str, str], ...]
) -> str:
    """Put one message in the Email Queue; its name, or an empty text when Frappe dropped every recipient."""
    root = f"{mail.thread}@{frappe.local.site}" if mail.thread else ""
    message_id = f"{frappe.generate_hash(length=20)}@{frappe.local.site}"
    if mail.opens_thread and first:
        message_id, root = root, ""
    try:
        with translated():
            returned = frappe.sendmail(
                recipients=list(recipients),
                subject=mail.subject,
                template="verenigingen_message",
                args={"html": mail.html, "text": mail.text},
                message_id=message_id,
                **compat.answering(root),
                reference_doctype=mail.reference_doctype or None,
                reference_name=mail.reference_name or None,
                add_unsubscribe_link=0,
            )
    except (SiteError, frappe.OutgoingEmailError) as refused:
        raise MailNotAccepted(Words("Frappe did not take the message: {0}", refused)) from refused
    name = compat.email_queue_name(returned, message_id, mail.reference_name)
    compat.head_in_queue(name, root, header_lines(headers))
    return name
