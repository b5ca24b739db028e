"""Account numbers of people who do not exist, at a bank that does not either."""

from __future__ import annotations

from vuurtoren.privacy.iban import mask_iban


def test_iban(number: int) -> str:
    """An IBAN with a valid check number at a bank that does not exist."""
    account = f"{number * 7919 % 10**10:010d}"
    as_digits = "".join(str(int(character, 36)) for character in f"TEST{account}NL00")
    return f"NL{98 - int(as_digits) % 97:02d}TEST{account}"


def shown_iban(number: int) -> str:
    """As the association's app would never store it, so that no account number is readable in the demo."""
    return mask_iban(test_iban(number))
