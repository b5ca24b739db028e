#!/usr/bin/env python3
"""Check an export or a proof of a SEPA audit trail, without the software that made it.

    python3 verify_sepa_audit.py FOLDER-OR-PROOF.json [--key KEY] [--anchor FILE]... [--short "SIZE ROOT"]...
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
import pathlib
import sys
from typing import IO, Any

TAMPERED, INCOMPLETE, LEAF = "TAMPERED", "INCOMPLETE", b"\x00verenigingen-sepa-audit/v1\n"
ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
PRIME, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME


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

    def __init__(self) -> None:
        self.said, self.may_be_erased, self.pruned_before = set[str](), set[str](), 0
        self.gone, self.erased, self.adopted = list[int](), dict[str, int](), 0

    def say(self, what: str, text: str) -> None:
        self.said.add(what)
        print(f"{what}: {text}")

    def entry(self, entry: dict[str, Any]) -> None:
        """One event: its record must hash to its leaf, its details to the commitment in the record."""
        content, details, salt = entry["record"], entry["details"], entry["details_salt"]
        position, where = entry["position"], f"position {entry['position']}, event {entry['event_id']}"
        if entry["flag"]:
            self.say(TAMPERED, f"{where}: {entry['flag']}")
        elif entry["leaf"] is None:
            self.say(INCOMPLETE, f"{where}: not sealed yet")
        if content is None:
            self.gone.append(position)
            return
        was_found = str(content["rule_id"] or "").startswith("ADOPTED")
        self.adopted += was_found
        leaf = hashlib.sha256(LEAF + ENCODER.encode(content).encode("utf-8")).hexdigest()
        if entry["leaf"] not in (leaf, None) or content["event_id"] != entry["event_id"]:
            self.say(TAMPERED, f"{where}: row changed")
        if details is None and salt is None and entry["leaf"] is not None:
            self.erased[entry["event_id"]] = position
            return
        commitment = hmac.digest(bytes.fromhex(salt or ""), (details or "").encode("utf-8"), "sha256")
        if commitment.hex() != content["details_commit"]:
            self.say(TAMPERED, f"{where}: row changed (its details)")
        elif content["process_type"] == "Audit Maintenance" and entry["leaf"] == leaf and not was_found:
            told = json.loads(details or "{}")
            self.pruned_before = max(self.pruned_before, told.get("pruned_before", 0))
            self.may_be_erased.add(told.get("erased", ""))
            self.say("note", f"{where}: {details}")

    def events(self, manifest: Any, lines: IO[bytes], top: Checkpoint, sizes: set[int]) -> Any:
        """Check every line; return the root at each of these sizes, as far as the export shows them."""
        nodes, size, expected = list[bytes](), 0, manifest["from"]
        whole = (manifest["from"], manifest["to"]) == (0, top.size)
        roots = {0: root_of([])} if whole else {top.size: top.root}
        for line in lines:
            entry = json.loads(line)
            position = entry["position"]
            if ENCODER.encode(entry).encode("utf-8") != line.rstrip(b"\n"):
                self.say(TAMPERED, f"position {position}: not in canonical form")
            self.entry(entry)
            if entry["leaf"] is None:
                continue
            if position != expected:
                self.say(TAMPERED, f"position {expected}: leaf missing, {position} follows")
            leaf, expected = bytes.fromhex(entry["leaf"]), position + 1
            if whole:
                append(nodes, size, leaf)
                size += 1
                if size in sizes:
                    roots[size] = root_of(nodes)
            elif root_by_path(leaf, position, top.size, [*map(bytes.fromhex, entry["path"])]) != top.root:
                self.say(TAMPERED, f"position {position}: the checkpoint does not hold this event")
        if expected != manifest["to"]:
            self.say(TAMPERED, f"position {expected}: leaf missing, the export ends")
        return roots

    def maintenance(self) -> None:
        """What is gone may be gone only where an event in the log says so."""
        if self.adopted:
            self.say("note", f"{self.adopted} events are from before the log, sealed as they were found")
        for position in self.gone:
            if position >= self.pruned_before:
                self.say(TAMPERED, f"position {position}: row missing")
        for event, position in self.erased.items():
            if event not in self.may_be_erased:
                self.say(TAMPERED, f"position {position}: its details are missing")


def run(check: Check, path: pathlib.Path, key: str, anchors: list[str], shorts: list[str]) -> int:
    manifest = json.loads((path / "manifest.json" if path.is_dir() else path).read_text("utf-8"))
    for name, digest in manifest["files"].items():
        made = hashlib.sha256()
        with (path / name).open("rb") as handle:
            for block in handle:
                made.update(block)
        if made.hexdigest() != digest:
            check.say(TAMPERED, f"{name} is not the file that was exported")
    lines: IO[bytes] = io.BytesIO("\n".join(map(ENCODER.encode, manifest.get("events", ()))).encode("utf-8"))
    if path.is_dir():
        lines = (path / "events.jsonl").open("rb")
        manifest["checkpoint"] = (path / "checkpoint.txt").read_text("utf-8")
    keys = [key or manifest["key"]]
    for handover in map(Checkpoint, manifest["rotations"]):
        if handover.new_key and handover.signed_by(keys[-1]) and handover.signed_by(handover.new_key):
            keys.append(handover.new_key)
    top = Checkpoint(manifest["checkpoint"])
    print(f"{manifest['origin']}: {top.size} events, root {top.root.hex()}")
    signed = {name: Checkpoint(pathlib.Path(name).read_text("utf-8")) for name in anchors}
    signed["the checkpoint of the export"] = top
    outside = [(int(short.split()[0]), short.split()[1], f"short form {short}") for short in shorts]
    outside += [(point.size, point.root.hex(), name) for name, point in signed.items()]
    with lines:
        roots = check.events(manifest, lines, top, {size for size, _, _ in outside})
    for name, point in signed.items():
        if not any(point.signed_by(each) for each in keys):
            check.say(TAMPERED, f"{name}: bad signature")
    for size, root, what in outside:
        if size > top.size:
            check.say(TAMPERED, f"{what}: rollback from {size} events to {top.size}")
        elif size not in roots:
            check.say(INCOMPLETE, f"{what}: the first {size} events are not all here")
        elif len(root) < 16 or not roots[size].hex().startswith(root):
            check.say(TAMPERED, f"{what}: root mismatch at {size} events")
    if not (key or anchors or shorts):
        check.say(INCOMPLETE, f"no key, anchor or short form of your own; the key was {keys[0]}")
    check.maintenance()
    return 1 if TAMPERED in check.said else 2 if INCOMPLETE in check.said else 0


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--key", default="")
    parser.add_argument("--anchor", action="append", default=[])
    parser.add_argument("--short", action="append", default=[])
    options = parser.parse_args(given)
    try:
        code = run(Check(), options.path, options.key, options.anchor, options.short)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"could not be checked: {type(error).__name__}: {error}")
        code = 3
    print(("OK", "TAMPERED", "INCOMPLETE", "NOT CHECKED")[code])
    return code


if __name__ == "__main__":
    sys.exit(main())
