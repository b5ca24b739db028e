"""Texts that somebody makes to keep a redactor busy: repeats of whatever a pattern may begin with."""

from __future__ import annotations

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
    """Each piece over and over, also between an unbalanced quote and after a name whose value never ends."""
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
