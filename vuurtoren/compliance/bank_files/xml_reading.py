"""XML of a bank read safely: as a stream, in bounded memory, without entities and without a network.

Python's own expat is used, with everything switched off that XML could do to its reader: a document type
(and with it every entity), other encodings than those a payment file may have, deep nesting, endless texts
and tokens, too many bytes. What is refused is said in a sentence for the treasurer.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.parsers import expat

from vuurtoren.site.words.words import Words

LARGEST_BYTES = 64 * 1024 * 1024
"""Some 60,000 collections; a bank takes less."""
MOST_DEPTH = 40
MOST_ELEMENTS_AN_ITEM = 5_000
LONGEST_TEXT = 1_000
"""More than any field of these messages; what is longer is cut, and is too long then all the same."""
LONGEST_TOKEN = 1024 * 1024
CHUNK = 64 * 1024
ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "utf-16"})
BOM = b"\xef\xbb\xbf"
OTHER_KINDS = {
    b"PK\x03\x04": Words("a zip archive"),
    b"%PDF": "a PDF",
    b"{": "JSON",
    b":20:": Words("an MT940 statement"),
}


BROKEN = {
    expat.errors.codes[said]: why
    for said, why in (
        (expat.errors.XML_ERROR_NO_ELEMENTS, Words("it ends before it is whole")),
        (expat.errors.XML_ERROR_UNCLOSED_TOKEN, Words("it ends before it is whole")),
        (
            expat.errors.XML_ERROR_INVALID_TOKEN,
            Words("what stands there is no XML, or not in the encoding that the file has"),
        ),
        (expat.errors.XML_ERROR_TAG_MISMATCH, Words("an element is closed that was not opened")),
        (expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT, Words("something follows behind the end")),
        (expat.errors.XML_ERROR_UNDEFINED_ENTITY, Words("it names an entity that is not declared")),
    )
}
"""What the faults that occur mean to whoever made or sent the file."""


class NotReadable(Exception):
    """The file cannot be read as what it should be; `text` with `values` in its braces says why.

    `our_limit` where the file may be right, and it is this reader that goes no further.
    """

    def __init__(self, text: str, *values: Any, our_limit: bool = False) -> None:
        super().__init__(text.format(*values))
        self.text, self.values, self.our_limit = text, values, our_limit


class Node:
    """One element with what is in it; `name` is without its namespace."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(
        self, name: str, attributes: dict[str, str], text: str = "", children: list[Node] | None = None
    ) -> None:
        self.name, self.attributes, self.text = name, attributes, text
        self.children = [] if children is None else children

    def find(self, path: str) -> Node | None:
        """The first element at a path such as "DbtrAcct/Id/IBAN"."""
        node = self
        for name in path.split("/"):
            for child in node.children:
                if child.name == name:
                    node = child
                    break
            else:
                return None
        return node

    def value(self, path: str) -> str:
        """The text at a path; empty where there is none."""
        found = self.find(path)
        return found.text if found else ""

    def all(self, name: str) -> list[Node]:
        return [child for child in self.children if child.name == name]


@dataclass(frozen=True, slots=True)
class Opened:
    """A container began, such as a block of payments, whose parts follow one by one."""

    name: str
    namespace: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Closed:
    """A container ended."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a container, whole. `shape` is the order of its elements: a name opens, "" closes."""

    inside: str
    node: Node
    shape: tuple[str, ...]


Event = Opened | Closed | Item


