"""Ed25519 signatures and ES256 keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from registry.vault import Jwk, SignatureBroken, SigningKey, es256_jwk, new_es256_secret, verify

KEY = SigningKey(bytes(range(32)))


@given(message=st.binary(max_size=200))
def test_verify_accepts_what_the_key_signed(message: bytes) -> None:
    verify(KEY.public, message, KEY.sign(message))


@given(message=st.binary(max_size=60), data=st.data())
def test_verify_refuses_any_flipped_bit_of_the_signature(message: bytes, data: st.DataObject) -> None:
    signature = bytearray(KEY.sign(message))
    bit = data.draw(st.integers(0, 511))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureBroken):
        KEY.verify(message, bytes(signature))


def test_verify_refuses_another_message() -> None:
    with pytest.raises(SignatureBroken):
        KEY.verify(b"two", KEY.sign(b"one"))


def test_verify_refuses_another_key() -> None:
    with pytest.raises(SignatureBroken):
        SigningKey.generate().verify(b"one", KEY.sign(b"one"))


def test_verify_refuses_a_public_key_that_is_none() -> None:
    with pytest.raises(SignatureBroken):
        verify(b"short", b"one", KEY.sign(b"one"))


def test_signing_key_shows_only_its_public_half_when_printed() -> None:
    assert repr(KEY) == f"SigningKey(public={KEY.public.hex()})"


def test_es256_jwk_signs_and_verifies_with_joserfc() -> None:
    jwk = es256_jwk(new_es256_secret())
    token = jwt.encode({"alg": "ES256", "kid": jwk["kid"]}, {"sub": "x"}, ECKey.import_key(jwk))
    assert jwt.decode(token, ECKey.import_key(jwk.public())).claims == {"sub": "x"}


def test_es256_jwk_names_itself_by_its_thumbprint() -> None:
    jwk = es256_jwk(new_es256_secret())
    assert jwk["kid"] == ECKey.import_key(jwk).thumbprint()


def test_public_jwk_holds_no_private_part() -> None:
    jwk = es256_jwk(new_es256_secret())
    assert set(jwk) - set(jwk.public()) == {"d"}


def test_jwk_shows_no_private_part_when_printed() -> None:
    assert repr(Jwk(kid="k", d="secret")) == "Jwk(kid='k')"


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32, b"short"], ids=["zero", "too large", "short"])
def test_es256_jwk_refuses_a_secret_that_is_no_scalar(secret: bytes) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        es256_jwk(secret)
    assert secret.hex() not in str(caught.value)
