"""What the address of a page asks: its path, and what stands behind the question mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote

from vuurtoren.outward.page_paths import path_of
from vuurtoren.privacy.text import one_line, storable

LONGEST_VALUE = 200
LARGEST_PAGE = 10_000


@dataclass(frozen=True)
class Address:
    """The parts of the path below the root, and the texts that were asked."""

    parts: tuple[str, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, asked: Mapping[str, object]) -> Address:
        """Whatever a stranger may have typed; what no database takes is left out."""
        parts = tuple(unquote(part) for part in path.strip("/").split("/") if part)
        texts = {str(name): one_line(str(value), LONGEST_VALUE) for name, value in asked.items()}
        return cls(
            tuple(part if storable(part) else "" for part in parts),
            {name: value for name, value in texts.items() if value and storable(value)},
        )

    @property
    def page(self) -> str:
        """The first part: which page it is; empty for the first one."""
        return self.parts[0] if self.parts else ""

    @property
    def name(self) -> str:
        """What the page is about; empty for a list."""
        return "/".join(self.parts[1:])

    @property
    def here(self) -> str:
        """This address again, as a link."""
        return self.href()

    def text(self, name: str) -> str:
        return self.asked.get(name, "")

    def choice(self, name: str, *choices: str) -> str:
        """One of the choices; the first one where something else is asked."""
        return self.text(name) if self.text(name) in choices else choices[0]

    def number(self) -> int:
        """The page of a list, from 1."""
        text = self.text("page")
        return (
            max(1, min(int(text), LARGEST_PAGE)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
        )

    def moment(self, name: str) -> datetime | None:
        """A day or a moment in site time; None where none is given or it cannot be read."""
        try:
            found = datetime.fromisoformat(self.text(name))
        except ValueError:
            return None
        return found.replace(tzinfo=None)

    def day_after(self, name: str) -> datetime | None:
        """The moment that ends a period: a day counts to its end."""
        found = self.moment(name)
        return found + timedelta(days=1) if found and len(self.text(name)) == 10 else found

    def href(self, **changes: str) -> str:
        """The same page with other answers; empty ones are left out, and a list begins at its first page."""
        asked = {**self.asked, **changes}
        if "page" not in changes:
            asked.pop("page", None)
        return "/" + path_of(*self.parts, **asked)


def href(*parts: str, **asked: str) -> str:
    """The link to a page of the monitoring."""
    return "/" + path_of(*parts, **asked)
