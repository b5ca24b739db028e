"""In which language each recipient reads: the user's own, else a configured one, else the site's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vuurtoren.outward.templating import Message
from vuurtoren.site import configured
from vuurtoren.site.protocol import Site

CONFIG_KEY = "mail_languages"
"""`["treasurer@example.org nl", "@bank.example de"]`: a language for an address or for all of a domain."""


def languages(site: Site, addresses: Sequence[str]) -> dict[str, str]:
    """The language of each mail address or name of a user, as it was given."""
    own, given = _of_users(site, addresses), _configured(site)
    otherwise = site.site_language()

    def of(address: str) -> str:
        said = own.get(address) or given.get(address)
        return said or given.get(f"@{address.rpartition('@')[2]}") or otherwise

    return {address: of(address.lower()) for address in addresses}


def by_language(site: Site, addresses: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each language with those who read it, in the order in which they were given."""
    found = languages(site, addresses)
    for language in dict.fromkeys(found.values()):
        yield language, tuple(address for address in addresses if found[address] == language)


def in_each_language(
    site: Site, addresses: Sequence[str], compose: Callable[[], Message]
) -> Iterator[tuple[tuple[str, ...], Message]]:
    """The message in each language that somebody of these reads, with who reads it."""
    for language, readers in by_language(site, addresses):
        with site.speaking(language):
            yield readers, compose()


def _of_users(site: Site, addresses: Sequence[str]) -> dict[str, str]:
    if not addresses or not site.has_doctype("User"):
        return {}
    asked = sorted({each for address in addresses for each in (address, address.lower())})
    rows = [
        row
        for field in ("name", "email")
        for row in site.get_all(
            "User", ["name", "email", "language"], {field: ("in", asked), "language": ("is", "set")}
        )
    ]
    return {
        str(row[field] or "").lower(): str(row["language"]) for row in rows for field in ("name", "email")
    }


def _configured(site: Site) -> dict[str, str]:
    """A text that names no language is left out: its reader is told in the site's."""
    pairs = (text.split() for text in configured.texts(site, CONFIG_KEY))
    return {pair[0].lower(): pair[1] for pair in pairs if len(pair) == 2}
