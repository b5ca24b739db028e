"""Collects every sentence that the product says to people, and keeps its translations in order.

`python -m scripts.wording` lists the sentences that lack a row in a language, and the rows that nobody says.
`python -m scripts.wording update [LANGUAGE]` writes catalogues and tables anew; see `catalogues`.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from scripts import write_sepa_rules
from verenigingen.beside.command import FOR_ARGPARSE
from vuurtoren.acceptance.report import MARKS, SIGN_OFFS
from vuurtoren.acceptance.steps import STEPS
from vuurtoren.alerts.alert_content import INSTANCES
from vuurtoren.audit.seals import findings
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.commands import speaking
from vuurtoren.compliance import status
from vuurtoren.compliance.bank_files import preflight
from vuurtoren.compliance.return_codes import RETURN_CODES
from vuurtoren.compliance.rules.catalogue import RULES
from vuurtoren.embedded.demo.lessons.judging import LESSONS
from vuurtoren.embedded.server.documents import LAST_FIELDS, label
from vuurtoren.pages.backtest_page import FIELDS
from vuurtoren.pages.methods.saved_filters import FILTERS as SAVED_FILTERS
from vuurtoren.pages.views.blocks.areas import BY_KEY as AREAS
from vuurtoren.pages.views.blocks.areas import NAMED
from vuurtoren.reports.daily_report_message import FIGURES
from vuurtoren.rules.expected import USUALLY
from vuurtoren.rules.rule import SEVERITIES, SPREADS
from vuurtoren.signals.catalogue import PANELS, PLACEMENTS, PROMISES, SHIPPED
from vuurtoren.signals.errors.source import SHOWN_FIELDS
from vuurtoren.signals.monitor.source import AGES
from vuurtoren.signals.runbooks import RUNBOOKS
from vuurtoren.signals.runbooks import texts as runbook_texts
from vuurtoren.site.quantities import said_of
from vuurtoren.site.schema import OWN_DOCTYPES
from vuurtoren.site.words.translations import CONTEXT, FOLDER
from vuurtoren.site.words.words import Words

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("vuurtoren", "verenigingen")
SAYING = {
    **dict.fromkeys(("_", "say", "translate", "Words", "Unavailable", "NotReadable", "NotWhole"), (0,)),
    "saying": (0,),
    **dict.fromkeys(("Remark", "beside"), (0,)),
    **dict.fromkeys(("broken", "pending", "not_applicable", "SchemaCheck", "readable", "_part"), (0,)),
    **dict.fromkeys(("_iban", "_name", "_text"), (0,)),
    **dict.fromkeys(("Forbidden", "Unauthorized"), (0,)),
    **dict.fromkeys(("unknown", "_drop", "doubt", "Route"), (1,)),
    **dict.fromkeys(("add", "fault", "_fault", "number", "known_or"), (2,)),
    "plural": (2, 3),
}
"""Calls that say a sentence, or keep one that is said later, and which of their arguments it is."""
ACTIONS = tuple(
    action.replace("_", " ")
    for action in (
        "mandate_created mandate_creation_failed mandate_deleted mandate_ended mandate_status_changed"
        " batch_created batch_generated batch_generation_failed batch_submitted batch_sent_to_bank"
        " batch_processed batch_cancelled batch_may_be_sent batch_must_not_be_sent batch_undecided"
        " sending_to_bank_failed prenotification_sent prenotification_failed processing_completed"
        " processing_failed collection_failed collection_returned return_followed_up return_needs_nothing"
        " bank_transaction_matched bank_transaction_unmatched bank_transaction_cancelled finding_opened"
        " finding_opened_again finding_accepted finding_ended findings_confirmed"
    ).split()
)
"""Actions of the audit trail as the search shows them; others are shown as they were written."""
REFUSALS = (
    *("Bad Request", "Unauthorized", "Forbidden", "Not Found", "Method Not Allowed", "Misdirected Request"),
    *("Too Many Requests", "Internal Server Error"),
)
"""What a page of the embedded server is titled that refuses something."""
KEPT_AS = ("action",)
"""Arguments by name that are said later."""
TEMPLATE = re.compile(r"""\b_\(\s*(?:"([^"]*)"|'([^']*)')|\bplural\([^"']*"([^"]*)",\s*"([^"]*)\"""")
PLURAL = re.compile(r"""\bplural\([^"']*"([^"]*)",\s*"([^"]*)\"""")
SCRIPT = re.compile(r'\b__\("([^"]*)"')


