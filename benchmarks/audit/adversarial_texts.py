"""Texts that somebody makes to keep a redactor busy: repeats of whatever a pattern may begin with."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator

PIECES = {
    **{
        f"signs {sign!r}": sign
        for sign in ("=", ":", "@", "/", "\\", "%", "&", "-", ".", "_", "+", "(", "[", "{", "<")
    },
    **{
        f"quotes {sign!r}": sign for sign in ('"', "'", "`", '\\"', "\\'", '\\\\\\"', "='", '="', ":'", ': "')
    },
    **{
        f"spaces {sign!r}": sign
        for sign in (" ", "\n", "\t", "\r\n", "\xa0", "\u200b", "\u00ad", "\u3000", "\x00")
    },
    **{
        f"names {name!r}": name
        for name in ("password", "token", "secret", "key", "api_key", "auth", "session")
    },
    **{
        f"names and signs {name!r}": name
        for name in ("password=", "password: ", "token=x", "key='", 'secret="')
    },
    **{
        f"more names {name!r}": name
        for name in ("password=x ", "pwd=a ", "token:", "wachtwoord = ", "auth=(", "key,")
    },
    **{
        f"pairs {name!r}": name
        for name in ("('key', '", "password[", "x_key=", "--password ", "-p", " -px", "mysql -p")
    },
    **{
        f"values beside names {name!r}": name
        for name in ("name=a value ", "name=pwd value=", "password('", "set-password a ", "://a:b@c@")
    },
    **{
        f"headers {name!r}": name
        for name in ("Authorization: ", "Bearer ", "Cookie: ", "Set-Cookie: a=b; ", "basic ")
    },
    **{
        f"escapes {sign!r}": sign
        for sign in ("%20", "%25", "%2520", "a%20", "&nbsp;", "&amp;", "&#160;", "&", "&#")
    },
    **{
        f"more escapes {sign!r}": sign
        for sign in ("\\u00a0", "\\n", "\\x41", "=20", "=C2=A0", "=\n", "a=20", "%C2%A0")
    },
    **{
        f"digits {text!r}": text
        for text in ("1", "12 ", "1 ", "0612345678", "06-", "0", "1.", "1-", "4111", "12345678 ")
    },
    **{
        f"numbers {text!r}": text
        for text in ("+31", "+", "(0", "00", "0031", "0800 ", "06 12 ", "4 ", "20-11-2026 ")
    },
    **{
        f"heads {text!r}": text
        for text in ("NL", "NL91", "NL91 ", "DE89", "DE89 ", "DE1", "N L 9 1 ", "MD12", "BE68 5390 ")
    },
    **{
        f"more heads {text!r}": text
        for text in ("NL91ABNA", "GB29NWBK", "FR14 2004 ", "LV80BANK", "iban ", "iban NL")
    },
    **{
        f"ibans {text!r}": text
        for text in ("NL91ABNA0417164300 ", "DE89370400440532013000", "NL91 ABNA 0417 1643 00\n")
    },
    **{
        f"words {text!r}": text
        for text in ("rekening ", "rekening 1", "account", "bsn ", "bsn 123456782 ", "tel ", "isbn")
    },
    **{
        f"mails {text!r}": text
        for text in ("a@", "@", "a@b", "a@b.c ", "a@b.", "@1", "%40", ".a@", "jan@example.nl ")
    },
    **{
        f"addresses {text!r}": text
        for text in ("://", "://a:", "://a:b@", "https://", "hc-ping.com/", "/hooks/", "?code=")
    },
    **{
        f"codes {text!r}": text
        for text in ("code=", "state=", "code=a&state=b&", "&code=x", "live_", "sk_live_")
    },
    **{
        f"tokens {text!r}": text
        for text in ("eyJ", "eyJabcdef.", "eyJabcdef.x", "a.", "ghp_", "AKIA", "whsec_", "xoxb-")
    },
    **{
        f"keys {text!r}": text
        for text in ("-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "-----", "-----END ", "BEGIN ")
    },
    **{
        f"marks {text!r}": text
        for text in ("[secret]", "[phone]", "NL91****4300", "****", "j***@", "password=[secret] ")
    },
    **{
        f"tags {text!r}": text
        for text in ("<a>", "<password>", "</", "<password>x</password>", "<b>", "<br", "<a ")
    },
    **{
        f"letters {text!r}": text
        for text in ("a", "A", "e", "\u00e9", "\u0130", "\u00df", "\uff21", "\u2460", "\u2469", "\U0001d7d8")
    },
    **{
        f"identifiers {text!r}": text
        for text in ("0b6f1f0e-5f6e-4a52-9d3c-061234567890", "deadbeef", "be68", "ab12-")
    },
}
"""At least one of each thing that some pattern of the redactor looks for."""


def adversarial_texts(length: int) -> Iterator[tuple[str, str]]:
    """Each piece over and over, also after a name whose value never ends; then the varied ones."""
    for name, piece in PIECES.items():
        yield name, (piece * (length // len(piece) + 1))[:length]
    for opening in (
        'password="',
        "password='",
        "token=",
        "-----BEGIN PRIVATE KEY-----",
        "Cookie: ",
        "iban ",
        "NL91",
        "://",
    ):
        yield f"{opening!r}, then letters", opening + "a" * length
        yield f"{opening!r}, then digits and gaps", opening + "1 2-3." * (length // 6)
        yield f"{opening!r}, then escapes", opening + "\\'%20" * (length // 5)
    for name in VARIED:
        yield f"varied {name}", varied_text(name, length)
    yield "every character", "".join(map(chr, [*range(0x80, 0xD800), *range(0xE000, 0x110000)]))[:length]


VARIED = {
    "named": "pwd=~ ",
    "names of all kinds": "{pwd|otp|pw|key|sid|cvc|jwt|auth|code|token}=~~ ",
    "quoted names": "'{key|token|secret}': '~~~~', ",
    "quotes in quotes": "{password=|'|\"|\\\\'|\\\\\\\"|`|x}",
    "pairs": "('key', '~~~') ",
    "brackets": "auth=~~~~~~~~~~(",
    "cookies": "Cookie: a=~~\n",
    "bearers": "bearer ~~~~~~~~ ",
    "options": "--{key|pass|token} ~ ",
    "short options": "mysql -p~ curl -u a:~ ",
    "sentences": "password is ~1 ",
    "elements": "<token>~~</token>",
    "tags": "<{br|b|i |/td|token }>",
    "addresses": "://a:~~@",
    "addresses that never end": "://~~:~~~~~~~~~~~~~~~~",
    "webhooks": "hc-ping.com/~~ ",
    "codes": "code=~&state=~&",
    "codes alone": "code=~&~~~~~~~~&",
    "tokens": "eyJ~~~~~.~~~ ",
    "forms": "{ghp_|sk_live_|AKIA|xoxb-|whsec_|SG.}~~~~~~~~~~~~~~~~ ",
    "half tokens": "{eyJ|ghp|sk_liv|AKI|-----BEG|NL9|passw|tok|06-1|://a|a@}",
    "keys without an end": "-----BEGIN RSA PRIVATE KEY-----\n~~~~~~~~\n",
    "mails": "~~@~~.nl ",
    "mails in a chain": "~~@",
    "Dutch accounts": "NL00ABNA0000000000 ",
    "heads": "{de|md|be}00",
    "heads in groups": "MD00 0000 0000 ",
    "heads and words": "iban {de|be|fr|md}00 ~~~~ ",
    "wrong ones beside a word": "bank de00000000000000000000 ",
    "hashes": "de{a|b|c}00{d|e|f}0000",
    "UUIDs": "de000000-0000-0000-0000-000000000000 ",
    "telephones": "+316{1|2|3}0000000 ",
    "numbers beside a word": "tel {0|3|4}00000000 ",
    "digits and gaps": "0{.|-|/| |  |(|+}",
    "cards": "4000 0000 0000 0000 ",
    "accounts": "rekening 00000000 ",
    "citizen numbers": "bsn 000000000 ",
    "short numbers": "0000000a",
    "percent": "a%{2|3|4|5|6}{a|b|0}%{2|3|4|5|6}{c|d|0}",
    "percent of UTF-8": "a%c3%{8|9|a|b}0",
    "percent of no UTF-8": "%{8|9|a|b|f}0",
    "percent in percent": "%25{25|2525|}{3|4|6}0",
    "entities": "&#{3|4|5|6|7|8|9}0000;",
    "named entities": "{&eacute;|&nbsp;|&amp;lt;|&foo;|&NotEqualTilde;}",
    "escapes": "\\\\u{1|2|3|4|5|6}000",
    "halves of escapes": "\\\\ud83d\\\\ude{1|2|3}0",
    "backslashes": "{\\\\|\\\\\\\\|\\\\u|\\\\x|\\\\n|\\\\q}",
    "quoted-printable": "a=C3=A0",
    "soft line breaks": "~~~=\n",
    "nested escapes": "{%26amp%3B|&amp;#37;20|=2520|\\\\u0025\\\\u0032\\\\u0030|%5Cu0030|&#x25;41}",
    "encoded words": "=?utf-8?b?~~~~~~~~?= ",
    "base64": "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n",
    "nothing to see": "{\u200b|\u200c|\ufeff|\u00ad}",
    "nothing to see in digits": "0{\u200b|\u200c|\ufeff}",
    "nothing to see in words": "{n|l|p|a|s|w|o|r|d|=}\u200b",
    "accents apart": "a{\u0301|\u0308|\u0327|\u0323}",
    "ligatures": "{\ufb01|\u33af|\u33cf|\ufdfa|\u2469|\u2473}",
    "digits of other scripts": "{\U0001d7d8|\u0663|\uff11|\u0967|\u2461}",
    "people": "~~~~~~,~~~~~~@~~~~~~.nl,NL00ABNA0000000000,06{1|2}0000000,2026-11-00\n",
    "lines of a log": "2026-11-29 12:00:00,000 INFO key=~~~~~ invoice ACC-SINV-2026-00000 amount: 000.00\n",
}
"""`0` is any digit, `~` a small letter or a digit, `{a|b}` either."""
_VARIETY = 60_000
_ALPHABETS = {"0": string.digits, "~": string.ascii_lowercase + string.digits}


def varied_text(name: str, length: int) -> str:
    """One without a short repeat, so that nothing that was judged before helps."""
    chance = random.Random(name)
    varied = "".join(_filled(VARIED[name], chance) for _ in range(min(length, _VARIETY) // 3))[:_VARIETY]
    return (varied * (length // len(varied) + 1))[:length]


def _filled(template: str, chance: random.Random) -> str:
    chosen = re.sub(r"\{([^{}]*)\}", lambda found: chance.choice(found[1].split("|")), template)
    return re.sub("[0~]", lambda found: chance.choice(_ALPHABETS[found[0]]), chosen)
