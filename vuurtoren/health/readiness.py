"""Between an update of the code and its migration a site lacks what it brings: asked here, in one way.

Whatever needs it goes without until then: a step is not kept, a column is not written, and messages go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vuurtoren.site.protocol import Site


def keeps(site: Site, doctype: str, *fieldnames: str) -> bool:
    """Whether the site has the DocType with all of these fields."""
    return site.has_doctype(doctype) and all(site.has_field(doctype, name) for name in fieldnames)


def kept_fields(site: Site, doctype: str, fieldnames: Iterable[str]) -> list[str]:
    """Those of the fields that the site has."""
    return [name for name in fieldnames if site.has_field(doctype, name)]


def kept_values(site: Site, doctype: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of those fields that the site has."""
    return {name: values[name] for name in kept_fields(site, doctype, values)}
