#!/usr/bin/env python3
"""Check an export or a proof of a SEPA audit trail, without the software that made it.

    python3 verify_sepa_audit.py FOLDER-OR-PROOF.json [--key KEY] [--anchor FILE]... [--short "SIZE ROOT"]...

KEY is the public key (name+id+base64) that you were given once; an anchor is a checkpoint that you received
earlier, by mail for example; "SIZE ROOT" is the short form in the minutes of a meeting. Without any of them
nothing from outside vouches for what you check, and the answer is "incomplete".
Exit code: 0 all is proved, 1 something was changed, 2 incomplete, 3 could not be checked.
Needs Python 3.9 and nothing else. The tree is that of RFC 6962, the signature Ed25519 (RFC 8032).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import sys
from typing import Any

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME


# Ed25519, RFC 8032 section 5.1: points are (X, Y, Z, T)
def add(p: tuple[int, ...], q: tuple[int, ...]) -> tuple[int, ...]:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % PRIME, (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c, d = 2 * p[3] * q[3] * D % PRIME, 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def multiply(scalar: int, point: tuple[int, ...]) -> tuple[int, ...]:
    result: tuple[int, ...] = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


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
    root = nodes[-1] if nodes else hashlib.sha256(b"").digest()
    for left in reversed(nodes[:-1]):
        root = node_hash(left, root)
    return root


def root_by_path(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    if size <= 1 or not path:
        return leaf if size == 1 and position == 0 and not path else b""
    split = 1 << (size - 1).bit_length() - 1
    if position < split:
        return node_hash(root_by_path(leaf, position, split, path[:-1]), path[-1])
    return node_hash(path[-1], root_by_path(leaf, position - split, size - split, path[:-1]))


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


class Check:
    """One run: what was changed (tampered), what is missing (incomplete), and what is worth knowing."""

    def __init__(self) -> None:
        self.tampered, self.incomplete, self.notes = list[str](), list[str](), list[str]()
        self.gone: list[tuple[int, str]] = []
        self.allowed: list[dict[str, Any]] = []

    def entry(self, entry: dict[str, Any]) -> None:
        """One event: its record must hash to its leaf, its details to the commitment in the record."""
        content, details, salt = entry["record"], entry["details"], entry["details_salt"]
        where = f"position {entry['position']}, event {entry['event_id']}"
        if entry["flag"]:
            self.tampered.append(f"{where}: {entry['flag']}")
        elif entry["leaf"] is None:
            self.incomplete.append(f"{where}: not sealed yet")
        erased = details is None and salt is None and entry["leaf"] is not None
        if content is None or erased:
            self.gone.append((entry["position"], entry["event_id"]))
        if content is None:
            return
        leaf = hashlib.sha256(b"\x00verenigingen-sepa-audit/v1\n" + canonical(content)).hexdigest()
        if entry["leaf"] not in (leaf, None) or content["event_id"] != entry["event_id"]:
            self.tampered.append(f"{where}: row changed")
        elif not erased:
            commitment = hmac.new(bytes.fromhex(salt or ""), (details or "").encode("utf-8"), hashlib.sha256)
            if commitment.hexdigest() != content["details_commit"]:
                self.tampered.append(f"{where}: row changed (its details)")
            elif content["process_type"] == "Audit Maintenance" and entry["leaf"]:
                self.allowed.append(json.loads(details or "{}"))

    def events(self, manifest: Any, lines: list[bytes], checkpoint: Checkpoint) -> dict[int, bytes]:
        """Check every line; return the root at every size, as far as the export shows them."""
        nodes: list[bytes] = []
        expected = manifest["from"]
        whole = (manifest["from"], manifest["to"]) == (0, checkpoint.size)
        roots = {0: root_of([])} if whole else {checkpoint.size: checkpoint.root}
        for line in lines:
            entry = json.loads(line)
            if canonical(entry) != line:
                self.tampered.append(f"position {entry['position']}: not in canonical form")
            self.entry(entry)
            if entry["leaf"] is None:
                continue
            if entry["position"] != expected:
                self.tampered.append(f"position {expected}: leaf missing, {entry['position']} follows")
            leaf, expected = bytes.fromhex(entry["leaf"]), entry["position"] + 1
            path = [bytes.fromhex(node) for node in entry["path"]]
            if whole:
                append(nodes, len(roots) - 1, leaf)
                roots[len(roots)] = root_of(nodes)
            elif root_by_path(leaf, entry["position"], checkpoint.size, path) != checkpoint.root:
                self.tampered.append(f"position {entry['position']}: the checkpoint does not hold this event")
        if expected != manifest["to"]:
            self.tampered.append(f"position {expected}: leaf missing, the export ends")
        return roots

    def root(self, size: int, root: str, what: str, roots: dict[int, bytes], largest: int) -> None:
        if size > largest:
            self.tampered.append(f"{what}: rollback from {size} events to {largest}")
        elif size not in roots:
            self.incomplete.append(f"{what}: the first {size} events are not all here")
        elif len(root) < 16 or not roots[size].hex().startswith(root):
            self.tampered.append(f"{what}: root mismatch at {size} events")

    def answer(self) -> int:
        for position, event in self.gone:
            where = f"position {position}, event {event}"
            if any(position < m.get("pruned_before", 0) or event == m.get("erased", 0) for m in self.allowed):
                self.notes.append(f"{where}: pruned or erased, as an event in the log says")
            else:
                self.tampered.append(f"{where}: row missing, or its details")
        lines = [f"TAMPERED: {text}" for text in self.tampered]
        lines += [f"INCOMPLETE: {text}" for text in self.incomplete]
        print("\n".join(lines + [f"note: {text}" for text in self.notes]))
        return 1 if self.tampered else 2 if self.incomplete else 0


def run(check: Check, path: pathlib.Path, key: str, anchors: list[str], shorts: list[str]) -> int:
    manifest = json.loads((path / "manifest.json" if path.is_dir() else path).read_text("utf-8"))
    for name, digest in manifest["files"].items():
        if hashlib.sha256((path / name).read_bytes()).hexdigest() != digest:
            check.tampered.append(f"{name} is not the file that was exported")
    lines = [canonical(entry) for entry in manifest.get("events", [])]
    if path.is_dir():
        lines = (path / "events.jsonl").read_bytes().split(b"\n")[:-1]
        manifest["checkpoint"] = (path / "checkpoint.txt").read_text("utf-8")
    keys = [key or manifest["key"]]
    for handover in map(Checkpoint, manifest["rotations"]):
        if handover.new_key and handover.signed_by(keys[-1]) and handover.signed_by(handover.new_key):
            keys.append(handover.new_key)
    checkpoint = Checkpoint(manifest["checkpoint"])
    signed = {name: Checkpoint(pathlib.Path(name).read_text("utf-8")) for name in anchors}
    signed["the checkpoint of the export"] = checkpoint
    roots = check.events(manifest, lines, checkpoint)
    for name, point in signed.items():
        if not any(point.signed_by(each) for each in keys):
            check.tampered.append(f"{name}: bad signature")
        check.root(point.size, point.root.hex(), name, roots, checkpoint.size)
    for short in shorts:
        check.root(int(short.split()[0]), short.split()[1], f"short form {short}", roots, checkpoint.size)
    if not (key or anchors or shorts):
        check.incomplete.append(f"no key, anchor or short form of your own; the key was {keys[0]}")
    print(f"{manifest['origin']}: {checkpoint.size} events, root {checkpoint.root.hex()}")
    return check.answer()


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--key", default="")
    parser.add_argument("--anchor", action="append", default=[])
    parser.add_argument("--short", action="append", default=[])
    options = parser.parse_args(given)
    try:
        code = run(Check(), options.path, options.key, options.anchor, options.short)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(f"could not be checked: {type(error).__name__}: {error}")
        code = 3
    print(("OK", "TAMPERED", "INCOMPLETE", "NOT CHECKED")[code])
    return code


if __name__ == "__main__":
    sys.exit(main())
