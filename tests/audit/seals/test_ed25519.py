"""The signature check that an auditor can read agrees with the library's."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from vuurtoren.audit.verification.verify_sepa_audit import ORDER, PRIME, ed25519_verifies

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
# RFC 8032, 7.1: public key, message, signature
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_it_accepts_the_vectors_of_the_rfc(public: str, message: str, signature: str) -> None:
    assert ed25519_verifies(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
def test_it_accepts_what_the_library_signs(message: bytes) -> None:
    assert ed25519_verifies(PUBLIC, message, KEY.sign(message))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=50), st.integers(0, 511))
def test_it_refuses_a_flipped_bit_of_the_signature(message: bytes, bit: int) -> None:
    signature = bytearray(KEY.sign(message))
    signature[bit // 8] ^= 1 << bit % 8
    assert not ed25519_verifies(PUBLIC, message, bytes(signature))


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=50), st.binary(max_size=50))
def test_it_refuses_another_message(message: bytes, other: bytes) -> None:
    assert ed25519_verifies(PUBLIC, other, KEY.sign(message)) == (message == other)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 255))
def test_it_refuses_another_key(bit: int) -> None:
    public = bytearray(PUBLIC)
    public[bit // 8] ^= 1 << bit % 8
    assert not ed25519_verifies(bytes(public), b"message", KEY.sign(b"message"))


def test_it_refuses_a_second_form_of_the_same_signature() -> None:
    signature = KEY.sign(b"message")
    larger = int.from_bytes(signature[32:], "little") + ORDER
    assert not ed25519_verifies(PUBLIC, b"message", signature[:32] + larger.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "public", [b"", PUBLIC[:31], PUBLIC + b"x", (PRIME + 1).to_bytes(32, "little"), b"\x02" + bytes(31)]
)
def test_it_refuses_what_is_no_key(public: bytes) -> None:
    assert not ed25519_verifies(public, b"message", KEY.sign(b"message"))


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64])
def test_it_refuses_what_is_no_signature(signature: bytes) -> None:
    assert not ed25519_verifies(PUBLIC, b"message", signature)
