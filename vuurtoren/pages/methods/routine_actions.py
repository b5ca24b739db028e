"""What the page's forms do with the items of a routine."""

from __future__ import annotations

from collections.abc import Mapping

from vuurtoren.routines import routines
from vuurtoren.site.protocol import Site

UNDO = {"tick_item": "untick_item", "untick_item": "tick_item"}
FORM = ("routine_item",)


def asked(site: Site, given: Mapping[str, str]) -> dict[str, str]:
    """Tick an item, or take that back; commits. Raises NotPossible with a sentence for people."""
    key = given["routine_item"]
    if given["action"] == "tick_item":
        said = site.translate("Done: {0}").format(routines.tick(site, key, given["note"]))
    else:
        said = site.translate("Not done: {0}").format(routines.untick(site, key))
    site.commit()
    return {"name": key, "status": "Changed", "message": said}
