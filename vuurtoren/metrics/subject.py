"""What a number is about: the one thing that two alerts may share, by the name that it has everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar, cast, get_args

from vuurtoren.site.schema import SHORT_TEXT_LENGTH
from vuurtoren.site.strangers import moment

Sort = Literal["error kind", "function", "page", "batch", "queue", "document"]
METHODS = "/api/method/"
Named = TypeVar("Named")


@dataclass(frozen=True)
class Subject:
    """One thing that can go wrong; `name` is the same wherever it is named, `title` is for people.

    `since` is when it was first there, where that is known: what is older cannot come from it.
    """

    sort: Sort
    name: str
    title: str = ""
    since: datetime | None = None

    @property
    def called(self) -> str:
        """What people call it."""
        return self.title or self.name

    def as_plain(self) -> dict[str, Any]:
        plain = {"sort": self.sort, "name": self.name, "title": self.title}
        return plain | ({"since": self.since.isoformat(" ")} if self.since else {})

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Subject:
        """Raises KeyError, TypeError or ValueError where the mapping names nothing."""
        sort, name, since = plain["sort"], plain["name"], plain.get("since")
        if sort not in get_args(Sort) or not isinstance(name, str) or not name:
            raise ValueError(f"{plain!r} names nothing that a number can be about")
        return cls(cast(Sort, sort), name, str(plain.get("title") or ""), moment(since) if since else None)


def main(counted: Mapping[Named, int]) -> list[Named]:
    """Those that make up at least half of the whole: the one or two that a number is about, often none.

    What has no name counts in the whole, and is none of them.
    """
    half = sum(counted.values()) / 2
    return [each for each, number in counted.items() if each and number and number >= half]


def function(method: str) -> Subject:
    """A function by its dotted path: a scheduled job, or what is called over HTTP."""
    return Subject("function", method[:SHORT_TEXT_LENGTH])


def queue(name: str) -> Subject:
    return Subject("queue", f"queue {name}"[:SHORT_TEXT_LENGTH], name)


def route(path: str) -> Subject:
    """What answers at this address: a function, or a page by the file that makes it."""
    if path.startswith(METHODS):
        return function(path.removeprefix(METHODS))
    return Subject("page", path.replace("-", "_")[:SHORT_TEXT_LENGTH], path)


def place(text: str) -> Subject | None:
    """What begins at "app/www/page.py in show" or "app/tasks.py in run"; None where that is no file."""
    file, _in, name = text.partition(" in ")
    path = file.removesuffix(".py")
    if path == file or not name.isidentifier():
        return None
    before, _www, page = path.partition("/www/")
    if page and "/" not in before:
        return route(f"/{page.removesuffix('/index').removesuffix('index')}")
    return function(f"{path.replace('/', '.')}.{name}")
