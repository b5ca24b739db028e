"""Where the secrets of a text are: by the name before them, by their form, by the address they are in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vuurtoren.privacy.secret_words import STEMS, WORDS_OF_PROSE, names_a_secret, words
from vuurtoren.privacy.text_folding import Place, Reading

SECRET = "[secret]"

_MARKS = re.compile(r"\[(?:secret|redacted|phone|bsn|card|cut)\]|\*{4}")
_ALPHANUMERIC = re.compile(r"[^\W_]").search
_DIGIT = re.compile("[0-9]").search
_LONGEST_NAME = 40

# ---- a name, a sign, a value
_TAIL = r"s?(?:[_\- ]?(?:hash|id|value|text|raw|no|nr|number|header|key|url|verifier))?(?:[_-]?[0-9]{1,3})?"
_SIGN = (
    r"(?:\[[0-9]{0,3}\]|(?:\\{0,7}[\"'`])?\]?)[^\S\n]{0,20}"
    r"(?::[^\S\n]{0,3}(?:str|bytes|int|Any|Optional\[str\])[^\n=:,)\"']{0,12}=|:=|={1,3}>?|->|:(?!//)"
    r"|,(?=\s{0,3}\\{0,3}[\"'][^\"'\n]{0,400}\\{0,3}[\"']\s{0,3}[)\]]))"
    r"(?:\s{0,20}(?=[bfur]{0,2}\\{0,7}[\"'`])|[^\S\n]{0,20})"
)
_QUOTED = (
    r"[bfur]{0,2}(?:"
    r"\"(?:\"\")?([^\"\\\n]*(?:\\.[^\"\\\n]*)*)|'(?:'')?([^'\\\n]*(?:\\.[^'\\\n]*)*)|`([^`\n]*)"
    r"|\\\"((?:[^\"\\\n]|\\\\\\\"|\\(?!\"))*)|\\'((?:[^'\\\n]|\\\\\\'|\\(?!'))*)"
    r"|\\{2,7}[\"']([^\"'\n]*))"
)
_BRACKETED = r"([\w.]{0,60})\(([^()\n]*)|[\[{]([^\[\]{}\n]*)"
_BARE = (
    r"((?:[^\s\"'&\\<>,;)\]}`]+|[,;](?![\s\"'\\]|\Z|[\w.-]{1,40}[=:])|[)\]}](?=[\w$@!#%^*+~-])"
    r"|[\"'](?=[A-Za-z0-9])|\\(?=[^nrtux\"'\\\s]))+)"
)
_VALUE = rf"(?!\[(?:secret|redacted|phone|bsn|card|cut)\])(?:{_QUOTED}|{_BRACKETED}|{_BARE})"
_FUNCTION_GROUP, _CALL_GROUP, _LIST_GROUP, _BARE_GROUP = 8, 9, 10, 11
_NAMED = {stem: re.compile(f"{stem}({_TAIL}){_SIGN}{_VALUE}") for stem in STEMS}
_PARTS = ("pass", "sess", "pw")
_STEMS_BY_PART = tuple(
    (part, tuple(stem for stem in STEMS if part in stem))
    for part in (*_PARTS, *(stem for stem in STEMS if not any(part in stem for part in _PARTS)))
)
"""What all of some stems have in common: a text without that is not searched for each of them."""
_NAME_BACKWARDS = re.compile(r"[\w.$-]{0,40}")
_WORD_BACKWARDS = re.compile(r"[^\S\n]([a-z]{1,20})")

_NO_VALUES = frozenset(
    (
        "none",
        "null",
        "true",
        "false",
        "undefined",
        "str",
        "int",
        "bytes",
        "bool",
        "any",
        "dict",
        "list",
        "lambda",
    )
)
_CODE = re.compile(r"(?:self|cls|frappe|os|settings|row|doc|d|args|kwargs|item)\.[A-Za-z_]")
_WEAK_WORDS = frozenset(
    {"key", "auth", "oauth", "session", "sid", "pass", "bearer", "cookie", "code", "otp", "jwt"}
)
"""Words that prose and code use too: a short plain word after them and a sign is no secret."""
_LONG_VALUE = 16

# ---- headers and command lines
_AUTHORIZATION = re.compile(
    r"authorization(?:\\{0,7}[\"'])?\s{0,3}(?:[:=]|,(?=\s{0,3}\\{0,7}[\"']))\s{0,3}(?:[bfur]?\\{0,7}[\"'])?"
    r"(?:digest\s{1,3}(?!\[secret\])([^\r\n]+)|(?:basic|token|bearer)\s{1,3}(?!\[secret\])([^\s\"',;\\]+)"
    r"|(?![\s\[]|(?:basic|token|bearer|digest)\s)([^\r\n\"'\\]+(?:\\(?![rn])[^\r\n\"'\\]*)*))"
)
_BEARER = re.compile(r"bearer\s{1,3}([a-z0-9._~+/=-]{8,})")
_SCHEME = re.compile(
    r"(?<![\w.-])(?:token(?=\s{1,3}\S{12})|api-?key)\s{1,3}(?!\[secret\])"
    r"(?=[a-z0-9._~+/=-]{0,60}[0-9])(?=[a-z0-9._~+/=-]{0,60}[a-z])([a-z0-9._~+/=-]{8,})"
)
_CODE_OF_SOMEBODY = re.compile(
    r"(?<![a-z0-9])(?:[2m]fa|t?otp|pin|pincode|toegangscode|(?:verificatie|beveiligings|inlog|bevestigings|sms)-?code"
    r"|(?:verification|security|login|sms|one-time) code)(?:[ _-]?(?:code|token|nummer|number|nr))?"
    r"(?:[\\\"']{0,4}\s{0,3}[:=]\s{0,3}[\\\"']{0,4}|\s(?:(?:is|was)\s)?)"
    r"(?!(?:19|20)[0-9]{2}-[01])([0-9](?:[ -]?[0-9]){3,7})(?![a-z0-9]|[.,-][0-9])"
)
_COOKIE = re.compile(r"cookie2?\s{0,3}:\s{0,3}(?!\s|\[secret\])([^\r\n\"'\\]+(?:\\(?![rn])[^\r\n\"'\\]*)*)")
_SMTP_LOGIN = re.compile(
    r"auth\s(?:plain|login|xoauth2)\s(?!\[secret\])(?=[a-z+/]{0,80}[0-9=])([a-z0-9+/=]{8,})"
)
_AFTER_A_WORD = (
    *((("bearer",), _BEARER), (("cookie",), _COOKIE), (("token", "apikey", "api-key"), _SCHEME)),
    *((("code", "pin", "2fa", "mfa", "otp"), _CODE_OF_SOMEBODY), (("auth ",), _SMTP_LOGIN)),
)
"""What must be in a text, and the pattern whose group is the secret then."""
_OPTION = re.compile(
    r"--([a-z][\w.-]{0,60})(?:\\{0,3}[\"'],?)?[ \t]{1,3}"
    r"(?:\"([^\"\n]*)|'([^'\n]*)|(?!\[secret\])([^\s\"'-][^\s\"']*))"
)
_SHORT_OPTION = re.compile(r"-([pua])([ \t]{0,3}(?:\\{0,3}[\"'],?[ \t]*)?[\"']?)([^\s\"'-][^\s\"']*)")
_COMMANDS = {"p": ("mysql", "mariadb", "sshpass"), "u": ("curl", "wget"), "a": ("redis-cli",)}
_COMMAND_CHARACTERS = 200
_IDENTIFIED_BY = re.compile(r"identified\s{1,3}by\s{1,3}(?:password\s{1,3})?[\"'](?!\[secret\])([^\"'\n]+)")
_GIVEN = re.compile(
    r"password(?:(?:(?<=set-admin-password)|(?<=set-password)[ \t\"',\\]{1,8}[^\s\"',]{1,140})"
    r"[ \t\"',\\]{1,8}(?!-|\[secret\])([^\s\"'\\,][^\s\"'\\]*)"
    r"|(?<!\wpassword)\s{0,3}\(\s{0,3}[\"'](?!\[secret\])([^\"'\n]+))"
)
"""The argument of a command or of a function of SQL that is called like what it takes."""
_SAID = re.compile(
    r"(?:password|passwd|wachtwoord|passphrase)\s(?:'([^'\n]+)'|\"([^\"\n]+)\""
    r"|(?:is|was)\s(?!\[secret\])([^\s0-9]{0,60}[0-9]\S*))"
    r"|(?:(?:api|access|encryption|private|secret).?key|token|secret)\s(?:is|was)\s(?!\[secret\])(?=\S{8})([^\s0-9]{0,60}[0-9]\S*)"
)
_SAID_WORDS = ("key", "token", "secret")
_ELEMENT = re.compile(r"<([A-Za-z][\w:.-]{0,60})(?:\s[^<>]{0,200})?>(?!\[secret\])([^<>]+)</")
_PAIRED = re.compile(
    r"(?:name|field|key)[\\\"']{0,4}\s?[:=]\s?[\\\"']{0,4}([\w.\[\]-]{1,60})(?![\w.\[\]-])[\\\"']{0,4}"
    r"(?:[^<>{}\n]{0,40}?[\s,&;\"']value[\\\"']{0,4}\s?[:=]\s?"
    r"(?!\\{0,3}[\"']?\[secret\])(?:\\{0,3}\"([^\"\\\n]+)|\\{0,3}'([^'\\\n]+)|([^\s,&;\"'<>\\)\]}]+))"
    r"|(?:\r?\n|\\r\\n){2}(?!\[secret\])([^\r\n\\]+))"
)
"""A name and its value beside each other: fields of forms, `name="pwd" value="…"`, `fieldname=…&value=…`."""
_VALUE_GIVEN = re.compile(r"value[\\\"']{0,4}\s?[:=]").search
_PEM = re.compile(
    r"-----BEGIN (?!CERTIFICATE|PUBLIC KEY)[A-Z0-9 ]{1,40}-----(?!\[secret\])((?:[^-]|-(?!----))+)"
)
_CODE_AND_STATE = re.compile(r"(?:code|state)=(?!\[secret\])([^\s&#\"'<>\\;]+)")
_LONG_CODE = re.compile(r"[?&](?:code|sig)=([^\s&#\"'<>\\;\[]{16,})")
_QUERY_CHARACTERS = 400
_PASSWORD_OF_AN_ADDRESS = re.compile(
    r"://[^\s:/@]{0,64}:(?!\[secret\]@)([^\s@/]{1,1024}(?:@[^\s@/\"'<>,;]{1,256}){0,4})(?=@)"
)

# ---- forms: what must be in the text, and what stands there then; both as they are written
_FORMS = tuple(
    (sign, re.compile(pattern))
    for sign, pattern in (
        ("eyJ", r"eyJ(?<![\w.-]eyJ)[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}"),
        ("live_", r"live_(?<![A-Za-z0-9]live_)(?<![rsp]k_live_)[A-Za-z0-9]{30,}"),
        ("test_", r"test_(?<![A-Za-z0-9]test_)(?<![rsp]k_test_)[A-Za-z0-9]{30,}"),
        ("access_", r"access_(?<![A-Za-z0-9]access_)[A-Za-z0-9]{30,}"),
        ("k_live_", r"[rsp]k_live_[A-Za-z0-9]{8,}"),
        ("k_test_", r"[rsp]k_test_[A-Za-z0-9]{8,}"),
        ("whsec_", r"whsec_[A-Za-z0-9+/=_-]{8,}"),
        ("gh", r"gh[pousr]_[A-Za-z0-9]{16,}"),
        ("github_pat_", r"github_pat_[A-Za-z0-9_]{16,}"),
        ("glpat-", r"glpat-[A-Za-z0-9_-]{16,}"),
        ("xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
        ("xapp-", r"xapp-[A-Za-z0-9-]{10,}"),
        ("AKIA", r"AKIA(?<![A-Za-z0-9]AKIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("ASIA", r"ASIA(?<![A-Za-z0-9]ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("AIza", r"AIza[A-Za-z0-9_-]{30,}"),
        ("ya29.", r"ya29\.[A-Za-z0-9_-]{16,}"),
        ("GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{16,}"),
        ("SG.", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("sk-", r"sk-(?<![A-Za-z0-9]sk-)[A-Za-z0-9_-]{20,}"),
        ("key-", r"key-(?<![A-Za-z0-9]key-)[0-9a-f]{32}(?![A-Za-z0-9])"),
        ("npm_", r"npm_[A-Za-z0-9]{30,}"),
        ("pypi-", r"pypi-[A-Za-z0-9_-]{50,}"),
        ("dckr_pat_", r"dckr_pat_[A-Za-z0-9_-]{16,}"),
        ("shpat_", r"shpat_[A-Za-z0-9]{16,}"),
        ("hvs.", r"hvs\.(?<![A-Za-z0-9]hvs\.)[A-Za-z0-9_-]{20,}"),
        ("dop_v1_", r"dop_v1_[0-9a-f]{32,}"),
        ("xkeysib-", r"xkeysib-[A-Za-z0-9-]{32,}"),
        ("hf_", r"hf_(?<![A-Za-z0-9]hf_)[A-Za-z0-9]{30,}"),
    )
)
# one look for a few signs, instead of one for each form
_SIGNS_OF_FORMS = ("eyJ", "AKIA", "ASIA", "AIza", "ya29.", "SG.", "hvs.")
_ANY_FORM = re.compile(
    r"_(?:(?<=live_)|(?<=test_)|(?<=access_)|(?<=whsec_)|(?<=pat_)|(?<=npm_)|(?<=hf_)|(?<=p_v1_)|(?<=gh[pousr]_))[\w+/=-]"
).search
_ANY_OTHER_FORM = re.compile(
    r"-(?:(?<=glpat-)|(?<=xox[a-z]-)|(?<=xapp-)|(?<=GOCSPX-)|(?<=sk-)|(?<=key-)|(?<=pypi-)|(?<=keysib-))[A-Za-z0-9_-]"
).search
_ADDRESS_REST = r"([^\s\"'<>\\,;)\]}]+)"
_ADDRESSES = tuple(
    (host, re.compile(re.escape(host) + r"(?:[\w.-]{0,60}/)?" * optional + r"(?!\[secret\])" + _ADDRESS_REST))
    for host, optional in (
        *(
            ("hooks.slack.com/services/", 0),
            ("hooks.slack.com/workflows/", 0),
            ("hooks.slack.com/triggers/", 0),
        ),
        *(("hooks.slack-gov.com/services/", 0), ("hc-ping.com/", 0), ("hchk.io/", 0), ("/api/webhooks/", 0)),
        *((".webhook.office.com/", 0), (".office.com/webhook/", 0), (".office365.com/webhook/", 0)),
        *(("hooks.zapier.com/hooks/", 0), (".make.com/", 0), ("hook.integromat.com/", 0), ("nosnch.in/", 0)),
        *(("maker.ifttt.com/", 0), ("cronitor.link/", 0), ("heartbeat.uptimerobot.com/", 0), ("ntfy.sh/", 0)),
        *(("/api/v1/heartbeat/", 0), ("cronhub.io/", 0), ("chat.googleapis.com/v1/", 0), ("/api/push/", 0)),
        *(("api.telegram.org/bot", 0), ("api.telegram.org/file/bot", 0), ("pagerduty.com/integration/", 0)),
        *(("healthchecks.io/ping/", 0), ("push.databox.com/", 0), ("api.opsgenie.com/v2/heartbeats/", 0)),
    )
)
_WORDS_OF_ADDRESSES = (
    ".com/",
    ".org/",
    ".io/",
    ".in/",
    ".link/",
    ".sh/",
    "/webhook",
    "/heartbeat/",
    "/push/",
)
_LONG_PATH = re.compile(r"/(?:hooks?|webhooks?|ping|heartbeats?|push)/(?!\[secret\])([\w-]{16,})")


def secrets_in(reading: Reading) -> Iterator[Place]:
    """Where the secrets of one reading are, in no order; some are found twice."""
    yield from _named(reading)
    yield from _in_headers(reading)
    yield from _in_command_lines(reading)
    text = reading.text
    signs = any(sign in text for sign in _SIGNS_OF_FORMS)
    if signs or _ANY_FORM(text) or _ANY_OTHER_FORM(text):
        for sign, pattern in _FORMS:
            if sign in text:
                for found in reading.finds(pattern, text):
                    yield found.span()
    if "-----BEGIN" in text:
        for found in reading.finds(_PEM, text):
            if _holds_something(found[1]):
                yield found.span(1)
    yield from _in_addresses(reading)


def _named(reading: Reading) -> Iterator[Place]:
    text, lower = reading.text, reading.lower
    if "=" in lower or ":" in lower or "'," in lower or '",' in lower or "->" in lower:
        some = [stems for part, stems in _STEMS_BY_PART if part in lower]
        stems = [each for stems in some for each in stems if each in lower]
        named = [found for stem in stems for found in reading.finds(_NAMED[stem], lower)]
        for found in named:
            place = _value_of_a_secret(found, text, lower) if found.start() < reading.end else None
            if place:
                yield place
    if "</" in lower:
        for element in reading.finds(_ELEMENT, text):
            if names_a_secret(element[1]) and _holds_something(element[2]):
                yield element.span(2)
    if _may_have_pairs(lower):
        for found in reading.finds(_PAIRED, lower):
            kind = found.lastindex or 0
            is_given = _holds_something(found[kind]) and found[kind] not in _NO_VALUES
            if is_given and names_a_secret(found[1].strip("[]")):
                yield found.span(kind)


def _may_have_pairs(lower: str) -> bool:
    """Whether a value of a pair is given, or stands behind a blank line: most tracebacks have neither."""
    if "value" not in lower and "form-data" not in lower:
        return False
    return bool(_VALUE_GIVEN(lower)) or "\n\n" in lower or "\n\r\n" in lower or "\\r\\n" in lower


def _value_of_a_secret(found: re.Match[str], text: str, lower: str) -> Place | None:
    kind = found.lastindex or 0
    value = found[kind]
    if not _holds_something(value):
        return None
    begin = _begin_of_name(lower, found.start())
    name = text[begin : found.end(1)]
    if not names_a_secret(name) or _is_no_secret_key(name, kind, lower, begin):
        return None
    sign = lower[found.end(1) : found.start(kind)]
    if "," in sign and "=" not in sign and ":" not in sign and not _begins_a_pair(lower, begin):
        return None
    if kind == _BARE_GROUP and _is_plain(value, name, sign, lower[max(0, begin - 1) : begin]):
        return None
    if kind == _CALL_GROUP and found[_FUNCTION_GROUP]:
        if words(name)[-1] not in ("auth", "authorization", "credentials"):
            return (found.start(_FUNCTION_GROUP), found.end(kind)) if "= " not in sign else None
    return found.span(kind)


def _begin_of_name(lower: str, start: int) -> int:
    before = _NAME_BACKWARDS.match(lower[max(0, start - _LONGEST_NAME) : start][::-1])
    return start - (before.end() if before else 0)


def _begins_a_pair(lower: str, begin: int) -> bool:
    """Whether a quoted name stands first in brackets: `('X-API-Key', '…')`."""
    opening = lower[max(0, begin - 6) : begin].replace("\\", "").removesuffix("b")
    return opening.endswith(("('", '("', "['", '["', "(b'", '(b"'))


def _is_no_secret_key(name: str, kind: int, lower: str, begin: int) -> bool:
    """Whether "key" is the key of a mapping: `unknown key: 'member'`."""
    if name.lower() != "key":
        return False
    before = _WORD_BACKWARDS.match(lower[max(0, begin - _LONGEST_NAME) : begin][::-1])
    return kind == _LIST_GROUP or bool(before and not names_a_secret(f"{before[1][::-1]}_key"))


def _is_plain(value: str, name: str, sign: str, before: str) -> bool:
    """Whether a value without quotes is code, or a word of prose."""
    if value in _NO_VALUES or value == name.lower() or _CODE.match(value):
        return True
    if value in WORDS_OF_PROSE and sign == ": ":
        return True
    of = words(name)
    if sign == "=" and of[0] != "key":
        return False
    if len(of) > 1 or of[0] not in _WEAK_WORDS or before in ("?", "&") or len(value) >= _LONG_VALUE:
        return False
    return not _DIGIT(value)


def _in_headers(reading: Reading) -> Iterator[Place]:
    lower = reading.lower
    if "authorization" in lower:
        for found in reading.finds(_AUTHORIZATION, lower):
            if found.lastindex and _holds_something(found[found.lastindex]):
                yield found.span(found.lastindex)
    for signs, pattern in _AFTER_A_WORD:
        if any(sign in lower for sign in signs):
            for found in reading.finds(pattern, lower):
                yield found.span(1)


def _in_command_lines(reading: Reading) -> Iterator[Place]:
    lower = reading.lower
    if "--" in lower:
        for found in reading.finds(_OPTION, lower):
            kind = found.lastindex or 0
            if kind > 1 and _is_secret_option(found[1], found[kind]) and _holds_something(found[kind]):
                yield found.span(kind)
    if _SHORT_OPTION.search(lower) and any(
        command in lower for each in _COMMANDS.values() for command in each
    ):
        for found in reading.finds(_SHORT_OPTION, lower):
            if _is_of_a_command(found, lower):
                yield found.span(3)
    said = " is " in lower or " was " in lower
    if "pass" in lower or "wachtw" in lower or (said and any(word in lower for word in _SAID_WORDS)):
        for found in reading.finds(_SAID, lower):
            if _holds_something(found[found.lastindex or 0]):
                yield found.span(found.lastindex or 0)
    if "password" in lower:
        for found in reading.finds(_GIVEN, lower):
            yield found.span(found.lastindex or 0)
    if "identified" in lower:
        for found in reading.finds(_IDENTIFIED_BY, lower):
            yield found.span(1)


def _is_secret_option(name: str, value: str) -> bool:
    return names_a_secret(name) or (name in ("user", "proxy-user") and ":" in value)


def _is_of_a_command(found: re.Match[str], lower: str) -> bool:
    start = found.start()
    if not start or lower[start - 1] not in " \t\"'" or found[3].startswith("[secret]"):
        return False
    begin = max(lower.rfind("\n", max(0, start - _COMMAND_CHARACTERS), start), start - _COMMAND_CHARACTERS, 0)
    commands = [command for command in _COMMANDS[found[1]] if lower.find(command, begin, start) >= 0]
    if not commands:
        return False
    if found[1] == "p" and "sshpass" not in commands:
        return not found[2].strip("\\\"'")
    return found[1] != "u" or ":" in found[3]


def _in_addresses(reading: Reading) -> Iterator[Place]:
    lower = reading.lower
    if "/" in lower and any(word in lower for word in _WORDS_OF_ADDRESSES):
        for host, pattern in _ADDRESSES:
            if host in lower:
                for found in reading.finds(pattern, lower):
                    yield found.span(1)
    if "://" in lower:
        for found in reading.finds(_PASSWORD_OF_AN_ADDRESS, lower):
            yield found.span(1)
        for found in reading.finds(_LONG_PATH, lower):
            if _DIGIT(found[1]):
                yield found.span(1)
    if "code=" in lower or "sig=" in lower:
        for found in reading.finds(_LONG_CODE, lower):
            yield found.span(1)
        if "state=" in lower:
            yield from _codes_with_a_state(reading)


def _codes_with_a_state(reading: Reading) -> Iterator[Place]:
    lower = reading.lower
    for found in reading.finds(_CODE_AND_STATE, lower):
        start, end = found.start(), found.end()
        if start and (lower[start - 1].isalnum() or lower[start - 1] == "_"):
            continue
        other = "state=" if lower[start] == "c" else "code="
        if lower.find(other, max(0, start - _QUERY_CHARACTERS), end + _QUERY_CHARACTERS) >= 0:
            yield found.span(1)


def _holds_something(value: str) -> bool:
    """Whether there is a letter or a digit that is not of a mark of redaction."""
    if "[" in value or "*" in value:
        value = _MARKS.sub("", value)
    return _ALPHANUMERIC(value) is not None
