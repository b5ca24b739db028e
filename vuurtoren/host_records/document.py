"""A document of the host app under our names, as its events hand it over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vuurtoren.host_records.mapping import Kept


@dataclass(frozen=True)
class HostDocument:
    """What a document, or the mapping of one, holds in a field; its DocType and name are the site's own."""

    kept: Kept
    document: Any

    @classmethod
    def of(cls, kept: Kept, document: Any) -> Any:
        """The document under our names; what is one already, a bare name and None stay what they are."""
        bare = document is None or isinstance(document, str | int | HostDocument)
        return document if bare else cls(kept, document)

    def get(self, fieldname: str, default: Any = None) -> Any:
        """Our value of the field, or `default` where the document has none."""
        stored = self.kept.fields.get(fieldname, fieldname)
        if not stored:
            return default
        get = getattr(self.document, "get", None)
        found = get(stored) if callable(get) else getattr(self.document, stored, None)
        return default if found is None else self.kept.read(fieldname, found)
