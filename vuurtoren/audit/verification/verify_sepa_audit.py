#!/usr/bin/env python3
"""Check an export or a proof of a SEPA audit trail, without the software that made it.

    python3 verify_sepa_audit.py FOLDER-OR-PROOF.json [--key KEY] [--anchor FILE]... [--short "SIZE ROOT"]...
        [--lang nl]
KEY is the public key that you were given once; an anchor is a checkpoint that you received by mail; "SIZE
ROOT" is the short form in the minutes of a meeting. Without any of them the answer is "incomplete".
Exit code: 0 all is proved, 1 something was changed, 2 incomplete, 3 could not be checked.
Needs Python 3.9 and nothing else. The tree is that of RFC 6962, the signature Ed25519 (RFC 8032)."""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import hmac
import io
import json
import os
import pathlib
import sys
from typing import IO, Any

TAMPERED, INCOMPLETE, NOTE, LEAF = "TAMPERED", "INCOMPLETE", "note", b"\x00verenigingen-sepa-audit/v1\n"
ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
PRIME, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME

# What is said, in other languages; written by `make wording`. Nothing below is needed to follow the check.
WORDS: dict[str, dict[str, str]] = {
    "nl": {
        "; the difference is that of a time zone: was the site's changed?": "; het verschil is dat van een tijdzone: is die van de site gewijzigd?",
        "INCOMPLETE": "ONVOLLEDIG",
        "NOT CHECKED": "NIET GECONTROLEERD",
        "OK": "IN ORDE",
        "TAMPERED": "GEWIJZIGD",
        "could not be checked: {0}: {1}": "kon niet worden gecontroleerd: {0}: {1}",
        "it does not carry the site's authentication code": "hij draagt de echtheidscode van de site niet",
        "it says that the event was bad when it was sealed, which is not so": "er staat dat de gebeurtenis bij het verzegelen niet deugde, en dat is niet zo",
        "it shows the user": "hij toont de gebruiker",
        "its authentication code does not fit": "de echtheidscode klopt niet",
        "its authentication code does not fit, nor does its leaf": "de echtheidscode klopt niet, en het blad ook niet",
        "its owner is": "de eigenaar is",
        "no key, anchor or short form of your own; the key was {0}": "geen eigen sleutel, verankering of korte vorm; de sleutel was {0}",
        "note": "opmerking",
        "position {0}, event {1}": "positie {0}, gebeurtenis {1}",
        "position {0}: its details are missing": "positie {0}: de details ontbreken",
        "position {0}: leaf missing, the export ends": "positie {0}: blad ontbreekt, de export houdt op",
        "position {0}: leaf missing, {1} follows": "positie {0}: blad ontbreekt, {1} volgt",
        "position {0}: not in canonical form": "positie {0}: niet in de canonieke vorm",
        "position {0}: row missing": "positie {0}: regel ontbreekt",
        "position {0}: the checkpoint does not hold this event": "positie {0}: het controlepunt bevat deze gebeurtenis niet",
        "short form {0}": "korte vorm {0}",
        "site time has no zone": "sitetijd heeft geen zone",
        "the checkpoint of the export": "het controlepunt van de export",
        "the details are not those that were written": "de details zijn niet die welke geschreven zijn",
        "the row is authentic, its leaf is another": "de regel is echt, zijn blad is een ander",
        "{0} events are from before the log, sealed as they were found": "{0} gebeurtenissen zijn van vóór het logboek, verzegeld zoals ze gevonden zijn",
        "{0} is not the file that was exported": "{0} is niet het bestand dat geëxporteerd is",
        "{0}: bad signature": "{0}: verkeerde handtekening",
        "{0}: not sealed yet": "{0}: nog niet verzegeld",
        "{0}: rollback from {1} events to {2}": "{0}: teruggedraaid van {1} gebeurtenissen naar {2}",
        "{0}: root mismatch at {1} events": "{0}: wortel klopt niet bij {1} gebeurtenissen",
        "{0}: row changed": "{0}: regel gewijzigd",
        "{0}: row changed (its details)": "{0}: regel gewijzigd (de details)",
        "{0}: the first {1} events are not all here": "{0}: de eerste {1} gebeurtenissen zijn hier niet allemaal",
        "{0}: {1} events, root {2}": "{0}: {1} gebeurtenissen, wortel {2}",
    },
}
# End of the words.


