"""A sentence that counts is right for one of them, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vuurtoren.site.words.plurals import plural

PRODUCT = Path(__file__).parents[2] / "vuurtoren"
NO_NOUN = r"(?!(?:is|was|are|of|in|at|as|and|its|this|has|assigned)\b)"
COUNTED = re.compile(rf"\{{\d\}} (?:{NO_NOUN}[a-z]+ )?{NO_NOUN}[a-z]+s\b")
NOT_COUNTED = {
    # A constant of the program, greater than one.
    "No error during the last {0} hours; logged errors and failed jobs were read.",
    "Fewer than {0} days of this month or of the one before are known: {1}.",
    "From the last {0} days, beyond what open alerts say; each names what it rests on.",
    "No number of the last {0} days asks for more than the open alerts do.",
    "No entry during the last {0} days.",
    "Entries of the last {0} days, most frequent first; the newest is of {1}.",
    "no entry during the last {0} days",
    "No clear course that meets the limit within {0} days.",
    "More than {0} alerts in seven days",
    "Entries that wait for a review for more than {0} days",
    "It was told; closed by itself after {0} days.",
    "Errors neither rise nor fall clearly over {0} full days.",
    "{0} of its {1} series were looked at.",
    "{0} in the site configuration needs at least {1} characters",
    "A note has at most {0} characters; this one has {1}.",
    "{0} of {1} are Compliant, {2} days",
    # A trend needs ten full days.
    "{0} over {1} full days",
    "Errors fall: each day by about {0} (between {1} and {2}), judged over {3} full days.",
    "Errors rise: each day by about {0} (between {1} and {2}), judged over {3} full days.",
    # The peak of a day needs many errors.
    "{0} of {1} errors fell between {2} and {3}.",
}
COUNTABLE = re.compile(
    r"\{[^}]*\} (?:[a-z]+ )?(?:batches|bookings|checkpoints|collections|days|entries|events|files|findings"
    r"|hours|kinds|lines|mandates|members|records|returns|reversals|rows|seconds|steps|times)\b"
)
"""What commands, reports and the rules of SEPA count."""
COUNTING = ("commands", "compliance", "audit/verification/command.py", "audit/recording", "pages/sepa")
MORE_THAN_ONE = {
    # A constant of the program, a limit that is greater than one, or a number that is only said of several.
    "the file has more than {0} collections",
    "the file has more than {0} returns",
    "{0}: {1} of {2} in {3} days",
    "nothing was collected in {0} days",
    "Entries of the trail have waited {0} seconds for their seal",
    "No checkpoint of the trail has left the site for {0} hours",
    "The reference of {0} is borne by {1} mandates",
    "{0} is for one collection, and was used {1} times",
    "{0} was processed {1} times",
    "{0} had {1} first collections",
    # Its form for one stands where it is said.
    "Looked at: {0} collections, {1}; {2}.",
    "the file has more than {0} kinds of elements",
}


def said_of_many(text: str) -> str:
    return plural(lambda original: original.upper(), len(text), "one letter", "{0} letters")


@pytest.mark.parametrize(("text", "said"), [("", "{0} LETTERS"), ("a", "ONE LETTER"), ("ab", "{0} LETTERS")])
def test_none_and_many_are_several_and_one_is_one(text: str, said: str):
    assert said_of_many(text) == said


def translated(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The texts that a function of translation is given alone, and their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("_", "translate") and isinstance(node.args[0].value, str):
                yield node.args[0].value, node.lineno


def test_no_sentence_counts_without_a_form_for_one():
    found = [
        f"{path.relative_to(PRODUCT)}:{line}: {text}"
        for path in PRODUCT.rglob("*.py")
        for text, line in translated(ast.parse(path.read_text(encoding="utf-8")))
        if COUNTED.search(text) and text not in NOT_COUNTED
    ]
    assert found == []


def said_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every text with places in it, f-strings too, but for those that have a form for one."""
    paired = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and "plural" in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
        for argument in node.args
        for text in ast.walk(argument)
    }
    named = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in ast.walk(node.targets[0])
        if isinstance(target, ast.Name) and target.id.lower().startswith(("one", "many"))
        for text in ast.walk(node.value)
    }
    for node in ast.walk(tree):
        if id(node) in paired | named:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{0}" for part in node.values)
            yield "".join(map(str, parts)), node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


def test_what_commands_and_rules_count_is_right_for_one():
    files = [file for place in COUNTING for file in [PRODUCT / place, *(PRODUCT / place).rglob("*.py")]]
    found = [
        f"{path.relative_to(PRODUCT)}:{line}: {text}"
        for path in files
        if path.suffix == ".py"
        for text, line in said_in(ast.parse(path.read_text(encoding="utf-8")))
        if COUNTABLE.search(text) and text not in MORE_THAN_ONE
    ]
    assert found == []