class Source:
    """The file while it is read, and what is known of it afterwards.

    `sha256` is that of the whole file, read to its end or not, and empty where it is larger than we read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size_bytes = 0
        self.encoding = "utf-8"
        self.begins_with_bom = False
        self.namespaces: set[str] = set()
        self._digest = hashlib.sha256()

    def refuse_if_too_large(self) -> None:
        """Before anything is read, where the stream can tell how much there is."""
        if not self.stream.seekable():
            return
        here = self.stream.tell()
        whole = self.stream.seek(0, io.SEEK_END) - here
        self.stream.seek(here)
        if whole > LARGEST_BYTES:
            self.size_bytes = whole
            raise _too_large()

    def chunks(self) -> Iterator[bytes]:
        """The bytes from where reading stopped; raises NotReadable beyond the largest size."""
        while chunk := self.stream.read(CHUNK):
            self.size_bytes += len(chunk)
            if self.size_bytes > LARGEST_BYTES:
                raise _too_large()
            self._digest.update(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        if self.size_bytes > LARGEST_BYTES:
            return ""
        try:
            for _ in self.chunks():
                pass
        except NotReadable:
            return ""
        return self._digest.hexdigest()


def events(source: Source, containers: Collection[str]) -> Iterator[Event]:
    """What stands in the file, part by part; an element of such a name inside containers only is a container.

    Raises NotReadable, and OSError where the stream cannot be read; nothing else.
    """
    source.refuse_if_too_large()
    reader = _Reader(source, frozenset(containers))
    for chunk in source.chunks():
        if source.size_bytes == len(chunk):
            source.begins_with_bom = chunk.startswith(BOM)
            _refuse_no_xml(chunk)
        yield from reader.feed(chunk)
    if not source.size_bytes:
        raise NotReadable("the file is empty")
    yield from reader.end()


def _too_large() -> NotReadable:
    return _beyond("the file is larger than {0} MB", LARGEST_BYTES // 1024**2)


def _beyond(text: str, *values: Any) -> NotReadable:
    return NotReadable(text, *values, our_limit=True)


def _refuse_no_xml(chunk: bytes) -> None:
    start = chunk.lstrip()[:1] if not chunk.startswith((b"\xff\xfe", b"\xfe\xff", BOM)) else b"<"
    if not chunk.strip():
        raise NotReadable("there is nothing but spaces at the beginning of the file")
    if start != b"<":
        known = next((kind for mark, kind in OTHER_KINDS.items() if chunk.lstrip().startswith(mark)), "")
        if known:
            raise NotReadable("the file is no XML but {0}", known)
        raise NotReadable("the file is no XML")


class _Reader:
    """Feeds expat and turns what it tells into events."""

    def __init__(self, source: Source, containers: frozenset[str]) -> None:
        self.source, self.containers = source, containers
        self.waiting: list[Event] = []
        self.open_containers: list[str] = []
        self.nodes: list[Node] = []
        self.text = ""
        self.shape: list[str] = []
        self.names: dict[str, str] = {}
        self.fed = 0
        parser = self.parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_doctype
        parser.ExternalEntityRefHandler = self._refuse_doctype
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def feed(self, chunk: bytes) -> Iterator[Event]:
        self.fed += len(chunk)
        self._parse(chunk, False)
        if self.fed - max(self.parser.CurrentByteIndex, 0) > LONGEST_TOKEN:
            raise _beyond("one piece of the file is longer than {0} MB", LONGEST_TOKEN // 1024**2)
        return self._told()

    def end(self) -> Iterator[Event]:
        self._parse(b"", True)
        return self._told()

    def _parse(self, chunk: bytes, last: bool) -> None:
        try:
            self.parser.Parse(chunk, last)
        except expat.ExpatError as error:
            raise NotReadable(
                "the XML is broken at line {0}, column {1}: {2}",
                error.lineno,
                error.offset + 1,
                BROKEN.get(error.code) or expat.ErrorString(error.code),
            ) from error
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or is not told
            raise NotReadable("the encoding of the file is not known") from error

    def _told(self) -> Iterator[Event]:
        told, self.waiting = self.waiting, []
        return iter(told)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        named = (encoding or "utf-8").lower()
        if named not in ENCODINGS:
            raise NotReadable("the file says that its encoding is “{0}”; banks read UTF-8", named[:40])
        self.source.encoding = named

    def _refuse_doctype(self, *_told: Any) -> int:
        raise NotReadable("the file declares a document type or entities, which no bank does")

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        nodes, shape = self.nodes, self.shape
        name = self.names.get(full_name) or self._split(full_name)
        if nodes:
            node = Node(name, attributes)
            nodes[-1].children.append(node)
        elif name in self.containers:
            self._open_container(name, full_name, attributes)
            return
        elif not self.open_containers:
            raise NotReadable("the file begins with “{0}” instead of “Document”", name[:40])
        else:
            node = Node(name, attributes)
        nodes.append(node)
        shape.append(name)
        self.text = ""
        if len(nodes) > MOST_DEPTH or len(shape) > 2 * MOST_ELEMENTS_AN_ITEM:
            self._refuse_bounds()

    def _open_container(self, name: str, full_name: str, attributes: dict[str, str]) -> None:
        self.open_containers.append(name)
        if len(self.open_containers) > MOST_DEPTH:
            self._refuse_bounds()
        self.waiting.append(Opened(name, full_name.rpartition(" ")[0], attributes))

    def _end(self, _full_name: str) -> None:
        nodes = self.nodes
        if not nodes:
            self.waiting.append(Closed(self.open_containers.pop()))
            return
        node = nodes.pop()
        self.shape.append("")
        if not node.children:
            node.text = self.text.strip()
        if not nodes:
            self.waiting.append(Item(self.open_containers[-1], node, tuple(self.shape)))
            self.shape = []

    def _characters(self, text: str) -> None:
        if self.nodes and len(self.text) < LONGEST_TEXT:
            self.text += text[: LONGEST_TEXT - len(self.text)]

    def _split(self, full_name: str) -> str:
        namespace, _, name = full_name.rpartition(" ")
        self.source.namespaces.add(namespace)
        self.names[full_name] = name
        if len(self.names) > MOST_ELEMENTS_AN_ITEM:
            raise _beyond("the file has more than {0} kinds of elements", MOST_ELEMENTS_AN_ITEM)
        return name

    def _refuse_bounds(self) -> None:
        if len(self.shape) > 2 * MOST_ELEMENTS_AN_ITEM:
            raise _beyond("one part of the file has more than {0} elements", MOST_ELEMENTS_AN_ITEM)
        raise _beyond("the elements of the file are nested more than {0} deep", MOST_DEPTH)
