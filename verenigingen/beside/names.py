"""What in the thin app is its name, by exact rules; everything else that begins with the same letters stays.

Roles ("Verenigingen Administrator"), DocTypes ("Verenigingen Settings"), Dutch words, header names, formats
and whatever is stored are never touched: only dotted paths, imports, asset paths, the app's own name and
title, the module, and the command line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

Rule = tuple[str, str]
"""A regular expression and what it becomes."""


@dataclass(frozen=True)
class Names:
    """An app as Frappe knows it: its package, and the module of its DocTypes."""

    package: str
    module: str

    @property
    def module_folder(self) -> str:
        return self.module.lower().replace(" ", "_")


def renamed_path(path: PurePosixPath, old: Names, new: Names) -> PurePosixPath:
    """Where a file of the app lies under the new name: the package's folder, and the module's within it."""
    parts = list(path.parts)
    if parts[0] == old.package:
        parts[0] = new.package
        if len(parts) > 2 and parts[1] == old.module_folder:
            parts[1] = new.module_folder
    return PurePosixPath(*parts)


def renamed_text(path: PurePosixPath, text: str, old: Names, new: Names) -> str:
    """The text of a file of the app under the new name; kinds of file without a rule stay as they are."""
    for pattern, replacement in _rules(path, old, new):
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def _rules(path: PurePosixPath, old: Names, new: Names) -> list[Rule]:
    if path.name == "hooks.py":
        return [*_python(old, new), *_declared(old, new)]
    return {
        ".py": _python(old, new),
        ".js": [*_dotted(old, new), _assets(old, new)],
        ".html": [*_dotted(old, new), _assets(old, new)],
        ".json": [*_exported(old, new), _assets(old, new)],
        ".toml": _packaging(old, new),
        ".csv": [_executed(old, new)],
        ".po": [_executed(old, new), *_places(old, new)],
        ".in": [(rf"^(recursive-include ){old.package}\b", rf"\1{new.package}")],
    }.get(path.suffix, _lists(path, old, new))


def _lists(path: PurePosixPath, old: Names, new: Names) -> list[Rule]:
    if path.name == "modules.txt":
        return [(rf"^{old.module}$", new.module)]
    return _dotted(old, new) if path.name == "patches.txt" else []


def _dotted(old: Names, new: Names) -> list[Rule]:
    """Dotted paths: not a part of a longer one, not an address, not the end of a Dutch sentence."""
    before = r"(?<![\w@.-])"
    return [
        (rf"{before}{old.package}\.{old.module_folder}(?=\.[a-z_])", f"{new.package}.{new.module_folder}"),
        (rf"{before}{old.package}(?=\.[a-z_])", new.package),
    ]


def _python(old: Names, new: Names) -> list[Rule]:
    return [
        *_dotted(old, new),
        (rf"^( *from ){old.package}(?= import )", rf"\1{new.package}"),
        (rf"^( *import ){old.package}$", rf"\1{new.package}"),
        (rf"(?<=-m ){old.package}\b", new.package),
        (rf"(?<='){old.package}(?=\[)", new.package),
        _assets(old, new),
    ]


def _declared(old: Names, new: Names) -> list[Rule]:
    """The app's own name and title in hooks.py."""
    return [
        (rf'^(app_name = )"{old.package}"', rf'\1"{new.package}"'),
        (rf'^(app_title = )"{old.module}"', rf'\1"{new.module}"'),
    ]


def _exported(old: Names, new: Names) -> list[Rule]:
    """Of DocTypes, and of what stands on the workspace: the module, the app, and the method of a number."""
    return [
        (rf'^( *"module": )"{old.module}"', rf'\1"{new.module}"'),
        (rf'^( *"app": )"{old.package}"', rf'\1"{new.package}"'),
        (rf'^( *"method": "){old.package}(?=\.[a-z_])', rf"\1{new.package}"),
    ]


def _executed(old: Names, new: Names) -> Rule:
    return (rf"(?<=execute ){old.package}(?=\.[a-z_])", new.package)


def _places(old: Names, new: Names) -> list[Rule]:
    """Where a sentence of a catalogue is said."""
    inner = (rf"^(#: ){old.package}/{old.module_folder}/", rf"\1{new.package}/{new.module_folder}/")
    return [inner, (rf"^(#: ){old.package}/", rf"\1{new.package}/")]


def _assets(old: Names, new: Names) -> Rule:
    return (rf"(?<=/assets/){old.package}(?=/)", new.package)


def _packaging(old: Names, new: Names) -> list[Rule]:
    return [
        (rf'^(name = )"{old.package}"', rf'\1"{new.package}"'),
        (rf'"{old.package}", "{old.package}\.\*"', f'"{new.package}", "{new.package}.*"'),
        (rf'"{old.package}(\.__version__|\[)', rf'"{new.package}\1'),
    ]
