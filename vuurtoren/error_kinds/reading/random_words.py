"""Tells a random value without a digit (a mail id, a name that Frappe drew) from a word or a name in code."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

SHORTEST = 8
UNUSUAL = 5.4
"""Mean of the levels below; of 15,000 words of eight letters or more in them, 0.2 % reach it."""
SHORT_PIECES = 2.6

# For each letter and the one after it, how unusual that is: the negative binary logarithm of the frequency
# among the words of Frappe's translations (Dutch, German, French, Spanish, Italian, Danish, Polish) and of
# Python's library.
_LEVELS = (
    "65449758576343959343567877",  # a
    "36672878369367479446499969",
    "39583993465578289564599975",
    "37762779388676379546578976",
    "57546657576452868234767687",  # e
    "48763478299477389455489968",
    "47871855498574489446489989",
    "38872888388566399463589979",
    "56453549966452468544859895",  # i
    "38842667474575379759467995",
    "38672778485496389443486989",
    "38742779297386379954579959",
    "25862999398747339856599979",
    "48433538396785489843569967",
    "75546759696442549345564897",  # o
    "38763687498497349354598969",
    "79969889889596998567098999",
    "37652768396656479644577966",
    "48473775385677448742487966",
    "38672785298677379455587957",
    "55564659466443649343887897",  # u
    "39991999399976399689779999",
    "29762795398794379447798848",
    "46463576399568529752778668",
    "65455567565543639634875976",
    "27772999398865489886495945",
)
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@lru_cache(maxsize=4096)
def is_random(token: str) -> bool:
    """Whether a token of letters, `_` and `-` holds a part that nobody would say or name a thing in code."""
    return any(_random(part) for part in token.replace("-", "_").split("_") if len(part) >= SHORTEST)


def _random(letters: str) -> bool:
    pieces = _PIECES.findall(letters)
    short = sum(len(piece) <= 2 for piece in pieces)
    if short > 2 and len(letters) < SHORT_PIECES * len(pieces):
        return True
    codes = [ord(letter) - 97 for letter in letters.lower()]
    if not all(0 <= code < 26 for code in codes):
        return False
    levels = [int(_LEVELS[one][other]) for one, other in pairwise(codes)]
    return sum(levels) >= UNUSUAL * len(levels)