@lru_cache(maxsize=1)
def sentences() -> dict[str, str]:
    """Every sentence, and one place where it is said."""
    found: dict[str, str] = {}
    for place, texts in (*_in_code(), *_in_templates(), *_in_scripts(), *_in_data()):
        for text in filter(_has_words, texts):
            found.setdefault(text, place)
    return found


def _has_words(text: str) -> bool:
    return bool(re.search(r"[^\W_]", re.sub(r"\{\w*\}", "", text)))


SAID_ON_THE_DESK = (
    "label",
    "chart_name",
    "title",
    "subtitle",
    "success_message",
    "description",
    "action_label",
)


def rows(language: str) -> dict[str, str]:
    """The translations of a language by their sentence."""
    path = FOLDER / f"{language}.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as handle:
        return {row[0]: row[1] for row in csv.reader(handle) if row[2] == CONTEXT}


def labels() -> Iterator[tuple[str, str]]:
    """What the forms of our DocTypes say, each with the DocType: newer desks look it up with that context."""
    for path in _doctypes():
        described = json.loads(path.read_text("utf-8"))
        for text in filter(_has_words, dict.fromkeys(_on_a_form(described))):
            yield text, described["name"]
    for text in dict.fromkeys(_on_the_desk()):
        yield text, ""


def _on_the_desk() -> Iterator[str]:
    """What the workspace says, which every desk looks up without a context."""
    for path in sorted(OWN_DOCTYPES.parent.glob("*/*/*.json")):
        if path.parent.parent != OWN_DOCTYPES:
            said = json.loads(path.read_text("utf-8"))
            yield from (str(said[key]) for key in SAID_ON_THE_DESK if said.get(key))
            for row in (*said.get("shortcuts", ()), *said.get("links", ())):
                yield row["label"]
            yield from (block["data"]["text"] for block in _blocks(said) if block["type"] == "header")
    for path in sorted((ROOT / "verenigingen" / "workspace_sidebar").glob("*.json")):
        yield from (item["label"] for item in json.loads(path.read_text("utf-8"))["items"])
    for filters in SAVED_FILTERS.values():
        yield from filters


