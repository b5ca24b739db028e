"""What two messages of the same error have in common: the text without the values of the single case."""

from __future__ import annotations

import re
from html import unescape

from vuurtoren.error_kinds.reading.code_names import Kept, is_key, names_in, without_reserved
from vuurtoren.error_kinds.reading.message_template import (
    MARK,
    constant_words,
    is_key_in,
    quoted_in,
    raises_a_variable,
)
from vuurtoren.error_kinds.reading.random_words import is_random

PLACE = "…"
LONGEST_MESSAGE = 300

_VALUES = re.compile(
    r"""
      <(?P<bold>b|strong|a|em|i)\b[^<>]{0,200}>[^<>]{0,200}</(?P=bold)>  # Frappe sets values in bold or links
    | <[^<>]{1,200}>                                                     # other markup, <Object at 0x…>
    | (?<!\w)b?'[^'\n]{0,200}'(?!\w)
    | (?<!\w)b?"[^"\n]{0,200}" | `[^`\n]{0,200}`
    | [“„][^“”\n]{0,200}[“”] | ‘[^‘’\n]{0,200}’ | «[^«»\n]{0,200}»
    | \b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s'"<>]+                        # URL
    | (?<=\burl:[ ])\S+
    | [\w.+*-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}                   # e-mail, also a redacted one
    | (?:\b[a-z0-9]{4})?\*{4}(?:[a-z0-9]{4}|[a-z0-9]{2})?(?!\w)            # what redaction leaves
    | \[(?:phone|card|bsn|secret|redacted|cut)\]
    | (?<=,[ ])[^,\]\n]{1,140}(?=\](?::|$))                              # [DocType, name]
    | Traceback[ ]\(most[ ]recent[ ]call[ ]last\):?                       # inside a message
    | \b[A-Za-z]{2}\d{2}[ ]?[A-Za-z0-9]{4}(?:[ ]?\d{4}){1,6}(?:[ ]?\d{1,4})?\b   # IBAN in groups
    | (?<![\w.])(?:[A-Za-z]:|~|\.{1,2})?(?:[/\\][\w.@%+=~-]+){2,}[/\\]?(?:\?\S*)?  # path
    | (?<![\w.])[\w.%+-]+(?:/[\w.@%+=~-]+){2,}(?:\?\S*)?                  # path without its beginning
    | (?<!\S)/?[\w./%+-]*\?[\w.%+\[\]-]+=\S*                              # query string
    | \b\d{1,2}\.?[ ](?:jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]{0,6}\.?[ ]\d{4}\b
    | (?<![\w-])[-+]?\d(?:[\d.,:/TZ+-]*\d)?Z?(?![\w-])                   # number, amount, date, time
    | (?<![\w-])(?=[\w-]{0,40}\d)[\w-]+                                  # token with a digit: id, hash, UUID
    | \b[A-Za-z0-9+/_=-]{32,}                                            # long opaque token
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LETTERS = re.compile(r"(?<![\w.…])[A-Za-z][A-Za-z_-]{7,60}(?![\w…])")
_GAPS = re.compile(rf"\s+|(?:{PLACE}[\s,;.:/#-]*)+(?={PLACE})")
_SUGGESTION = re.compile(r"\.? (?:Did you (?:mean|forget)\b|Or did you forget\b|Perhaps you meant\b)[^\n]*$")
_DATABASE_CODE = re.compile(r"""^\((\d{3,5}), (['"])(.*?)\2?\)?$""", re.DOTALL)
_WRAPPED = re.compile(r"""[(,]\s*([A-Z]\w{3,60})\((?:(\d{3,5}), )?(['"])(.+)""", re.DOTALL)
_CAUSED_BY = re.compile(r"\(Caused by (\w{1,60})\((.*)", re.DOTALL)
_REASON = re.compile(r"\] ([A-Za-z][\w ]{3,60})|: ([A-Z][\w ]{3,60})")
_GREEDY_VALUES = (
    (re.compile(r"(Duplicate entry )'.*'(?= for key )", re.DOTALL), rf"\1{PLACE}"),
    (re.compile(r"(value: )'.*'(?= for column )", re.DOTALL), rf"\1{PLACE}"),
    (re.compile(r"(to use near )'.*$", re.DOTALL), rf"\1{PLACE}"),
)
_NAMES_ARE_CODE = {
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "TypeError",
    "UnboundLocalError",
    "UndefinedError",
}
# They say what is wrong with the text that they were given, which is a value of the case.
_OF_DATA = ("DecodeError", "UnicodeEncodeError")
_OF_DATA_IN_LIBRARIES = {"ExpatError", "ParseError", "ParserError", "ScannerError", "XMLSyntaxError"}
_CLAUSE = re.compile(r"(?<= in )'([A-Za-z ]{2,20})'$")
_UNBOUND = re.compile(r"(?:cannot access )?local variable '(\w+)' .*")
_SYNTAX_FILE = re.compile(r" \(([^()]{1,200}), line \d+\)$")
_NOT_VALID = re.compile(r"^.{1,140}?(?= is not a valid |: '<strong>)")
_LONG_BRACKETS = re.compile(r"\([^()`]{40,}(?:\)|$)")
_LOWER_WORD = re.compile(r"\b[a-z]{2,}\b")
_NAMES_OF_PEOPLE = re.compile(r"[A-ZÀ-Þ][\w'-]*(?: (?:[a-z]{1,3} ){0,2}[A-ZÀ-Þ][\w'-]*){0,5}$")
WORDS_OF_A_SENTENCE = 3
_REPEATED = re.compile(rf"([({{]?{PLACE}[^,;{PLACE}]{{0,40}}{PLACE}?[)}}]?)(?:, \1)+")
_FRAMEWORK_LINK = re.compile(r"((?:[^:]*?#\d+: )?[^:]{1,80}: ).*", re.DOTALL)


def normalise(
    message: str, exception: str = "", sources: tuple[str, ...] = (), values: tuple[str, ...] = ()
) -> str:
    """The message with every value that changes from case to case replaced by "…"; one line, bounded.

    `exception` is the bare class name. `sources` are the lines of code that led to it, innermost first: they
    tell what of the message is constant and which names the code itself holds. `values` are known not to be.
    """
    line = _first_line(message)
    code, line, exception = _unwrapped(line, exception)
    kept = Kept()
    if exception == "KeyError" and not code:
        line = _key(line, kept, sources)
    elif exception == "RecursionError":
        line = line.partition(" exceeded")[0] + " exceeded"
    elif exception == "TemplateNotFound":
        line = kept.mark(line) if len(line.split()) == 1 and not is_random(line) else line
    else:
        line = _constant(line, exception, sources, kept)
    if code:
        line = _of_database(line, kept)
    elif exception in _NAMES_ARE_CODE:
        line = kept.quoted(line)
    line = kept.by_place(line[:LONGEST_MESSAGE])
    for value in values:
        line = line.replace(value, PLACE)
    line = _VALUES.sub(PLACE, line.replace(MARK, PLACE))
    line = _LETTERS.sub(lambda token: PLACE if is_random(token[0]) else token[0], line)
    line = _GAPS.sub(lambda gap: " " if gap[0].isspace() else "", line).strip()
    line = kept.put_back(_REPEATED.sub(r"\1", line))[:LONGEST_MESSAGE]
    return f"{code} {line}" if code else line


def _first_line(message: str) -> str:
    line = without_reserved(message[: LONGEST_MESSAGE * 4].replace(MARK, "")).strip()
    line = unescape(line) if "&" in line else line
    return _SUGGESTION.sub("", line) if " you " in line else line


def _unwrapped(line: str, exception: str) -> tuple[str, str, str]:
    """The code and the text of a database error, also where another exception only carries it."""
    if found := _DATABASE_CODE.match(line):
        return found[1], found[3], exception
    if line.startswith("(") and (found := _WRAPPED.search(line)):
        text = found[4].partition(found[3] + ")")[0]
        return found[2] or "", text.partition("\\n")[0], found[1]
    if found := _CAUSED_BY.search(line):
        reason = _REASON.search(found[2])
        words = (reason[1] or reason[2]) if reason else ""
        return "", f"{line[: found.start()]}({found[1]}: {words})", exception
    return "", line, exception


def _key(line: str, kept: Kept, sources: tuple[str, ...]) -> str:
    """A KeyError says the key: a name where the code asks for it, else where it looks like one."""
    quote, name = line[:1], line[1:-1]
    if quote not in ("'", '"') or line[-1:] != quote:
        return line
    if " " not in name:
        asked_for = any(is_key_in(name, source) for source in sources)
        return kept.mark(name) if asked_for or is_key(name) else PLACE
    worded = "raise " in "".join(sources[:1]) or len(_LOWER_WORD.findall(name)) >= WORDS_OF_A_SENTENCE
    return _constant(name, "", sources, kept) if worded else PLACE


def _constant(line: str, exception: str, sources: tuple[str, ...], kept: Kept) -> str:
    """The line as its own source or the framework words it."""
    for source in sources[:1]:
        if (
            said := constant_words(line, source, lambda: names_in(line, exception in _NAMES_ARE_CODE))
        ) is not None:
            return said
        if _NAMES_OF_PEOPLE.match(line) and raises_a_variable(source):
            return PLACE
    if exception.endswith(_OF_DATA) or (exception in _OF_DATA_IN_LIBRARIES and sources[:1] == ("",)):
        return line.partition(" character")[0].partition(" byte")[0] if " codec can't " in line else ""
    if exception in ("SyntaxError", "IndentationError", "TabError"):
        return _SYNTAX_FILE.sub("", line)
    if exception == "UnboundLocalError":
        return _UNBOUND.sub(r"variable '\1' has no value yet", line)
    if exception == "DoesNotExistError":
        return _not_found(line, sources)
    if exception in ("DuplicateEntryError", "LinkValidationError"):
        return _FRAMEWORK_LINK.sub(rf"\1{PLACE}", line)
    return _NOT_VALID.sub(PLACE, _LONG_BRACKETS.sub(f"({PLACE})", line))


def _not_found(line: str, sources: tuple[str, ...]) -> str:
    """ "Sales Invoice Jan Jansen not found": the DocType is what the code names, else the first word."""
    words = line.split(" ")
    known = ""
    for count in range(len(words) - 1, 0, -1):
        start = " ".join(words[:count])
        if any(quoted_in(start, source) for source in sources):
            known = start
            break
    if not known and len(words) == 2:
        return line
    known = known or words[0]
    tail = (
        words[-2:]
        if all(word.islower() for word in words[-2:]) and len(words) > len(known.split()) + 2
        else []
    )
    return " ".join([known, PLACE, *tail])


def _of_database(line: str, kept: Kept) -> str:
    for pattern, instead in _GREEDY_VALUES:
        line = pattern.sub(instead, line)
    line = _CLAUSE.sub(lambda found: kept.mark(found[1]), line)
    return kept.backticked(line)
