"""Reads HTML as a browser does, so that tests ask what a visitor gets and not how it is spelled."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"input", "link", "meta", "br", "use", "line", "path", "circle", "rect", "wbr"}


class Html(HTMLParser):
    """The elements of a fragment in order: (tag, attributes), the text of each id, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[tuple[str, str]] = []
        self.unbalanced: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, dict(attributes).get("id") or ""))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.unbalanced.append(tag)
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if any(tag in ("style", "script") for tag, _id in self.open):
            return
        for identity in {"", *(identity for _tag, identity in self.open)}:
            self.texts.setdefault(identity, []).append(data)

    def text(self, identity: str = "") -> str:
        """The text inside the element of that id, spaces collapsed."""
        return " ".join(" ".join(self.texts.get(identity, [])).split())

    def with_tag(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self) -> list[str]:
        return [attributes["id"] for _tag, attributes in self.elements if attributes.get("id")]