def _blocks(workspace: dict[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = json.loads(workspace.get("content") or "[]")
    return blocks


@lru_cache(maxsize=1)
def counting() -> list[tuple[str, str]]:
    """The pairs of sentences about one and about many."""
    pairs = {pair for path in _modules() for pair in _Said(path).pairs()}
    for path in _templates():
        pairs |= set(PLURAL.findall(path.read_text("utf-8")))
    return sorted(pairs)


def said_in(path: Path) -> list[str]:
    """The sentences of one module."""
    return list(_Said(path).texts())


def _in_code() -> Iterator[tuple[str, list[str]]]:
    for path in _modules():
        yield str(path.relative_to(ROOT)), said_in(path)


def _modules() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not {"tests", "privacy"} & set(path.parts) and not path.name.startswith("test_"):
                yield path


class _Said:
    """The sentences of one module: what its calls are given, also by the names of constants."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text("utf-8"))
        self.module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def texts(self) -> Iterator[str]:
        for scope in ast.walk(self.tree):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
                for call in _own_calls(scope):
                    for said in _arguments(call):
                        yield from self._resolved(said, scope, set())

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The sentences about one and about many, where both are written in the call."""
        for call in ast.walk(self.tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "plural":
                given = [each.value for each in call.args[2:4] if isinstance(each, ast.Constant)]
                if len(given) == 2:
                    yield (str(given[0]), str(given[1]))

    def _resolved(self, node: ast.expr, scope: ast.AST, names: set[str]) -> Iterator[str]:
        if isinstance(node, ast.Constant):
            yield from [node.value] if isinstance(node.value, str) else ()
        elif isinstance(node, ast.IfExp):
            yield from (*self._resolved(node.body, scope, names), *self._resolved(node.orelse, scope, names))
        elif isinstance(node, ast.BinOp):
            ends = list(self._resolved(node.right, scope, names))
            yield from (one + end for one in self._resolved(node.left, scope, names) for end in ends)
        elif isinstance(node, ast.Subscript):
            each_of = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            for value in each_of:
                yield from self._resolved(value, scope, names)
        elif isinstance(node, ast.Name) and node.id not in names:
            names.add(node.id)
            given = list(_assigned(node.id, scope))
            for value in given:
                yield from self._resolved(value, scope, names)
            if not given and node.id.isupper():
                yield from self._constant(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.isupper():
            yield from self._constant(node.value.id, node.attr)

    def _constant(self, *names: str) -> Iterator[str]:
        """The texts of a constant of the module; in one that only Frappe can load, as it is written."""
        if any(_imports(node, "frappe") for node in self.tree.body):
            for value in _assigned(names[0], self.tree):
                yield from self._resolved(value, self.tree, set(names))
        else:
            value: Any = import_module(self.module)
            for name in names:
                value = getattr(value, name)
            yield from _strings(value)


def _own_calls(scope: ast.AST) -> Iterator[ast.Call]:
    """The calls of a function, without those of the functions within it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
            if isinstance(node, ast.Call):
                yield node
        else:
            waiting += node.decorator_list


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    said_by = call.func.func if isinstance(call.func, ast.Call) else call.func
    name = said_by.attr if isinstance(said_by, ast.Attribute) else getattr(said_by, "id", "")
    for place in SAYING.get(name, ()):
        yield from call.args[place : place + 1]
    if name in SAYING:
        yield from (each.value for each in call.keywords if each.arg in KEPT_AS)


def _imports(node: ast.AST, module: str) -> bool:
    names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
    return module in (*names, getattr(node, "module", ""))


def _assigned(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    for node in scope.body if isinstance(scope, ast.Module) else ast.walk(scope):
        if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == name for each in node.targets):
            yield node.value
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name and node.value:
            yield node.value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.text if isinstance(value, Words) else value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


def _in_templates() -> Iterator[tuple[str, list[str]]]:
    for path in _templates():
        found = TEMPLATE.findall(path.read_text("utf-8"))
        yield str(path.relative_to(ROOT)), [text for each in found for text in each if text]


def _templates() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((*(ROOT / package).rglob("*.html"), *(ROOT / package).rglob("templates/*.txt")))


def _in_scripts() -> Iterator[tuple[str, list[str]]]:
    for path in sorted((ROOT / "verenigingen").rglob("*.js")):
        yield str(path.relative_to(ROOT)), SCRIPT.findall(path.read_text("utf-8"))


def _in_data() -> Iterator[tuple[str, Iterable[str]]]:
    """What is kept in tables, and said where it is shown."""
    for rule in SHIPPED:
        yield f"rule {rule.key}", (rule.title, rule.summary, rule.runbook, rule.severity)
    for key, promise in PROMISES.items():
        yield f"metric {key}", (promise.title, promise.help)
    units = {*(each.unit for each in PROMISES.values()), *(rule.unit for rule in SHIPPED)}
    yield "words", ("en", "about", "yes/no", "days", "bytes/day")
    yield "units", said_of(sorted({*units, INSTANCES, SPREADS}))
    yield "what is usual", USUALLY
    for placement in PLACEMENTS:
        yield "placement", (placement.subject, placement.needs, *(each.title for each in placement.numbers))
    yield "panels", (panel.title for panel in PANELS)
    yield "areas", (*(area.title for area in AREAS.values()), *NAMED.values())
    for file in RUNBOOKS.values():
        yield f"runbook {file.stem}", runbook_texts(file)
    for sepa in RULES:
        yield f"SEPA rule {sepa.id}", (sepa.title, sepa.action, sepa.action_once_due, sepa.area, sepa.source)
    for code in RETURN_CODES.values():
        yield f"return code {code.code}", (code.meaning, code.action)
    yield "acceptance", (*(step.title for step in STEPS), *MARKS, *MARKS.values())
    for lesson in LESSONS:
        said = ((each.title, each.task, each.hint) for each in lesson.exercises)
        yield f"lesson {lesson.number}", (lesson.title, *(text for texts in said for text in texts))
    yield "backtest", (title for _, title in FIELDS)
    yield "daily report", FIGURES.values()
    yield "commands", (*_helps(), *speaking.OF_HELP, *speaking.REFUSALS, *FOR_ARGPARSE)
    yield "bank files", (*preflight.ANSWERS, *preflight.ACTIONS.values(), preflight.MAKE_ANEW)
    yield "SEPA_RULES", write_sepa_rules.texts()
    yield "compliance", get_args(status.Level)
    yield "audit trail", ACTIONS
    yield "jobs", AGES
    yield "refusals of the server", REFUSALS
    yield "the verifier", verifier_texts()
    yield "verification", (*findings.ANSWERS.values(), *_kinds_of_findings())
    yield "severities", (*SEVERITIES, *(severity.capitalize() for severity in SEVERITIES))
    yield "documents", (*map(label, LAST_FIELDS), label("name"))
    yield "lists", {each for rule in SHIPPED for each in rule.links}
    yield "thresholds", ("shipped", "alert rule")
    yield "evidence", (*_evidence_columns(), *SHOWN_FIELDS)
    for title, people in SIGN_OFFS.items():
        yield "acceptance", (title, *people)
    for path in _doctypes():
        yield f"DocType {path.stem}", _of_doctype(json.loads(path.read_text("utf-8")))
    yield "the desk", _on_the_desk()


def _helps() -> Iterator[str]:
    """What the commands of a bench and of the embedded site say of themselves, before they have a site."""
    files = (*(ROOT / "vuurtoren" / "commands").glob("*.py"), ROOT / "vuurtoren" / "embedded" / "cli.py")
    for path in (*sorted(files), ROOT / "verenigingen" / "commands.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_makes_a_command, node.decorator_list)):
                yield ast.get_docstring(node) or ""
            for given in node.keywords if isinstance(node, ast.Call) else ():
                if given.arg == "help" and isinstance(given.value, ast.Constant):
                    yield given.value.value


def _makes_a_command(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") in ("command", "group")


def verifier_texts() -> list[str]:
    """What the stand-alone verifier looks up in its own words, and what a site may have flagged."""
    path, said = Path(str(verify_sepa_audit.__file__)), set[str]()
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("say", "text"):
            given = (node for each in call.args[:2] for node in (each, *_elements(each)))
            said |= {
                node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    seals = ROOT / "vuurtoren" / "audit" / "seals"
    flags = (text for name in ("row_check", "shown_columns") for text in said_in(seals / f"{name}.py"))
    said |= {text for text in flags if "{" not in text}
    known = (verify_sepa_audit.TAMPERED, verify_sepa_audit.INCOMPLETE, verify_sepa_audit.NOTE)
    return sorted(filter(_has_words, {*said, *known}))


def _elements(node: ast.expr) -> list[ast.expr]:
    """What a choice among several, `("a", "b")[n]`, chooses from."""
    chosen = node.value if isinstance(node, ast.Subscript) else None
    return chosen.elts if isinstance(chosen, ast.Tuple) else []


def _kinds_of_findings() -> Iterator[str]:
    yield from (value for name, value in vars(findings).items() if name.isupper() and isinstance(value, str))


def _evidence_columns() -> Iterator[str]:
    """What the columns of evidence are called: the keys of rows that stand in a list."""
    for path in sorted((ROOT / "vuurtoren" / "signals").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            listed = node.elts if isinstance(node, ast.List) else []
            listed = [node.elt] if isinstance(node, ast.ListComp | ast.GeneratorExp) else listed
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
                listed = node.args
            for row in listed:
                for key in row.keys if isinstance(row, ast.Dict) else ():
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value


def _doctypes() -> list[Path]:
    return sorted(path for path in OWN_DOCTYPES.glob("*/*.json") if path.stem == path.parent.name)


def _of_doctype(described: dict[str, Any]) -> Iterator[str]:
    yield described["name"]
    yield from _on_a_form(described)
    for field in described["fields"]:
        if "Break" not in field["fieldtype"]:
            yield label(field["fieldname"])


def _on_a_form(described: dict[str, Any]) -> Iterator[str]:
    for field in described["fields"]:
        yield from (field.get("label", ""), field.get("description", ""))
        if field["fieldtype"] == "Select":
            yield from (field.get("options") or "").split("\n")


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.po")))
