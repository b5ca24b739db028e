"""Numbers and tokens that are nobody's: what a redactor must not take for anything personal."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

_FIRST = datetime(2020, 1, 1)
_SECONDS = 8 * 365 * 86_400


def identifiers(count: int, seed: int = 5) -> Iterator[str]:
    """That many of all kinds in turn: UUIDs, hashes, ISBNs, coordinates, times and invoice numbers."""
    chance = random.Random(seed)
    kinds = _kinds(chance)
    for number in range(count):
        yield kinds[number % len(kinds)]()


def _kinds(chance: random.Random) -> list[Callable[[], str]]:
    def digest(name: str) -> Callable[[], str]:
        return lambda: hashlib.new(name, chance.randbytes(8)).hexdigest()

    def moment() -> datetime:
        return _FIRST + timedelta(seconds=chance.random() * _SECONDS)

    def text(form: str) -> Callable[[], str]:
        return lambda: moment().strftime(form)

    return [
        lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4)).upper(),
        lambda: uuid.UUID(int=chance.getrandbits(128), version=4).hex,
        *map(digest, ("md5", "sha1", "sha256", "sha512")),
        lambda: f"{chance.getrandbits(28):07x}",
        lambda: f"{chance.getrandbits(96):024x}",
        lambda: _isbn10(chance),
        lambda: f"ISBN {_isbn10(chance)}",
        lambda: _isbn13(chance),
        lambda: (
            "{0[0]}{0[1]}{0[2]}-{0[3]}-{0[4]}{0[5]}{0[6]}-{0[7]}{0[8]}{0[9]}{0[10]}{0[11]}-{0[12]}".format(
                _isbn13(chance)
            )
        ),
        lambda: f"{chance.uniform(-90, 90):.7f}, {chance.uniform(-180, 180):.7f}",
        lambda: f"{chance.uniform(50, 54)},{chance.uniform(3, 8)}",
        lambda: moment().isoformat(),
        lambda: str(moment().timestamp()),
        lambda: str(int(moment().timestamp() * 1000)),
        lambda: str(int(moment().timestamp() * 10**9)),
        *map(text, ("%Y-%m-%d %H:%M:%S.%f", "%Y%m%d%H%M%S", "%d-%m-%Y %H:%M", "de %Y-%m-%d %H:%M:%S.%f")),
        *map(text, ("be %d-%m-%Y %H:%M", "de %d %m %Y %H %M %S", "%d/%m/%Y %H:%M", "%d.%m.%Y")),
        lambda: f"ACC-SINV-2026-{chance.randrange(10**5):05d}",
        lambda: f"SINV-26-{chance.randrange(10**5):05d}",
        lambda: f"2026{chance.randrange(10**6):06d}",
        lambda: f"F2026/{chance.randrange(10**6):06d}",
        lambda: f"INV{chance.randrange(10**8):08d}",
        lambda: f"BE2026-{chance.randrange(10**8):08d}",
        lambda: f"factuur {chance.randrange(10**7):010d}",
        lambda: f"MANDAAT-2026-{chance.randrange(10**8):08d}",
        lambda: f"EUR {chance.uniform(0, 10**6):,.2f}",
        lambda: ".".join(str(chance.randrange(256)) for _ in range(4)),
        lambda: "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=10)),
    ]


def _isbn10(chance: random.Random) -> str:
    digits = [chance.randrange(10) for _ in range(9)]
    check = -sum((10 - place) * digit for place, digit in enumerate(digits)) % 11
    return "".join(map(str, digits)) + ("X" if check == 10 else str(check))


def _isbn13(chance: random.Random) -> str:
    digits = [9, 7, 8, *(chance.randrange(10) for _ in range(9))]
    return "".join(map(str, digits)) + str(
        -sum((1, 3)[place % 2] * digit for place, digit in enumerate(digits)) % 10
    )
