"""The published schema of ISO 20022, where the user has put it into a folder and a validator is installed.

The schemas may be fetched by anybody and are not ours to hand on; so neither they nor a validator are needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vuurtoren.compliance.bank_files.problems import Problem, Problems
from vuurtoren.privacy.iban import mask_ibans
from vuurtoren.site import configured
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.words import Words

CONFIG_KEY = "sepa_xsd_folder"
"""Configuration key: a folder with files such as pain.008.001.08.xsd, as ISO 20022 publishes them."""
MOST_ERRORS = 20
LONGEST_ERROR = 200
BY_OURSELVES = "the structure was checked by our own reading"


@dataclass(frozen=True)
class SchemaCheck:
    """How the structure was checked, in words, and what the published schema said."""

    how: str = Words(BY_OURSELVES)
    values: tuple[Any, ...] = ()
    problems: tuple[Problem, ...] = ()


def check(site: Site, path: Path, version: str) -> SchemaCheck:
    """Hold a file that was read safely before against the published schema; raises nothing of its own."""
    try:
        folder = configured.text(site, CONFIG_KEY)
    except Unavailable:
        folder = ""
    if not folder:
        return SchemaCheck()
    xsd = Path(folder) / f"{version}.xsd"
    if not version or not xsd.is_file():
        return SchemaCheck(BY_OURSELVES + ", as {0} holds no schema {1}", (CONFIG_KEY, f"{version}.xsd"))
    for name, validate in VALIDATORS.items():
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        try:
            errors = validate(library, xsd, path)
        except Exception as failure:  # whatever a validator makes of a schema that somebody put there
            return SchemaCheck(
                BY_OURSELVES + ", as {0} could not be used: {1}", (xsd.name, type(failure).__name__)
            )
        return SchemaCheck("{0} checked it with {1}", (name, xsd.name), _problems(errors))
    return SchemaCheck(BY_OURSELVES + ", as neither lxml nor xmlschema is installed")


def _problems(errors: list[tuple[int, str]]) -> tuple[Problem, ...]:
    problems = Problems()
    for line, text in errors[:MOST_ERRORS]:
        said = mask_ibans(text)[:LONGEST_ERROR]
        problems.add("schema", "C10", "the schema does not allow line {0}: {1}", line, said)
    return problems.all()


def _with_lxml(lxml: Any, xsd: Path, path: Path) -> list[tuple[int, str]]:
    etree = importlib.import_module("lxml.etree")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    schema = etree.XMLSchema(etree.parse(str(xsd), parser))
    schema.validate(etree.parse(str(path), parser))
    return [(error.line, error.message) for error in schema.error_log]


def _with_xmlschema(xmlschema: Any, xsd: Path, path: Path) -> list[tuple[int, str]]:
    schema = xmlschema.XMLSchema(str(xsd), allow="local", defuse="always")
    errors = schema.iter_errors(xmlschema.XMLResource(str(path), allow="local", defuse="always"))
    return [(getattr(error, "sourceline", 0) or 0, str(error.reason)) for error in errors]


VALIDATORS: dict[str, Callable[[Any, Path, Path], list[tuple[int, str]]]] = {
    "lxml": _with_lxml,
    "xmlschema": _with_xmlschema,
}
