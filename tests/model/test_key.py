"""Tokens: recognisable, checked, and their keys' rights."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askonce.model.key import (
    ADMIN_PREFIX,
    EVERY_CACHE,
    KEY_PREFIX,
    TOKEN_BYTES,
    Access,
    Grant,
    Key,
    is_mistyped,
    token_of,
)

SECRETS = st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES)
PREFIXES = st.sampled_from([KEY_PREFIX, ADMIN_PREFIX])


@given(PREFIXES, SECRETS)
def test_a_token_is_one_word_that_a_scanner_recognises(prefix: str, secret: bytes) -> None:
    token = token_of(prefix, secret)

    assert re.fullmatch(r"ask(admin)?_[0-9A-Za-z]{49}", token)
    assert token.startswith(prefix)
    assert not is_mistyped(token)


@given(PREFIXES, SECRETS, SECRETS)
def test_two_secrets_make_two_tokens(prefix: str, one: bytes, other: bytes) -> None:
    assert (token_of(prefix, one) == token_of(prefix, other)) == (one == other)


@given(SECRETS, st.integers(4, 52), st.sampled_from("0Az9"))
def test_one_wrong_letter_is_a_typing_mistake(secret: bytes, place: int, letter: str) -> None:
    token = token_of(KEY_PREFIX, secret)
    wrong = token[:place] + letter + token[place + 1 :]

    assert is_mistyped(wrong) == (wrong != token)


@given(SECRETS, st.integers(4, 51))
def test_two_letters_that_changed_places_are_a_typing_mistake(secret: bytes, place: int) -> None:
    token = token_of(KEY_PREFIX, secret)
    wrong = token[:place] + token[place + 1] + token[place] + token[place + 2 :]

    assert is_mistyped(wrong) == (wrong != token)


@pytest.mark.parametrize("token", ["", "ask_", "a-preset-key-of-16", "ask_" + "a" * 43, "ask_" + "-" * 49])
def test_a_token_without_a_checksum_is_never_mistyped(token: str) -> None:
    assert not is_mistyped(token)


def key(*grants: Grant, expires_at_ms: int | None = None) -> Key:
    return Key("k", "n", b"", grants, 0, expires_at_ms=expires_at_ms)


@pytest.mark.parametrize("granted", Access)
@pytest.mark.parametrize("asked", Access)
def test_a_grant_includes_those_below_it_in_its_own_cache(granted: Access, asked: Access) -> None:
    one, every = key(Grant("a", granted)), key(Grant(EVERY_CACHE, granted))

    assert one.allows("a", asked) == every.allows("b", asked) == (asked <= granted)
    assert not one.allows("b", asked)


def test_a_key_ends_with_its_last_millisecond() -> None:
    assert not key().is_over(10**15)
    assert not key(expires_at_ms=5).is_over(4)
    assert key(expires_at_ms=5).is_over(5)
