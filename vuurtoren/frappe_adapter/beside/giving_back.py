"""At an uninstall the trail ends; the audit log goes back to the app that ships a DocType of its name.

It keeps all its rows. First everything is written beside it, as an export that proves itself and as the
plain rows, and the details are taken out of their boxes, which the other app cannot open. The DocType is
then read from the other app's file, so it is no longer one of ours and stays, and its rows with it.
Columns of ours stay in the table, as Frappe drops none; nothing reads them any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frappe
from frappe.modules.import_file import import_file_by_path

from vuurtoren import carrier
from vuurtoren.audit.adoption.adopted import CONFIG_KEY, GIVEN_BACK, memory
from vuurtoren.audit.details.details_box import FIELDS, Opener, State
from vuurtoren.audit.retention import ended
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.tables import LOG
from vuurtoren.failures import error_boundary
from vuurtoren.frappe_adapter.beside.foreign_files import foreign_files
from vuurtoren.frappe_adapter.site import FrappeSite

ROWS, MANIFEST = "rows.jsonl", "manifest.json"
PAGE_ROWS = 1000


def end_trail() -> Path | None:
    """Write the trail out, and let the log go back where another installed app ships it; the folder.

    None where nothing was ever in it. The guard is taken away in each case, for the database would not drop
    the table. Commits.
    """
    site = FrappeSite()
    file = next(foreign_files(LOG), None)
    parent = ended.ENDED if file is None else ended.GIVEN_BACK
    folder = ended.end(site, parent) if file or ended.has_trail(site) else None
    append_only_guard.remove(site)
    if file is None or folder is None:
        return folder
    _open_boxes(site)
    _write_rows(site, folder)
    _read_theirs(file)
    site.set_conf(CONFIG_KEY, memory(site) | {"state": GIVEN_BACK, "folder": str(folder)})
    frappe.db.commit()
    return folder


def _open_boxes(site: FrappeSite) -> None:
    """Each batch commits. What lacks its key stays in its box: it is there when the key comes back."""
    opener, last = Opener.of(site), ""
    fields = [*FIELDS, "name", "modified", "modified_by"]
    while True:
        page = site.get_all(LOG, fields, {"name": (">", last)}, order_by="name", limit=PAGE_ROWS)
        for row in page:
            opened = opener.open(row)
            if opened.state is State.OPEN:
                clear = {"details": opened.details, "details_salt": opened.salt}
                site.update(LOG, row["name"], clear | {stamp: row[stamp] for stamp in fields[-2:]})
        site.commit()
        if len(page) < PAGE_ROWS:
            return
        last = page[-1]["name"]


def _write_rows(site: FrappeSite, folder: Path) -> None:
    """The plain rows, and what says how many they are."""
    digest, count = hashlib.sha256(), 0
    with (folder / ROWS).open("wb") as lines:
        for row in _rows():
            line = json.dumps(row, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8") + b"\n"
            lines.write(line)
            digest.update(line)
            count += 1
    manifest = {
        "doctype": LOG,
        "rows": count,
        "files": {ROWS: digest.hexdigest()},
        "trail": ended.TRAIL if (folder / ended.TRAIL / MANIFEST).is_file() else None,
        "made_at": f"{site.now():%Y-%m-%d %H:%M:%S}",
        "app": f"{carrier.app_name()} {carrier.app_version()}",
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")


def _rows() -> Iterator[dict[str, Any]]:
    """Every row with every column of the table, in the order of names."""
    last = ""
    while True:
        page = frappe.db.sql(
            f"SELECT * FROM `tab{LOG}` WHERE name > %s ORDER BY name LIMIT {PAGE_ROWS}", (last,), as_dict=True
        )
        yield from (dict(row) for row in page)
        if len(page) < PAGE_ROWS:
            return
        last = page[-1]["name"]


def _read_theirs(file: Path) -> None:
    """Their definition now, and by each migrate from here on; ours is forgotten by its hash too."""
    module = json.loads(file.read_text("utf-8"))["module"]
    with error_boundary(FrappeSite(), "reading the DocType of the other app"):
        import_file_by_path(str(file), force=True)
    if frappe.db.get_value("DocType", LOG, "module") != module:
        values = {"module": module, "migration_hash": None}
        frappe.db.set_value("DocType", LOG, values, update_modified=False)
    frappe.clear_cache(doctype=LOG)
