"""What a database that is made to be dropped is called, so that no other one can be taken for it."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from vuurtoren.site.errors import NotThrowAway
from vuurtoren.site.words.words import Words

PREFIX = "vuurtoren_drill_"
_NAME = re.compile(PREFIX + r"[0-9a-f]{8}_\d{14}")


def prefix_of(database: str) -> str:
    """How the names of those begin that belong to the site with this database."""
    return f"{PREFIX}{hashlib.sha256(database.encode()).hexdigest()[:8]}_"


def new_name(database: str, now_utc: datetime) -> str:
    return f"{prefix_of(database)}{now_utc:%Y%m%d%H%M%S}"


def must_be_throw_away(name: str, database: str) -> str:
    """The name, where it is one of those that belong to the site with this database; raises NotThrowAway."""
    if not _NAME.fullmatch(name) or not name.startswith(prefix_of(database)) or name == database:
        raise NotThrowAway(Words("{0} is no database that a drill of this site made: it is left alone", name))
    return name
