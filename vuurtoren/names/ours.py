"""Where ours of the checklist's names are, under the name of the app that carries the product."""

from __future__ import annotations

from vuurtoren import carrier
from vuurtoren.names.checklist import ANSWERED, CLASSES, PACKAGE, SYSTEM_ALERT


def beside_another_app() -> bool:
    """Whether the checklist's names are not our own."""
    return carrier.app_name() != PACKAGE


def module_of_ours(module: str) -> str:
    """The full name of our module for one of the checklist's, which is named without its package."""
    inner = f"{carrier.doctypes().parent.name}." if module == SYSTEM_ALERT else ""
    return f"{carrier.app_name()}.{inner}{module}"


def overridden_methods() -> dict[str, str]:
    """What `/api/method/…` of the checklist's functions answers with; empty where they are our own.

    Those of ours that are not callable over HTTP are among them: the other app's may be, by anybody.
    """
    if not beside_another_app():
        return {}
    return {
        f"{PACKAGE}.{module}.{name}": f"{module_of_ours(module)}.{name}"
        for module, names in ANSWERED.items()
        for name in names
        if name not in CLASSES
    }
