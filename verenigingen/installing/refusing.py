"""Never in the place of another app of our name: a migrate would delete the DocTypes that we do not have."""

from __future__ import annotations

import frappe

from vuurtoren import carrier

RETIRED: frozenset[str] = frozenset()
"""DocTypes that this app once had; their rows on a site are ours to lose."""
NAMED = 6
"""So many DocTypes are named in the refusal; the others are counted."""


class WouldReplaceAnotherApp(Exception):
    """This site has DocTypes of another app of our name; nothing was changed."""


def refuse_to_replace() -> None:
    """Raise WouldReplaceAnotherApp where the site has DocTypes under our name that are not in our tree."""
    foreign = foreign_doctypes()
    if foreign:
        raise WouldReplaceAnotherApp(_sentence(foreign))


def foreign_doctypes() -> list[str]:
    """DocTypes in a module of an app of our name, or in one named as ours, that our tree does not have."""
    app, module = carrier.app_name(), carrier.module_name()
    modules = {module, *frappe.get_all("Module Def", {"app_name": app}, pluck="name")}
    there = frappe.get_all("DocType", {"module": ("in", sorted(modules)), "custom": 0}, pluck="name")
    return sorted(set(there) - own_doctypes() - RETIRED)


def own_doctypes() -> set[str]:
    """The DocTypes of our tree, by name."""
    return {
        str(frappe.get_file_json(str(file))["name"])
        for file in carrier.doctypes().glob("*/*.json")
        if file.stem == file.parent.name
    }


def _sentence(foreign: list[str]) -> str:
    shown = ", ".join(foreign[:NAMED])
    more = f" and {len(foreign) - NAMED} more" if len(foreign) > NAMED else ""
    app = carrier.app_name()
    return (
        f"{frappe.local.site} has DocTypes of another app named {app}: {shown}{more}. This tree lacks "
        "them, and going on would delete them from the site, with their forms, permissions and reports. "
        f"Nothing was changed. Put that app back into apps/{app} of this bench, from its own repository, and "
        "lay this one beside it, in a checkout of this repository outside the bench: "
        f"`python3 -m {app} beside {frappe.utils.get_bench_path()}`."
    )
