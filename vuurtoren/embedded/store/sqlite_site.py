"""The embedded default site: one folder with one SQLite file, a configuration file and an outbox."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vuurtoren.embedded.store.facts import EmbeddedFacts
from vuurtoren.embedded.store.limits import Limits, limits
from vuurtoren.embedded.store.sqlite_guard import SQLiteGuard
from vuurtoren.embedded.store.sqlite_store import SQLiteStore
from vuurtoren.privacy.redaction import redact_both_ends
from vuurtoren.site.configured import as_text
from vuurtoren.site.errors import InvalidValue, MailNotAccepted, SiteError, Unavailable
from vuurtoren.site.guards import Guard
from vuurtoren.site.markup import escape, in_paragraphs
from vuurtoren.site.names import time_ordered_name
from vuurtoren.site.private_files import keep_private, open_private, private_folder
from vuurtoren.site.schema import CHILD_FIELDS, SHORT_TEXT_LENGTH, STANDARD_FIELDS, Schema, load_schemas
from vuurtoren.site.site_time import SiteTime, SiteZone
from vuurtoren.site.values import Mail, MailReceipt, MailState, Proof, Row
from vuurtoren.site.words.translations import Translations
from vuurtoren.site.words.words import Words

Clock = Callable[[], datetime]
"""Returns the current time as an aware datetime."""

ADMINISTRATOR = "Administrator"
STARS = "*****"
CONFIG_FILE = "site_config.json"
SETTLED_NANOSECONDS = 100_000_000
"""A file that was written less long ago may be written again without its times telling."""


@dataclass(frozen=True)
class _LanguageOf:
    """The language of a user, not yet asked for, and the one of before for a user who has none."""

    user: str
    otherwise: _LanguageOf | str


class Postman(Protocol):
    """Whoever carries mail for an embedded site."""

    def send(self, mail: Mail) -> MailReceipt: ...
    def state(self) -> MailState: ...


class SQLiteSite(SQLiteGuard, EmbeddedFacts):
    """A site in a folder, with Frappe's behaviour where the monitor relies on it.

    `clock` returns aware times; `config` is laid over the folder's site_config.json; `extra_schema` names
    files in the format of frappe_fields.json with further DocTypes. Unknown DocTypes, fields and filter
    operators are refused. The user is Administrator unless `as_user` says otherwise.
    """

    platform = "embedded"

    def __init__(
        self,
        folder: Path | str,
        *,
        clock: Clock | None = None,
        config: Mapping[str, Any] | None = None,
        name: str = "",
        extra_schema: Iterable[Path] = (),
        postman: Postman | None = None,
        only_read: bool = False,
    ) -> None:
        self.folder = Path(folder)
        private_folder(self.folder)
        keep_private(self.folder / CONFIG_FILE)
        self.name = name or self.folder.resolve().name
        self.postman = postman
        self._clock = clock or (lambda: datetime.now(timezone.utc))
        self._config = dict(config or {})
        self._readable: dict[str, Any] = {}
        self._config_path = os.fspath(self.folder / CONFIG_FILE)
        self._config_read: tuple[object, Any] = (None, None)
        """Which version of the file was read, and what it held."""
        self._acting = threading.local()
        self._zone = SiteZone(_zone(self.conf("time_zone")))
        self.store = SQLiteStore(
            self.folder / "site.db", load_schemas(extra_schema), self._zone, only_read=only_read
        )
        self._translations = Translations()

    def over(self, folder: Path) -> SQLiteSite:
        """This site over the rows of another folder's file, to be read, with its own clock, keys and zone."""
        there = SQLiteSite(
            folder, clock=self._clock, config=self.configuration(), name=self.name, only_read=True
        )
        there.store.schemas = self.store.schemas
        return there

    # who and when
    def now(self) -> SiteTime:
        return self._zone.at(self.now_utc())

    def now_utc(self) -> datetime:
        return self._clock().astimezone(timezone.utc).replace(tzinfo=None)

    def to_utc(self, site_time: datetime) -> datetime:
        return self._zone.to_utc(site_time)

    def from_utc(self, utc_time: datetime) -> SiteTime:
        return self._zone.at(utc_time)

    def time_zone(self) -> str:
        return str(getattr(self._zone.zone, "key", "")) or own_zone()

    def user(self) -> str:
        return getattr(self._acting, "user", ADMINISTRATOR)

    @contextmanager
    def as_user(self, user: str) -> Iterator[None]:
        """Act as another user in this thread, in that user's language, which the first text asks for."""
        before = self.user()
        self._acting.user = user
        try:
            with self.speaking(_LanguageOf(user, getattr(self._acting, "language", ""))):
                yield
        finally:
            self._acting.user = before

    def has_role(self, *roles: str) -> bool:
        if self.user() == ADMINISTRATOR:
            return True
        return bool(
            self.count("Has Role", {"parent": self.user(), "parenttype": "User", "role": ("in", roles)})
        )

    def people_with_role(self, role: str) -> list[str]:
        holders = self.get_all("Has Role", ["parent"], {"role": role, "parenttype": "User"})
        names = {row["parent"] for row in holders} - {ADMINISTRATOR, "Guest"}
        users = self.get_all("User", ["email"], {"name": ("in", names), "enabled": 1})
        return sorted({user["email"] for user in users if user["email"]})

    def trace_id(self) -> str:
        """One for each transaction of each thread."""
        return str(self._acting.__dict__.setdefault("trace_id", secrets.token_hex(16)))

    def translate(self, text: str) -> str:
        return self._translations.translate(text, self.language())

    def language(self) -> str:
        spoken = getattr(self._acting, "language", "")
        if isinstance(spoken, _LanguageOf):
            spoken = self._acting.language = self._language_of(spoken)
        return spoken or self.site_language()

    def _language_of(self, asked: _LanguageOf | str) -> str:
        """The user's own, or the one that was spoken before, which is what remains where none can be read."""
        if isinstance(asked, str):
            return asked
        with suppress(Unavailable, sqlite3.Error):
            if own := as_text((self.get("User", asked.user) or {}).get("language")):
                return own
        return self._language_of(asked.otherwise)

    def site_language(self) -> str:
        return as_text(self._last_readable("lang", "en"), "en")

    @contextmanager
    def speaking(self, language: _LanguageOf | str) -> Iterator[None]:
        before = getattr(self._acting, "language", "")
        self._acting.language = language
        try:
            yield
        finally:
            self._acting.language = before

    def limits(self) -> AbstractContextManager[Limits]:
        return limits(self)

    # configuration
    def conf(self, key: str, default: Any = None) -> Any:
        if key in self._config:
            return self._config[key]
        return self._config_file().get(key, default)

    def configuration(self) -> dict[str, Any]:
        return self._config_file() | self._config

    def _last_readable(self, key: str, default: Any) -> Any:
        """What texts and links need goes on as it was while the file cannot be read."""
        with suppress(Unavailable):
            self._readable[key] = self.conf(key, default)
        return self._readable.get(key, default)

    def hooks(self, name: str) -> list[str]:
        named = self._last_readable(name, [])
        return [str(path) for path in named] if isinstance(named, list) else []

    def set_conf(self, key: str, value: Any) -> None:
        stored = self._config_file() | {key: value}
        draft = self.folder / f"{CONFIG_FILE}.{secrets.token_hex(4)}"
        with open_private(draft, "w", encoding="utf-8") as handle:  # it holds passwords and keys
            handle.write(json.dumps(stored, indent=1, sort_keys=True) + "\n")
        os.replace(draft, self.folder / CONFIG_FILE)

    def _config_file(self) -> dict[str, Any]:
        """What the file holds now: it is read again when it is another one than it was."""
        path = self._config_path
        try:
            found = os.stat(path)
            version = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
            remembered, loaded = self._config_read
            if remembered != version:
                with open(path, encoding="utf-8") as handle:
                    loaded = json.load(handle)
                settled = time.time_ns() - max(version[:2]) > SETTLED_NANOSECONDS
                self._config_read = (version if settled else None), loaded
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Unavailable("{0} cannot be read: {1}", CONFIG_FILE, error) from error
        if not isinstance(loaded, dict):
            raise Unavailable("{0} cannot be read: it holds no JSON object", CONFIG_FILE)
        return loaded

    # Singles
    def get_single(self, doctype: str) -> Row:
        schema = self._single(doctype)
        stored = dict(
            self.store.execute('SELECT field, value FROM "tabSingles" WHERE doctype = ?', (doctype,))
        )
        defaults = {field.name: field.store(field.default or None) for field in schema.fields.values()}
        kept = defaults | stored
        row: Row = {
            field.name: self.store.loaded(field, kept[field.name]) for field in schema.fields.values()
        }
        row |= {field.name: STARS for field in schema.fields.values() if field.secret and row[field.name]}
        for fieldname, child in schema.tables.items():
            owned = {"parent": doctype, "parentfield": fieldname}
            own = [
                name for name in self.store.schema(child).fields if name not in STANDARD_FIELDS | CHILD_FIELDS
            ]
            row[fieldname] = self.get_all(child, ["name", "idx", *own], owned, order_by="idx")
        return row

    def set_single(self, doctype: str, values: Mapping[str, Any]) -> None:
        schema = self._single(doctype)
        for name, value in values.items():
            if name in schema.tables:
                self._replace_children(doctype, name, schema.tables[name], value)
            elif not (schema.field(name).secret and value and not str(value).strip("*")):
                self.store.write_single(doctype, name, value)

    def password(self, doctype: str, fieldname: str) -> str:
        self._single(doctype).field(fieldname)
        found = self.store.execute(
            'SELECT value FROM "tabSingles" WHERE doctype = ? AND field = ?', (doctype, fieldname)
        )
        return next((str(value or "") for (value,) in found), "")

    def _single(self, doctype: str) -> Schema:
        schema = self.store.schema(doctype)
        if not schema.single:
            raise SiteError(Words("{0} is not a Single", doctype))
        return schema

    def _replace_children(
        self, parent: str, fieldname: str, child: str, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        self.store.delete_rows(child, {"parent": parent, "parentfield": fieldname}, limit=10_000)
        for position, row in enumerate(rows, start=1):
            place = {"parent": parent, "parenttype": parent, "parentfield": fieldname, "idx": position}
            kept = {key: value for key, value in row.items() if key not in ("name", "creation", "modified")}
            self.insert(child, kept | place)

    # rows
    def has_doctype(self, doctype: str) -> bool:
        return doctype in self.store.schemas

    def has_field(self, doctype: str, fieldname: str) -> bool:
        schema = self.store.schemas.get(doctype)
        return schema is not None and (fieldname in schema.fields or fieldname in schema.tables)

    def count(self, doctype: str, filters: Mapping[str, Any] | None = None) -> int:
        return int(self.store.aggregate(doctype, "COUNT(*)", filters))

    def total(self, doctype: str, fieldname: str, filters: Mapping[str, Any] | None = None) -> float:
        field = self.store.schema(doctype).field(fieldname)
        if not field.numeric:
            raise InvalidValue(Words("{0}.{1} is no number and has no total", doctype, fieldname))
        return float(self.store.aggregate(doctype, f'COALESCE(SUM("{field.name}"), 0)', filters))

    def tally(
        self,
        doctype: str,
        by: str | Sequence[str],
        filters: Mapping[str, Any] | None = None,
        *,
        limit: int | None = None,
    ) -> dict[Any, int]:
        fields = [by] if isinstance(by, str) else list(by)
        rows = self.store.tally(doctype, fields, filters, limit)
        return {(row[0] if isinstance(by, str) else row[:-1]): row[-1] for row in rows}

    def get_all(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
        longest: int | None = None,
    ) -> list[Row]:
        return self.store.select(doctype, fields, filters, order_by, limit, longest=longest)

    def scan(
        self,
        doctype: str,
        fields: Sequence[str],
        filters: Mapping[str, Any] | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        return self.store.scan(doctype, fields, filters, order_by, limit)

    def get_unmatched(
        self,
        doctype: str,
        fields: Sequence[str],
        fieldname: str,
        other: tuple[str, str],
        filters: Mapping[str, Any] | None = None,
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> list[Row]:
        return self.store.select(doctype, fields, filters, order_by, limit, unmatched=(fieldname, *other))

    def get(self, doctype: str, name: str) -> Row | None:
        rows = self.get_all(doctype, list(self.store.schema(doctype).fields), {"name": name}, limit=1)
        return rows[0] if rows else None

    def readable(self, doctype: str, names: Sequence[str]) -> set[str]:
        """Who may see the monitoring of an embedded site may read all of it."""
        if self.store.schema(doctype).single:
            return set(names)
        return {str(row["name"]) for row in self.get_all(doctype, ["name"], {"name": ("in", tuple(names))})}

    def insert(self, doctype: str, values: Mapping[str, Any]) -> str:
        name = self._new_name(doctype, values)
        self.seed(doctype, [dict(values) | {"name": name}])
        return name

    def append(self, guard: Guard, values: Mapping[str, Any], finish: Callable[[Row], Row]) -> str:
        return self.insert(guard.doctype, {"name": time_ordered_name()} | finish(dict(values)))

    def insert_many(self, doctype: str, rows: Sequence[Mapping[str, Any]]) -> None:
        insertion = self.store.insertion(doctype, self._stamped(doctype, rows))
        with self.store.savepoint():
            self.store.write(*insertion, many=True)

    def seed(self, doctype: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert many rows at once; each may bring its own name, owner, creation and modified."""
        self.store.write(*self.store.insertion(doctype, self._stamped(doctype, rows)), many=True)

    def _stamped(self, doctype: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
        now, user = self.now(), self.user()
        for row in rows:
            named = {"name": self._new_name(doctype, row), "owner": user, "modified_by": user}
            yield named | {"creation": now, "modified": row.get("creation", now)} | dict(row)

    def _new_name(self, doctype: str, values: Mapping[str, Any]) -> str:
        if values.get("name"):
            return str(values["name"])
        autoname = self.store.schema(doctype).autoname
        if autoname.startswith("field:"):
            name = str(values.get(autoname.removeprefix("field:")) or "")
            if not name:
                raise InvalidValue(Words("{0}: {1} must be given", doctype, autoname.removeprefix("field:")))
            return name
        return secrets.token_hex(5)

    def update(
        self, doctype: str, name: str, values: Mapping[str, Any], *, expect: Mapping[str, Any] | None = None
    ) -> bool:
        return self.update_all(doctype, _still(expect) | {"name": name}, values) == 1

    def update_all(self, doctype: str, filters: Mapping[str, Any], values: Mapping[str, Any]) -> int:
        stamped = {"modified": self.now(), "modified_by": self.user()} | dict(values)
        return self.store.update_rows(doctype, stamped, filters)

    def delete(self, doctype: str, filters: Mapping[str, Any], *, limit: int) -> int:
        return self.store.delete_rows(doctype, filters, limit)

    def commit(self) -> None:
        self.store.commit()
        self._write_pending_errors()
        self._end_of_transaction()

    def rollback(self) -> None:
        self.store.rollback()
        self._write_pending_errors()
        for call in self._end_of_transaction():
            call()

    def after_rollback(self, call: Callable[[], None]) -> None:
        self._acting.__dict__.setdefault("after_rollback", []).append(call)

    def _end_of_transaction(self) -> list[Callable[[], None]]:
        """Forget what belongs to one transaction; what was to be called had it been rolled back."""
        self._acting.__dict__.pop("trace_id", None)
        calls: list[Callable[[], None]] = self._acting.__dict__.pop("after_rollback", [])
        return calls

    @contextmanager
    def lock(self, name: str) -> Iterator[bool]:
        locks = self.folder / "locks"
        locks.mkdir(exist_ok=True)
        with (locks / re.sub(r"[^A-Za-z0-9_.-]", "_", name)).open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def pdf_maker(self) -> Callable[[str], bytes] | None:
        """None: a browser prints the page, or saves it as a PDF."""
        return None

    # telling
    def sendmail(self, mail: Mail) -> MailReceipt:
        if self.postman is None:
            raise MailNotAccepted(Words("nobody carries mail for this embedded site"))
        return self.postman.send(mail)

    def mail_proof(self, references: Sequence[str]) -> Proof:
        return Proof("failed", "this site has no Email Queue; its carriers prove at once")

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
        about = {"document_type": doctype, "document_name": name, "read": 0}
        return [self.insert("Notification Log", {"for_user": user} | shared | about) for user in users]

    def give_todo(self, user: str, text: str, doctype: str, name: str) -> None:
        """An embedded site keeps no list of what people have to do."""

    def close_todos(self, doctype: str, name: str) -> None:
        """Nor is anything on it."""

    def log_error(self, title: str, message: str) -> None:
        pending = self._acting.__dict__.setdefault("errors", [])
        # redacted here too, for the file that takes what the database refuses
        method, error = redact_both_ends(title), redact_both_ends(message)
        pending.append({"method": method[:SHORT_TEXT_LENGTH], "error": error, "creation": self.now()})
        if not self.store.in_transaction:
            self._write_pending_errors()

    def _write_pending_errors(self) -> None:
        """Errors are written after the transaction, so that its rollback cannot take them along."""
        pending = self._acting.__dict__.get("errors", [])
        if not pending:
            return
        try:
            self.seed("Error Log", pending)
            self.store.commit()
        except SiteError as refused:
            self.store.rollback()
            aside = self.folder / "errors-not-stored.log"
            with suppress(OSError), open_private(aside, "a", encoding="utf-8") as fallback:
                for row in pending:
                    fallback.write(f"{row['creation']} {row['method']}: {row['error']} ({refused})\n")
        pending.clear()

    def url(self, path: str = "") -> str:
        return (
            as_text(self._last_readable("host_name", ""), "http://127.0.0.1:8000").rstrip("/")
            + "/"
            + path.lstrip("/")
        )

    def url_to_form(self, doctype: str, name: str) -> str:
        return self.url(f"app/{_slug(doctype)}/{name}")

    def url_to_list(self, doctype: str) -> str:
        return self.url(f"app/{_slug(doctype)}")


def own_zone(localtime: Path = Path("/etc/localtime")) -> str:
    """The name of this machine's own zone; empty where the machine does not say it."""
    named = os.environ.get("TZ", "").removeprefix(":") or str(localtime.resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(named).key if named else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def _zone(named: Any) -> tzinfo | None:
    """The named zone; None, which means this machine's own, when none is named."""
    try:
        return ZoneInfo(str(named)) if named else None
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SiteError(
            Words("time_zone in {0}: {1} is no known time zone", CONFIG_FILE, repr(named))
        ) from error


def _still(expect: Mapping[str, Any] | None) -> dict[str, Any]:
    return {field: ("is", "not set") if value is None else value for field, value in (expect or {}).items()}


def _slug(doctype: str) -> str:
    return doctype.lower().replace(" ", "-")
