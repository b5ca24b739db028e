"""Which names belong to a secret: one list for the keys of values and for the names in a text."""

from __future__ import annotations

import re
from functools import lru_cache

# The last words of a name decide, so that "access_token" is hidden and "token_count" is not.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
EMPTY_LAST_WORDS = frozenset(
    {"address", "hash", "header", "id", "key", "no", "nr", "number", "raw", "text", "value"}
)

SECRET_NAMES = frozenset(
    """
    accesscode accesskeys accesstokens apikey apikeys auth authcode authorization authorizationcode
    amzsignature basicauth bearer codeverifier cookie cookies credential credentials csrf cvc cvv
    encryptionkey jwt facode kennwort mfacode oauth otp pass passcode passe passphrase passwd
    password passwords passwort privatekey privatekeys pincode pw pwd refreshtokens secret
    secretkeys secrets securitycode sessid session sessionid sid token totp verificationcode
    wachtwoord wachtwoorden webhookurl
    """.split()
)
SECRET_ENDINGS = (
    *("password", "passwd", "wachtwoord", "passphrase", "secret", "token", "apikey", "credentials", "sessid"),
    *("secretkey", "privatekey", "accesskey", "authorization", "cookie"),
)
"""A name of one word that ends so is secret as well: "userpassword", "phpsessid"."""

_PLAIN_BEFORE_KEY = frozenset(
    """
    a arrow by cache candidate child column composite config dedup dict dictionary duplicate enter error
    event expected extra field filter for foreign group hot idempotency index invalid json lookup map
    metric missing natural no object of order other parent partition primary public required row rule
    same search series setting settings shift sort sorting such that the this translation unexpected
    unique unknown wrong
    """.split()
)
"""What stands before "key" where that is the key of a mapping, a table or a keyboard."""
_PLAIN_BEFORE_PASS = frozenset(
    """
    all did first last one second single tests third two
    """.split()
)
WORDS_OF_PROSE = frozenset(
    """
    a an and ask cannot change check choose de denied did does een enter expired failed for give has
    have het in incorrect invalid is it mismatch missing moet must niet no not of on ongeldig onjuist
    ontbreekt open or please required reset see set should te that the this to too try use verkeerd
    verlopen was with wrong yes
    """.split()
)
"""What follows "password: " in a sentence and is nobody's password."""

STEMS = tuple(
    """
    password passwd passwort kennwort wachtwoord passphrase passcode passe pass pwd pw secret token
    credential key auth session sessid sid csrf jwt otp cvc cvv cookie bearer code webhook signature phrase
    """.split()
)
"""The last telling part of every secret name, in lower case: a text without any has no such name."""


@lru_cache(4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in any style: `api_key`, `X-API-Key`, `apiKey`."""
    return tuple(word.lower() for word in _WORD.findall(name))


def endings(of: tuple[str, ...]) -> list[str]:
    """The last word of a name and the last two as one, also without an empty last word such as "number"."""
    shorter = of[:-1] if of and of[-1] in EMPTY_LAST_WORDS else ()
    return ["".join(some[-count:]) for some in (of, shorter) for count in (1, 2) if some]


@lru_cache(4096)
def names_a_secret(name: str) -> bool:
    """Whether the value under this name is a secret: "X-API-Key", "db_pass", "key"; not "primary_key"."""
    of = words(name)
    if not of:
        return False
    before = of[-2] if len(of) > 1 else ""
    if of[-1] == "key" and before not in _PLAIN_BEFORE_KEY:
        return True
    if of[-1] == "pass" and before in _PLAIN_BEFORE_PASS:
        return False
    return any(ending in SECRET_NAMES or ending.endswith(SECRET_ENDINGS) for ending in endings(of))
