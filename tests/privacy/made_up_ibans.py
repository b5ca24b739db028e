"""Valid IBANs that belong to nobody, in every way that people and programs write them."""

from __future__ import annotations

import random
import string
from urllib.parse import quote

from vuurtoren.privacy.iban import IBAN_STRUCTURES, bban_structure

_ALPHABETS = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}


def made_up_iban(country: str, chance: random.Random) -> str:
    """A random IBAN of the country with a right checksum and the right structure."""
    bban = "".join(
        chance.choice(_ALPHABETS[kind]) for count, kind in bban_structure(country) for _ in range(count)
    )
    as_digits = "".join(str(int(character, 36)) for character in f"{bban}{country}00")
    return f"{country}{98 - int(as_digits) % 97:02d}{bban}"


def one_iban_per_country(seed: int) -> list[str]:
    chance = random.Random(seed)
    return [made_up_iban(country, chance) for country in IBAN_STRUCTURES]


def grouped(iban: str, separator: str) -> str:
    return separator.join(iban[start : start + 4] for start in range(0, len(iban), 4))


def written_forms(iban: str) -> list[str]:
    """The forms in which any country's IBAN must be found."""
    spaced = grouped(iban, " ")
    separators = [
        " ",
        "\u00a0",
        "\u202f",
        "\u2009",
        ".",
        "-",
        "\u2011",
        "%20",
        "&nbsp;",
        "&#160;",
        "\\u00a0",
        "  ",
    ]
    return [
        iban,
        iban.lower(),
        spaced.lower(),
        quote(spaced),
        f"IBAN{iban}",
        f"iban:{spaced}",
        f"({iban})",
        f"'{iban}'",
        f"\\n{spaced}\\n",
        f"%3D{iban}",
        "".join(chr(ord(character) + 0xFEE0) for character in iban),
        *(grouped(iban, separator) for separator in separators),
    ]


def dutch_forms(iban: str) -> list[str]:
    """The further forms in which a Dutch one must be found: anything between, anything around."""
    return [
        *written_forms(iban),
        iban.title(),
        f"x{iban}y",
        f"ABNANL2A{iban}",
        " ".join(iban),
        ", ".join([iban[:4], iban[4:8], iban[8:]]),
        f"{iban[:2]} {iban[2:4]} {iban[4:8]} {iban[8:10]}.{iban[10:12]}.{iban[12:14]}.{iban[14:]}",
        f"{iban[:4]}\n{iban[4:8]}\n{iban[8:]}",
        f"{iban[:8]}\u200b{iban[8:]}",
        f"{iban[:8]}\u00ad{iban[8:]}",
        grouped(iban, "_"),
        grouped(iban, "/"),
        grouped(iban, " - "),
    ]
