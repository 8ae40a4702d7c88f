"""Each published client is told the error types that its version knows; everyone else, the current ones."""

import time
from inspect import isclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askonce import errors
from askonce.api.dialects import ALL, CURRENT, PYTHON_0_9, PYTHON_0_10, PYTHON_0_11, Dialect, dialect_of
from askonce.api.problems import CLASSES
from askonce.errors import Refusal

# What the packages list, by status. A client does not look at the type of a status that it has no list for.
_EMBEDDINGS = {"/errors/embeddings/unauthorized", "/errors/embeddings/too-many-requests"}
_UNAVAILABLE_0_10 = {
    "/errors/database/resource-database-unavailable",
    "/errors/cache/index-not-found",
    *_EMBEDDINGS,
}
_NOT_FOUND_0_10 = {"/errors/resource/not-found", "/errors/cache/not-found", "/errors/cache/entry/not-found"}
_UNEXPECTED_0_10 = {
    "/errors/unexpected-error",
    "/errors/cache/authentication",
    "/errors/cache/unexpected-error",
    "/errors/embeddings/unexpected-error",
}
_LATER = {
    400: {"/errors/invalid-data"},
    401: {"/errors/authentication-failed"},
    403: {"/errors/insufficient-permissions"},
    413: {"/errors/payload-too-large"},
    429: {"/errors/too-many-requests"},
}
KNOWN_0_9 = {
    400: {"/errors/invalid-request"},
    401: {"/errors/unauthenticated"},
    403: {"/errors/unauthorized"},
    404: {"/errors/not-found"},
    500: {"/errors/unexpected-error"},
}
KNOWN_0_10 = {**_LATER, 404: _NOT_FOUND_0_10, 424: _UNAVAILABLE_0_10, 500: _UNEXPECTED_0_10}
KNOWN_0_11 = {
    **KNOWN_0_10,
    404: {*_NOT_FOUND_0_10, "/errors/token/not-found"},
    424: {*_UNAVAILABLE_0_10, "/errors/database/out-of-memory"},
}
KNOWN_0_12 = {
    **_LATER,
    404: {"/errors/resource-not-found"},
    424: {"/errors/resource-unavailable", "/errors/database-out-of-memory"},
    500: {"/errors/unexpected-error"},
}

PUBLISHED = [
    ("speakeasy-sdk/python 0.9.0 2.656.5 1.0 langcache", PYTHON_0_9, KNOWN_0_9),
    ("speakeasy-sdk/python 0.10.1 2.698.4 langcache", PYTHON_0_10, KNOWN_0_10),
    ("speakeasy-sdk/python 0.11.1 2.755.9 langcache", PYTHON_0_11, KNOWN_0_11),
    ("speakeasy-sdk/python 0.12.0 2.881.4 langcache", CURRENT, KNOWN_0_12),
    ("speakeasy-sdk/python 0.13.0 2.907.0 langcache", CURRENT, KNOWN_0_12),
    ("speakeasy-sdk/python 0.14.0 2.932.9 langcache", CURRENT, KNOWN_0_12),
    ("speakeasy-sdk/typescript 0.11.0 2.753.1 @redis-ai/langcache", PYTHON_0_11, KNOWN_0_11),
    ("speakeasy-sdk/typescript 0.11.1 2.760.2 @redis-ai/langcache", PYTHON_0_11, KNOWN_0_11),
]


@pytest.mark.parametrize(("user_agent", "dialect", "known"), PUBLISHED)
def test_a_published_client_knows_every_type_that_it_is_told(
    user_agent: str, dialect: Dialect, known: dict[int, set[str]]
) -> None:
    assert dialect_of(user_agent) is dialect
    for kind, told in CLASSES.items():
        assert told.status not in known or dialect[kind] in known[told.status], kind


@pytest.mark.parametrize(
    ("user_agent", "dialect"),
    [
        ("", CURRENT),
        ("curl/8.5.0", CURRENT),
        ("python-httpx/0.28.1", CURRENT),
        ("Mozilla/5.0 (X11; Linux x86_64)", CURRENT),
        ("speakeasy-sdk/python 0.9.0 2.656.5 1.0 another", CURRENT),
        ("speakeasy-sdk/python 0.9.0 2.656.5 my-langcache", CURRENT),
        ("speakeasy-sdk/go 0.9.0 2.656.5 langcache", CURRENT),
        ("speakeasy-sdk/python 1.0.0 3.1.0 langcache", CURRENT),
        ("speakeasy-sdk/python 0.15.0-beta.1 3.1.0 langcache", CURRENT),
        ("speakeasy-sdk/python 0.8.2 2.1.0 langcache", PYTHON_0_9),
        ("app/1.2 speakeasy-sdk/python 0.11.0 2.1.0 langcache (linux)", PYTHON_0_11),
        ("speakeasy-sdk/typescript 0.9.0 2.1.0 @redis-ai/langcache", PYTHON_0_11),
        ("speakeasy-sdk/typescript 0.12.0 2.1.0 @redis-ai/langcache", CURRENT),
        ("speakeasy-sdk/python x.y langcache", CURRENT),
    ],
)
def test_others_are_told_by_their_nearest_kin(user_agent: str, dialect: Dialect) -> None:
    assert dialect_of(user_agent) is dialect


@given(st.one_of(st.text(), st.from_regex(r"speakeasy-sdk/(python|typescript) \d+\.\d+.*langcache")))
def test_any_user_agent_has_a_dialect(user_agent: str) -> None:
    assert any(dialect_of(user_agent) is dialect for dialect in ALL)


def test_a_hostile_user_agent_is_read_in_no_time() -> None:
    started = time.perf_counter()

    assert dialect_of("speakeasy-sdk/python 0.9 " * 100_000) is CURRENT
    assert time.perf_counter() - started < 0.5


def refusals() -> list[type[Refusal]]:
    return [one for one in vars(errors).values() if isclass(one) and issubclass(one, Refusal)]


@pytest.mark.parametrize("refusal", refusals())
def test_every_refusal_has_a_status_and_a_type_in_every_dialect(refusal: type[Refusal]) -> None:
    assert refusal.kind in CLASSES
    assert all(dialect.keys() == CLASSES.keys() for dialect in ALL)