# Ed25519, RFC 8032 section 5.1: points are (X, Y, Z, T)
def add(p: tuple[int, ...], q: tuple[int, ...]) -> tuple[int, ...]:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % PRIME, (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c, d = 2 * p[3] * q[3] * D % PRIME, 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def multiply(scalar: int, point: tuple[int, ...]) -> tuple[int, ...]:
    if not scalar:
        return 0, 1, 1, 0
    rest = multiply(scalar >> 1, add(point, point))
    return add(rest, point) if scalar & 1 else rest


def point_from(raw: bytes) -> tuple[int, ...]:
    y, sign = int.from_bytes(raw, "little") & (2**255 - 1), raw[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if y >= PRIME or (x * x - square) % PRIME or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    x = PRIME - x if x & 1 != sign else x
    return x, y, 1, x * y % PRIME


BASE = point_from((4 * pow(5, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little"))


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    s = int.from_bytes(signature[32:], "little")
    if len(public) != 32 or len(signature) != 64 or s >= ORDER:
        return False
    try:
        a, r = point_from(public), point_from(signature[:32])
    except ValueError:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = multiply(s, BASE), add(r, multiply(k, a))
    return all((left[i] * right[2] - right[i] * left[2]) % PRIME == 0 for i in (0, 1))


class Checkpoint:
    """A signed note: lines of text, an empty line, signature lines (c2sp.org/tlog-checkpoint)."""

    def __init__(self, text: str) -> None:
        self.body, _, signatures = text.rpartition("\n\n")
        self.body += "\n"
        lines = self.body.split("\n")
        self.size, self.root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        self.new_key = next((line[4:] for line in lines[3:] if line.startswith("key ")), "")
        self.signatures = [line.split(" ")[1:] for line in signatures.strip("\n").split("\n")]

    def signed_by(self, key: str) -> bool:
        name, key_id, encoded = key.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        found = [base64.b64decode(text, validate=True) for signer, text in self.signatures if signer == name]
        mine = [signature[4:] for signature in found if signature[:4].hex() == key_id]
        named = raw[:1] == b"\x01" and hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
        return named and any(ed25519_verifies(raw[1:], self.body.encode(), each) for each in mine)


# the tree: `nodes` are the roots of its perfect subtrees, largest first
def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(nodes: list[bytes], size: int, leaf: bytes) -> None:
    while size & 1:
        leaf, size = node_hash(nodes.pop(), leaf), size >> 1
    nodes.append(leaf)


def root_of(nodes: list[bytes]) -> bytes:
    fold = functools.reduce(lambda right, left: node_hash(left, right), reversed(nodes)) if nodes else b""
    return fold or hashlib.sha256(b"").digest()


def root_by_path(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    if size <= 1 or not path:
        return leaf if size == 1 and position == 0 and not path else b""
    split = 1 << (size - 1).bit_length() - 1
    if position < split:
        return node_hash(root_by_path(leaf, position, split, path[:-1]), path[-1])
    return node_hash(path[-1], root_by_path(leaf, position - split, size - split, path[:-1]))


class Check:
    """One run. What is wrong is said at once and nothing is kept: an export may be larger than memory."""

    def __init__(self, words: dict[str, str] | None = None) -> None:
        self.said, self.may_be_erased, self.pruned_before = set[str](), set[str](), 0
        self.gone, self.erased, self.adopted = list[int](), dict[str, int](), 0
        self.words = words or {}

    def text(self, text: str, *values: object) -> str:
        return self.words.get(text, text).format(*values)

    def text_of_the_site(self, flag: str) -> str:
        """What only the site itself could see to be wrong, in the reader's words where it is one of ours."""
        return "; ".join(self.text(each) if each in self.words else each for each in flag.split("; "))

    def say(self, what: str, text: str, *values: object) -> None:
        self.said.add(what)
        print(f"{self.text(what)}: {self.text(text, *values)}")

    def entry(self, entry: dict[str, Any]) -> None:
        """One event: its record must hash to its leaf, its details to the commitment in the record."""
        content, details, salt = entry["record"], entry["details"], entry["details_salt"]
        position = entry["position"]
        where = self.text("position {0}, event {1}", position, entry["event_id"])
        if entry["flag"]:
            self.say(TAMPERED, "{0}: {1}", where, self.text_of_the_site(entry["flag"]))
        elif entry["leaf"] is None:
            self.say(INCOMPLETE, "{0}: not sealed yet", where)
        if content is None:
            self.gone.append(position)
            return
        was_found = str(content["rule_id"] or "").startswith("ADOPTED")
        self.adopted += was_found
        leaf = hashlib.sha256(LEAF + ENCODER.encode(content).encode("utf-8")).hexdigest()
        if entry["leaf"] not in (leaf, None) or content["event_id"] != entry["event_id"]:
            self.say(TAMPERED, "{0}: row changed", where)
        if details is None and salt is None and entry["leaf"] is not None:
            self.erased[entry["event_id"]] = position
            return
        commitment = hmac.digest(bytes.fromhex(salt or ""), (details or "").encode("utf-8"), "sha256")
        if commitment.hex() != content["details_commit"]:
            self.say(TAMPERED, "{0}: row changed (its details)", where)
        elif content["process_type"] == "Audit Maintenance" and entry["leaf"] == leaf and not was_found:
            told = json.loads(details or "{}")
            self.pruned_before = max(self.pruned_before, told.get("pruned_before", 0))
            self.may_be_erased.add(told.get("erased", ""))
            self.say(NOTE, "{0}: {1}", where, details)

    def events(self, manifest: Any, lines: IO[bytes], top: Checkpoint, sizes: set[int]) -> Any:
        """Check every line; return the root at each of these sizes, as far as the export shows them."""
        nodes, size, expected = list[bytes](), 0, manifest["from"]
        whole = (manifest["from"], manifest["to"]) == (0, top.size)
        roots = {0: root_of([])} if whole else {top.size: top.root}
        for line in lines:
            entry = json.loads(line)
            position = entry["position"]
            if ENCODER.encode(entry).encode("utf-8") != line.rstrip(b"\n"):
                self.say(TAMPERED, "position {0}: not in canonical form", position)
            self.entry(entry)
            if entry["leaf"] is None:
                continue
            if position != expected:
                self.say(TAMPERED, "position {0}: leaf missing, {1} follows", expected, position)
            leaf, expected = bytes.fromhex(entry["leaf"]), position + 1
            if whole:
                append(nodes, size, leaf)
                size += 1
                if size in sizes:
                    roots[size] = root_of(nodes)
            elif root_by_path(leaf, position, top.size, [*map(bytes.fromhex, entry["path"])]) != top.root:
                self.say(TAMPERED, "position {0}: the checkpoint does not hold this event", position)
        if expected != manifest["to"]:
            self.say(TAMPERED, "position {0}: leaf missing, the export ends", expected)
        return roots

    def maintenance(self) -> None:
        """What is gone may be gone only where an event in the log says so."""
        if self.adopted:
            self.say(NOTE, "{0} events are from before the log, sealed as they were found", self.adopted)
        for position in self.gone:
            if position >= self.pruned_before:
                self.say(TAMPERED, "position {0}: row missing", position)
        for event, position in self.erased.items():
            if event not in self.may_be_erased:
                self.say(TAMPERED, "position {0}: its details are missing", position)


def run(check: Check, path: pathlib.Path, key: str, anchors: list[str], shorts: list[str]) -> int:
    manifest = json.loads((path / "manifest.json" if path.is_dir() else path).read_text("utf-8"))
    for name, digest in manifest["files"].items():
        made = hashlib.sha256()
        with (path / name).open("rb") as handle:
            for block in handle:
                made.update(block)
        if made.hexdigest() != digest:
            check.say(TAMPERED, "{0} is not the file that was exported", name)
    lines: IO[bytes] = io.BytesIO("\n".join(map(ENCODER.encode, manifest.get("events", ()))).encode("utf-8"))
    if path.is_dir():
        lines = (path / "events.jsonl").open("rb")
        manifest["checkpoint"] = (path / "checkpoint.txt").read_text("utf-8")
    keys = [key or manifest["key"]]
    for handover in map(Checkpoint, manifest["rotations"]):
        if handover.new_key and handover.signed_by(keys[-1]) and handover.signed_by(handover.new_key):
            keys.append(handover.new_key)
    top = Checkpoint(manifest["checkpoint"])
    print(check.text("{0}: {1} events, root {2}", manifest["origin"], top.size, top.root.hex()))
    signed = {name: Checkpoint(pathlib.Path(name).read_text("utf-8")) for name in anchors}
    signed[check.text("the checkpoint of the export")] = top
    outside = [
        (int(short.split()[0]), short.split()[1], check.text("short form {0}", short)) for short in shorts
    ]
    outside += [(point.size, point.root.hex(), name) for name, point in signed.items()]
    with lines:
        roots = check.events(manifest, lines, top, {size for size, _, _ in outside})
    for name, point in signed.items():
        if not any(point.signed_by(each) for each in keys):
            check.say(TAMPERED, "{0}: bad signature", name)
    for size, root, what in outside:
        if size > top.size:
            check.say(TAMPERED, "{0}: rollback from {1} events to {2}", what, size, top.size)
        elif size not in roots:
            check.say(INCOMPLETE, "{0}: the first {1} events are not all here", what, size)
        elif len(root) < 16 or not roots[size].hex().startswith(root):
            check.say(TAMPERED, "{0}: root mismatch at {1} events", what, size)
    if not (key or anchors or shorts):
        check.say(INCOMPLETE, "no key, anchor or short form of your own; the key was {0}", keys[0])
    check.maintenance()
    return 1 if TAMPERED in check.said else 2 if INCOMPLETE in check.said else 0


def spoken_here() -> str:
    """The language of this machine, as far as it says so."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, named), "en").partition("_")[0].partition(".")[0].lower()


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--key", default="")
    parser.add_argument("--anchor", action="append", default=[])
    parser.add_argument("--short", action="append", default=[])
    parser.add_argument("--lang", default=spoken_here(), help="en or " + ", ".join(WORDS))
    options = parser.parse_args(given)
    check = Check(WORDS.get(options.lang))
    try:
        code = run(check, options.path, options.key, options.anchor, options.short)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(check.text("could not be checked: {0}: {1}", type(error).__name__, error))
        code = 3
    print(check.text(("OK", "TAMPERED", "INCOMPLETE", "NOT CHECKED")[code]))
    return code


if __name__ == "__main__":
    sys.exit(main())
