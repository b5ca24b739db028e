"""What two messages of the same error have in common: the text without its numbers, names and values."""

from __future__ import annotations

import re

PLACE = "…"
LONGEST_MESSAGE = 300

_VALUES = re.compile(
    r"""
      <(?P<bold>b|strong|a|em|i)\b[^<>]{0,200}>[^<>]{0,200}</(?P=bold)>  # Frappe sets values in bold or links
    | <[^<>]{1,200}>                                                     # other markup, <Object at 0x…>
    | (?<!\w)'[^'\n]{0,200}'(?!\w)
    | "[^"\n]{0,200}" | `[^`\n]{0,200}` | [“„][^“”\n]{0,200}[“”] | ‘[^‘’\n]{0,200}’ | «[^«»\n]{0,200}»
    | \b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s'"<>]+                        # URL
    | [\w.+*-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}                   # e-mail, also a redacted one
    | \b[a-z0-9]{4}\*{4}[a-z0-9]{4}\b | \[(?:phone|bsn|secret|redacted)\]  # what redaction leaves
    | (?<=,[ ])[^\s,\]]{1,140}(?=\])                                       # [DocType, name]
    | \b(?=[a-z]{10}\b)[a-z]{0,5}[bcdfghjklmnpqrstvwxz]{5}[a-z]{0,5}\b    # a random name without a digit
    | Traceback[ ]\(most[ ]recent[ ]call[ ]last\):?                       # inside a message
    | \b[A-Za-z]{2}\d{2}[ ]?[A-Za-z0-9]{4}(?:[ ]?\d{4}){1,6}(?:[ ]?\d{1,4})?\b   # IBAN in groups
    | (?<![\w.])(?:[A-Za-z]:|~|\.{1,2})?(?:[/\\][\w.@%+=~-]+){2,}[/\\]?  # path
    | \b\d{1,2}\.?[ ](?:jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]{0,6}\.?[ ]\d{4}\b
    | (?<![\w-])[-+]?\d(?:[\d.,:/TZ+-]*\d)?Z?(?![\w-])                   # number, amount, date, time
    | (?<![\w-])(?=[\w-]{0,40}\d)[\w-]+                                  # token with a digit: id, hash, UUID
    | \b[A-Za-z0-9+/_=-]{32,}                                            # long opaque token
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED_NAME = re.compile(r"""(['"`])([A-Za-z_][A-Za-z_.]{0,60})\1""")
_DATABASE_CODE = re.compile(r"""^\((\d{3,5}), (['"])(.*?)\2?\)?$""", re.DOTALL)
_GAPS = re.compile(rf"\s+|(?:{PLACE}[\s,;.:/#-]*)+(?={PLACE})")
_NAMES_ARE_CODE = {
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "TypeError",
    "UnboundLocalError",
}
_CODES_WITH_NAMES = {"1054", "1146", "1364"}
_TAIL_IS_A_VALUE = {"DoesNotExistError", "DuplicateEntryError", "LinkValidationError"}


def normalise(message: str, exception: str = "") -> str:
    """The message with every value that changes from case to case replaced by "…"; one line, bounded.

    `exception` is the bare class name: names in quotes stay where they are names from the code, the
    database's error number stays, and what follows the colon goes where it is always a document.
    """
    line = message[: LONGEST_MESSAGE * 4].replace("\x00", "").strip()
    code, line = _split_code(line)
    if exception in _TAIL_IS_A_VALUE and ": " in line:
        line = line.partition(": ")[0] + f": {PLACE}"
    if exception in _NAMES_ARE_CODE or code in _CODES_WITH_NAMES:
        line = _QUOTED_NAME.sub(r"\2", line)
    line = _VALUES.sub(PLACE, line[:LONGEST_MESSAGE])
    line = _GAPS.sub(lambda gap: " " if gap[0].isspace() else "", line).strip()
    return f"{code} {line}" if code else line


def _split_code(line: str) -> tuple[str, str]:
    """`(1062, "Duplicate entry …")`, as database drivers print it, as its code and its text."""
    found = _DATABASE_CODE.match(line)
    return (found[1], found[3]) if found else ("", line)
