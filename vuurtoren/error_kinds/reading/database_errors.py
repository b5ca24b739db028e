"""Errors of databases by what they mean: waited for a lock in vain, deadlocked, took too long."""

from __future__ import annotations

import re

# MariaDB by number: 1205 lock wait, 1213 deadlock, 1020 changed since it was read, 1206 too many locks, 1614
# deadlock between branches, 3058 deadlock of user locks, 3572 NOWAIT. PostgreSQL by class, whose names are
# the same in every language. SQLite has only words.
_LOCKS = re.compile(
    r"(?:^|: |\+ \w+: )(?:1205|1213|1020|1206|1614|3058|3572) "
    r"|\b(?:QueryDeadlockError|DeadlockDetected|LockNotAvailable|SerializationFailure|TransactionRollback(?:Error)?)\b"
    r"|Deadlock found|deadlock detected|Lock wait timeout|could not obtain lock|could not serialize access"
    r"|canceling statement due to lock timeout|Record has changed since last read"
    r"|database(?: table)?(?: schema)? is locked",
    re.IGNORECASE,
)
_TIMEOUTS = re.compile(
    r"(?:^|: )(?:1969|3024|1317) |\bQuery(?:TimeoutError|Canceled)\b|max_statement_time|statement timeout"
)
_WITH_CODE = re.compile(r"\d{3,5} ")


def is_lock_error(title: str) -> bool:
    """Whether the title of a kind tells of transactions that stood in each other's way."""
    return _LOCKS.search(title) is not None


def is_timeout(title: str) -> bool:
    """Whether the title of a kind tells of a statement that took too long, and not of a lock."""
    return _TIMEOUTS.search(title) is not None and not is_lock_error(title)


def same_in_every_class(exception: str, said: str) -> str:
    """The class for the key: where the database's number tells, that of the driver or framework does not."""
    return "database" if _WITH_CODE.match(said) else exception
