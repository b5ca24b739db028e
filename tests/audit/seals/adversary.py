"""Everything that somebody with the database, or with the keys too, may do to a log.

Each operator changes an open transaction by plain SQL, past all of our code, and returns what it did, or None
where it changed nothing. The caller verifies and rolls back.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from typing import Any

from vuurtoren.audit.details.details_box import Opener, boxed
from vuurtoren.audit.seals import canonical, sealer
from vuurtoren.audit.seals.head import Head, read_head
from vuurtoren.audit.seals.keys import AuditKeys, load_details_keys, load_keys
from vuurtoren.audit.seals.merkle import Frontier
from vuurtoren.audit.seals.note import PublicKey, SigningKey
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

Operator = Callable[[SQLiteSite, random.Random], "str | None"]
"""What was done, and to which event, row or position where the finding must name it: "what | where"."""

TEXT_COLUMNS = (*canonical.TEXTS, "details", "details_salt", "row_mac", "timestamp", "user", "owner")
NUMBER_COLUMNS = ("amount_cents", "sensitive_data", "schema_version", "docstatus")
CHECKPOINT_COLUMNS = ("tree_size", "root", "previous", "time_utc", "note", "sequence")


def run(site: SQLiteSite, sql: str, *values: Any) -> None:
    """Any statement, after taking away what makes the database refuse it."""
    for (trigger,) in rows(site, "SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        site.store.write(f'DROP TRIGGER "{trigger}"', ())
    site.store.write(sql, values)


def rows(site: SQLiteSite, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return site.store.execute(sql, values).fetchall()


def table(doctype: str) -> str:
    return f'"tab{doctype}"'


def _changed_text(text: Any, chance: random.Random) -> Any:
    """The text in another spelling or with another meaning; null and empty are two spellings."""
    if text is None:
        return chance.choice(["", "x", " "])
    text = str(text)
    if not text:
        return chance.choice([None, " ", "x"])
    at = chance.randrange(len(text))
    return chance.choice(
        [
            text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + text[at].swapcase() + text[at + 1 :],
            text + " ",
            " " + text,
            text.upper(),
            text.lower(),
            text + "\u0301",
            unicodedata.normalize("NFD", text),
            unicodedata.normalize("NFKC", text),
            text.replace("a", "\u0430", 1),
            text[::-1],
            text + "\x00",
            None,
            "",
        ]
    )


def _set(site: SQLiteSite, doctype: str, name: str, column: str, value: Any) -> bool:
    before = site.get_all(doctype, [column], {"name": name})
    run(site, f'UPDATE {table(doctype)} SET "{column}" = ? WHERE name = ?', value, name)
    after = site.get_all(doctype, [column], {"name": name})
    return repr(before) != repr(after)


def _any(site: SQLiteSite, doctype: str, chance: random.Random, *columns: str) -> tuple[Any, ...]:
    wanted = ", ".join(f'"{column}"' for column in columns)
    return chance.choice(rows(site, f"SELECT {wanted} FROM {table(doctype)} ORDER BY name"))


def change_a_text(site: SQLiteSite, chance: random.Random) -> str | None:
    column = chance.choice(TEXT_COLUMNS)
    name, before = _any(site, LOG, chance, "name", column)
    changed = _changed_text(before, chance)
    return f"{column} | row {name}" if _set(site, LOG, name, column, changed) else None


def change_a_number(site: SQLiteSite, chance: random.Random) -> str | None:
    column = chance.choice(NUMBER_COLUMNS)
    name, before = _any(site, LOG, chance, "name", column)
    changed = chance.choice([before + 1, -before, before ^ 256, 0, 1, 2, before * 10, 0.5, "many", 2**60])
    return f"{column} | row {name}" if _set(site, LOG, name, column, changed) else None


def shift_the_shown_time(site: SQLiteSite, chance: random.Random) -> str | None:
    (name,) = _any(site, LOG, chance, "name")
    by = chance.choice(["+1 seconds", "-1 hours", "+1 days", "-365 days"])
    run(
        site,
        f"UPDATE {table(LOG)} SET timestamp = datetime(timestamp, ?) || '.000001' WHERE name = ?",
        by,
        name,
    )
    return f"timestamp {by} | row {name}"


def shift_the_creation(site: SQLiteSite, chance: random.Random) -> str | None:
    (name,) = _any(site, LOG, chance, "name")
    by = chance.choice(["+11 minutes", "-11 minutes", "-1 hours", "+7 hours", "+1 days", "-365 days"])
    run(site, f"UPDATE {table(LOG)} SET creation = datetime(creation, ?) WHERE name = ?", by, name)
    return f"creation {by} | row {name}"


def swap_values_of_two_rows(site: SQLiteSite, chance: random.Random) -> str | None:
    column = chance.choice((*TEXT_COLUMNS[1:], "amount_cents"))
    (one, first), (other, second) = (_any(site, LOG, chance, "name", column) for _ in range(2))
    if repr(first) == repr(second):
        return None
    _set(site, LOG, one, column, second)
    return f"swap {column} | row {one}" if _set(site, LOG, other, column, first) else None


def swap_the_events_of_two_rows(site: SQLiteSite, chance: random.Random) -> str | None:
    (one, first), (other, second) = (_any(site, LOG, chance, "name", "event_id") for _ in range(2))
    if one == other:
        return None
    _set(site, LOG, one, "event_id", "between")
    _set(site, LOG, other, "event_id", first)
    _set(site, LOG, one, "event_id", second)
    return f"swap event_id | row {one}"


def move_a_value_between_columns(site: SQLiteSite, chance: random.Random) -> str | None:
    one, other = chance.sample(canonical.TEXTS[1:], 2)
    name, first, second = _any(site, LOG, chance, "name", one, other)
    if first == second:
        return None
    _set(site, LOG, name, one, second)
    return f"{one} and {other} | row {name}" if _set(site, LOG, name, other, first) else None


def delete_rows(site: SQLiteSite, chance: random.Random) -> str | None:
    """Only what was sealed: an event that goes before its seal was made leaves no trace."""
    names = [row[0] for row in rows(site, f"SELECT event FROM {table(LEAF)} ORDER BY position")]
    gone = chance.choice([names[:1], names[-1:], [chance.choice(names)], names[: len(names) // 2], names])
    for name in gone:
        run(site, f"DELETE FROM {table(LOG)} WHERE event_id = ?", name)
    return f"delete {len(gone)} | event {gone[0]}"


def _copy_row(site: SQLiteSite, chance: random.Random, **changes: Any) -> str:
    (name,) = _any(site, LOG, chance, "name")
    row = site.get(LOG, name)
    assert row is not None
    forged = f"forged{chance.randrange(10**6)}"
    site.store.write(*site.store.insertion(LOG, [row | {"name": forged} | changes]), many=True)
    return forged


def insert_a_forged_row(site: SQLiteSite, chance: random.Random) -> str | None:
    mac = chance.choice([None, "", "0" * 64, "unchanged"])
    changes = {"event_id": f"{chance.randrange(2**100):032x}"} | (
        {} if mac == "unchanged" else {"row_mac": mac}
    )
    return f"insert | row {_copy_row(site, chance, **changes)}"


def insert_a_row_without_an_event_id(site: SQLiteSite, chance: random.Random) -> str | None:
    forged = _copy_row(site, chance, event_id="later")
    run(site, f"UPDATE {table(LOG)} SET event_id = NULL WHERE name = ?", forged)
    return f"insert without id | row {forged}"


def duplicate_a_row(site: SQLiteSite, chance: random.Random) -> str | None:
    run(site, 'DROP INDEX "tabSEPA Audit Log-event_id"')
    _copy_row(site, chance)
    return "duplicate"


def change_a_leaf(site: SQLiteSite, chance: random.Random) -> str | None:
    column = chance.choice(("leaf", "event", "flag"))
    name, position, before = _any(site, LEAF, chance, "name", "position", column)
    changed = _changed_text(before, chance)
    if column == "flag" and not (changed or "").strip():
        changed = "bad"
    return f"leaf.{column} | position {position}" if _set(site, LEAF, name, column, changed) else None


def move_a_leaf(site: SQLiteSite, chance: random.Random) -> str | None:
    name, position = _any(site, LEAF, chance, "name", "position")
    _set(site, LEAF, name, "position", chance.choice([-1 - position, position + 1000]))
    return f"leaf moved | position {position}"


def swap_two_leaves(site: SQLiteSite, chance: random.Random) -> str | None:
    (one, first), (other, second) = (_any(site, LEAF, chance, "name", "position") for _ in range(2))
    if one == other:
        return None
    _set(site, LEAF, one, "position", -5)
    _set(site, LEAF, other, "position", first)
    _set(site, LEAF, one, "position", second)
    return "leaves swapped"


def delete_a_leaf(site: SQLiteSite, chance: random.Random) -> str | None:
    name, position = _any(site, LEAF, chance, "name", "position")
    run(site, f"DELETE FROM {table(LEAF)} WHERE name = ?", name)
    return f"leaf deleted | position {position}"


def append_a_leaf(site: SQLiteSite, chance: random.Random) -> str | None:
    count = rows(site, f"SELECT COUNT(*) FROM {table(LEAF)}")[0][0]
    leaf = {"position": count, "event": f"forged{count}", "leaf": "ab" * 32, "flag": ""}
    site.insert(LEAF, leaf | {"name": f"forged{count}"})
    return f"leaf appended | position {count}"


def change_row_and_leaf_alike(site: SQLiteSite, chance: random.Random) -> str | None:
    """What somebody does who knows the tree but not the key of the authentication codes."""
    name, before = _any(site, LOG, chance, "name", "action")
    _set(site, LOG, name, "action", f"{before}_not")
    row = site.get(LOG, name)
    assert row is not None
    leaf = canonical.leaf_hash(canonical.record(row)).hex()
    run(site, f"UPDATE {table(LEAF)} SET leaf = ? WHERE event = ?", leaf, row["event_id"])
    return f"row and leaf | row {name}"


def delete_row_and_leaf_alike(site: SQLiteSite, chance: random.Random) -> str | None:
    (event,) = _any(site, LEAF, chance, "event")
    run(site, f"DELETE FROM {table(LOG)} WHERE event_id = ?", event)
    run(site, f"DELETE FROM {table(LEAF)} WHERE event = ?", event)
    return "row and leaf deleted"


def cut_the_tail(site: SQLiteSite, chance: random.Random) -> str | None:
    """Back to an older state, as from a backup: rows, leaves and checkpoints together."""
    points = rows(site, f"SELECT sequence, tree_size FROM {table(CHECKPOINT)} ORDER BY sequence")
    keep, size = chance.choice(points[:-1])
    run(site, f"DELETE FROM {table(CHECKPOINT)} WHERE sequence > ?", keep)
    for (event,) in rows(site, f"SELECT event FROM {table(LEAF)} WHERE position >= ?", size):
        run(site, f"DELETE FROM {table(LOG)} WHERE event_id = ?", event)
    run(site, f"DELETE FROM {table(LEAF)} WHERE position >= ?", size)
    return "tail cut"


def change_a_checkpoint(site: SQLiteSite, chance: random.Random) -> str | None:
    column = chance.choice(CHECKPOINT_COLUMNS)
    name, before = _any(site, CHECKPOINT, chance, "name", column)
    number = isinstance(before, int)
    changed = before + chance.choice([-1, 1, 1000]) if number else _changed_text(before, chance)
    if column == "sequence":
        changed = before + 1000
    return f"checkpoint.{column}" if _set(site, CHECKPOINT, name, column, changed) else None


def delete_a_checkpoint(site: SQLiteSite, chance: random.Random) -> str | None:
    (name,) = _any(site, CHECKPOINT, chance, "name")
    run(site, f"DELETE FROM {table(CHECKPOINT)} WHERE name = ?", name)
    return "checkpoint deleted"


def delete_all_seals(site: SQLiteSite, chance: random.Random) -> str | None:
    run(site, f"DELETE FROM {table(CHECKPOINT)}")
    run(site, f"DELETE FROM {table(LEAF)}")
    return "all seals deleted"


def delete_everything(site: SQLiteSite, chance: random.Random) -> str | None:
    run(site, f"DELETE FROM {table(LOG)}")
    return delete_all_seals(site, chance) and "everything deleted"


def seal_again_with_another_key(site: SQLiteSite, chance: random.Random) -> str | None:
    real = load_keys(site)
    seal_again(site, AuditKeys(real.origin, (SigningKey.new(real.origin),), real.mac))
    return "sealed again with another key"


def claim_a_hand_over(site: SQLiteSite, chance: random.Random) -> str | None:
    """A new key that signs itself in, without the signature of the old one."""
    real = load_keys(site)
    own = SigningKey.new(real.origin)
    seal_again(site, AuditKeys(real.origin, (own, SigningKey.new(real.origin)), real.mac), signed_by=own)
    return "hand-over claimed"


WITHOUT_KEYS: tuple[Operator, ...] = (
    change_a_text,
    change_a_number,
    shift_the_shown_time,
    shift_the_creation,
    swap_values_of_two_rows,
    swap_the_events_of_two_rows,
    move_a_value_between_columns,
    delete_rows,
    insert_a_forged_row,
    insert_a_row_without_an_event_id,
    duplicate_a_row,
    change_a_leaf,
    move_a_leaf,
    swap_two_leaves,
    delete_a_leaf,
    append_a_leaf,
    change_row_and_leaf_alike,
    delete_row_and_leaf_alike,
    cut_the_tail,
    change_a_checkpoint,
    delete_a_checkpoint,
    delete_all_seals,
    delete_everything,
    seal_again_with_another_key,
    claim_a_hand_over,
)


# somebody with the keys
def seal_again(site: SQLiteSite, keys: AuditKeys, signed_by: SigningKey | None = None) -> None:
    """Throw all seals away and make new ones of the same sizes over the rows as they are now."""
    order = [row[0] for row in rows(site, f"SELECT event FROM {table(LEAF)} ORDER BY position")]
    points = rows(site, f"SELECT tree_size, time_utc FROM {table(CHECKPOINT)} ORDER BY sequence")
    run(site, f"DELETE FROM {table(CHECKPOINT)}")
    run(site, f"DELETE FROM {table(LEAF)}")
    stored = {row["event_id"]: row for row in site.scan(LOG, [*canonical.ROW_FIELDS, "creation"])}
    order = [event for event in order if event in stored]
    head, opener = Head(0, Frontier(), None, signed_by, None), Opener.of(site)
    for size, _ in points:
        batch = [stored[event] for event in order[head.frontier.size : size]]
        frontier = Frontier(head.frontier.size, head.frontier.nodes)
        sealer._append(site, frontier, [sealer._leaf(row, keys, opener) for row in batch])
        site.insert(CHECKPOINT, sealer._checkpoint_row(site, keys, head, frontier, batch))
        head = read_head(site, keys)


def rewrite(site: SQLiteSite, chance: random.Random) -> str:
    """Change or delete one event and make everything fit again: codes, leaves, roots, signatures."""
    keys = load_keys(site)
    name, position = _sealed_row(site, chance)
    if chance.random() < 0.3:
        run(site, f"DELETE FROM {table(LOG)} WHERE name = ?", name)
    else:
        row = site.get(LOG, name)
        assert row is not None
        changed = row | {"action": f"{row['action']}_rewritten", "amount_cents": chance.randrange(10**6)}
        changed |= {"details": f'{{"amount":"{chance.randrange(100)}.00"}}'}
        changed |= canonical.sealed_values(changed, keys.mac[-1])
        changed |= boxed(changed, load_details_keys(site)[-1], keys.mac[-1])
        for column in ("action", "amount_cents", "details", "details_commit", "row_mac"):
            run(site, f'UPDATE {table(LOG)} SET "{column}" = ? WHERE name = ?', changed[column], name)
    seal_again(site, keys)
    return f"rewritten at {position}"


def _sealed_row(site: SQLiteSite, chance: random.Random) -> tuple[str, int]:
    joined = f"SELECT l.name, f.position FROM {table(LOG)} l JOIN {table(LEAF)} f ON f.event = l.event_id"
    found: tuple[str, int] = chance.choice(rows(site, joined + " ORDER BY f.position"))
    return found


def public_keys(site: SQLiteSite) -> list[PublicKey]:
    return [key.public for key in load_keys(site).signing]
