"""Which names in a message come from the code or the database, and so belong to the kind of an error."""

from __future__ import annotations

import re

from vuurtoren.error_kinds.reading.random_words import is_random

FIRST_KEPT = 0xE000
MOST_KEPT = 60
_RESERVED = re.compile("[\ue000-\ue0ff]")
_KEPT = re.compile("[\ue000-\ue03b]")

_NAME = r"[A-Za-z_][\w.]{0,80}"
_QUOTED = re.compile(r"""(?<!\w)(?:(['"`])([^'"`\n]{1,100})\1|[‘“]([^’”\n]{1,100})[’”])""")
_NOUNS = frozenset(
    """column field table relation constraint index function procedure trigger view sequence attribute
    argument arguments parameter variable module method filter test tag block macro endpoint operator class
    named codec section option""".split()
)
_PAIRS_OF_NOUNS = frozenset(
    {"for key", "key name", "key column", "import name", "expected token", "instances of"}
)
_SAID_AFTER = (" object", " is undefined", " is not defined", " codec", " has no ")
_NOUNS_LOOK_BACK = 30
_BARE = re.compile(
    rf"""
    (?:\bconstraint[ ]failed:[ ]|\bno[ ]such[ ](?:table|column|function|index|module)(?:[ ]name)?:[ ]
      |\bcolumn[ ]named[ ]|\b(?:column|relation|FUNCTION)[ ](?=[\w.]+[ ](?:does|is)\b)
      |\btable[ ](?=[\w.]+[ ]has\b))({_NAME}(?:,[ ]{_NAME})*)
    """,
    re.VERBOSE,
)
_MAY_BE_BARE = ("constraint failed", "no such ", "does not exist", " has no ")
_ANY_QUOTED = re.compile(rf"(?P<quote>['\"`])(?P<name>{_NAME})(?P=quote)")
_BACKTICKED = re.compile(r"(?:`[^`\n]{1,100}`\.)*`[^`\n]{1,100}`")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.-]*(?: [A-Za-z_][\w.]*){0,5}$")
_LOWER_NAME = re.compile(
    r"_{0,2}[a-z][a-z0-9]*(?:_[a-z0-9]+)*_{0,2}$|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$|[a-z]+(?:[A-Z][a-z]+)+$"
)
_MANY_DIGITS = re.compile(r"\d\D*\d\D*\d|^\w\d\w")


class Kept:
    """Names that were taken out of a message, to be put back when its values are gone."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def mark(self, name: str) -> str:
        if len(self.names) >= MOST_KEPT:
            return name
        self.names.append(name)
        return chr(FIRST_KEPT + len(self.names) - 1)

    def put_back(self, line: str) -> str:
        if not self.names:
            return line
        return _KEPT.sub(lambda mark: self._name(mark[0]), line)

    def _name(self, mark: str) -> str:
        number = ord(mark) - FIRST_KEPT
        return self.names[number] if number < len(self.names) else ""

    def by_place(self, line: str) -> str:
        """Keep what a word beside it says is a name: column 'iban', 'member' is undefined."""
        if any(words in line for words in _MAY_BE_BARE):
            line = _BARE.sub(lambda found: found[0][: -len(found[1])] + self.mark(found[1]), line)
        return _QUOTED.sub(lambda found: self._placed(found, line), line)

    def _placed(self, found: re.Match[str], line: str) -> str:
        if not (_is_named_before(line, found.start()) or line.startswith(_SAID_AFTER, found.end())):
            return found[0]
        name = found[2] or found[3]
        return self.mark(_without_schema(name)) if is_name(name) else found[0]

    def quoted(self, line: str) -> str:
        """Keep every quoted name: where the interpreter speaks, it quotes nothing else."""
        return _ANY_QUOTED.sub(self._named, line)

    def _named(self, found: re.Match[str]) -> str:
        return self.mark(found[2]) if is_name(found[2]) else found[0]

    def backticked(self, line: str) -> str:
        """Keep what a database quotes with backticks, without the database's own name."""
        return _BACKTICKED.sub(lambda found: self.mark(_last_parts(found[0])), line)


def names_in(line: str, all_quoted: bool) -> frozenset[str]:
    """The names that belong to the code, as they stand in the line."""
    kept = Kept()
    line = kept.by_place(line)
    if all_quoted:
        kept.quoted(line)
    return frozenset(kept.names)


def _is_named_before(line: str, at: int) -> bool:
    words = line[max(0, at - _NOUNS_LOOK_BACK) : at].lower().split()[-2:]
    if not words or line[at - 1] != " ":
        return False
    noun = words[-1].rstrip(":").lstrip("(")
    return noun in _NOUNS or f"{words[0]} {noun}" in _PAIRS_OF_NOUNS


def without_reserved(line: str) -> str:
    """The line without the characters that mark kept names."""
    return _RESERVED.sub("", line)


def is_name(name: str) -> bool:
    """Whether it can be a name in code or a table with words in it, and is no random value."""
    return _IDENTIFIER.match(name) is not None and not is_random(name)


def is_key(name: str) -> bool:
    """Whether the key of a mapping looks like a field, a setting or a variable of the environment."""
    return (
        _LOWER_NAME.match(name) is not None
        and len(name) <= 60
        and not _MANY_DIGITS.search(name)
        and not is_random(name)
    )


def _without_schema(name: str) -> str:
    """`_1bd3e029.tabMember` is the table of one site; the site's database is no part of the error."""
    schema, dot, rest = name.partition(".")
    return rest if dot and schema.startswith("_") and any(map(str.isdigit, schema)) else name


def _last_parts(quoted: str) -> str:
    parts = quoted.strip("`").split("`.`")
    return ".".join(parts[-2:] if len(parts) > 2 else parts[-1:])
