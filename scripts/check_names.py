"""Run by a lane inside a bench: writes rows into the trail, or says where a name of the app is stored."""

from __future__ import annotations

import sys

import frappe

HISTORY = {
    "tabVersion",
    "tabDeleted Document",
    "tabError Log",
    "tabComment",
    "tabActivity Log",
    "tabScheduled Job Log",
}
"""What happened under a name stays as it happened."""


def write() -> None:
    """Five entries, sealed."""
    from vuurtoren.audit.recording.recording import record
    from vuurtoren.composition import current_site
    from vuurtoren.rounds.sealing import seal_soon

    for number in range(5):
        details = {"number": number}
        record(
            current_site(), "Payment Processing", "User", "Administrator", f"lane_{number}", details=details
        )
    frappe.db.commit()
    seal_soon()
    frappe.db.commit()


def names(name: str, module: str) -> list[str]:
    """Columns of the database that hold the name, a path below it, or the module."""
    columns = frappe.db.sql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        " AND data_type IN ('varchar', 'text', 'longtext', 'mediumtext', 'json')"
    )
    found = []
    for table, column in columns:
        if table in HISTORY or not table.startswith("tab"):
            continue
        held = frappe.db.sql(
            f"SELECT COUNT(*) FROM `{table}` WHERE `{column}` IN (%s, %s)"
            f" OR `{column}` LIKE %s OR `{column}` LIKE %s",
            (name, module, f"{name}.%", f'%"{name}"%'),
        )[0][0]
        if held:
            found.append(f"{table}.{column}: {held}")
    return found


def main(site: str, what: str, *arguments: str) -> int:
    frappe.init(site=site)
    frappe.connect()
    if what == "write":
        write()
        return 0
    found = names(*arguments)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
