"""The published clients under test, and what each of them knows: its calls, and its error for each refusal.

A client raises its typed error only for a `type` on its own list, so the table below is the promise that the
server keeps with each of them. It was read from the clients' sources, not from our server.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import pytest

Colour = Literal["sync", "async"]


class Feature(Enum):
    """What not every client has."""

    STRATEGIES = "searchStrategies, and the strategy of a hit"
    FLUSH = "flush"
    MAX_RESULTS = "maxResults"
    CONVERSATIONS = "conversational search"
    FAULTS = "the fields of a 400"


class Refusal(Enum):
    """What the server refuses, by the status and what made it do so."""

    INVALID = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    UNKNOWN_ENTRY = 404, "entry"
    UNKNOWN_CACHE = 404, "cache"
    UNKNOWN_PATH = 404, "path"
    TOO_LARGE = 413
    EMBEDDER_UNAVAILABLE = 424, "embedder"
    EMBEDDER_UNAUTHORIZED = 424, "embedder's key"
    EMBEDDER_OVERLOADED = 424, "embedder's limit"
    ENGINE_UNAVAILABLE = 424, "engine"
    OUT_OF_SPACE = 424, "space"
    TOO_MANY_REQUESTS = 429
    UNEXPECTED = 500

    @property
    def status(self) -> int:
        status: int = self.value[0] if isinstance(self.value, tuple) else self.value
        return status


@dataclass(frozen=True, slots=True)
class TypedError:
    """The class that a client raises, and the `type` that it must find in the body to do so."""

    kind: str
    type: str


Errors = Mapping[Refusal, TypedError]

_COMMON: Errors = {
    Refusal.INVALID: TypedError("BadRequestErrorResponseContent", "/errors/invalid-data"),
    Refusal.UNAUTHENTICATED: TypedError(
        "AuthenticationErrorResponseContent", "/errors/authentication-failed"
    ),
    Refusal.FORBIDDEN: TypedError("ForbiddenErrorResponseContent", "/errors/insufficient-permissions"),
    Refusal.TOO_LARGE: TypedError("PayloadTooLargeErrorResponseContent", "/errors/payload-too-large"),
    Refusal.TOO_MANY_REQUESTS: TypedError("TooManyRequestsErrorResponseContent", "/errors/too-many-requests"),
    Refusal.UNEXPECTED: TypedError("UnexpectedErrorResponseContent", "/errors/unexpected-error"),
}
# 0.9 has no typed error for 413, 424 and 429.
_V0_9: Errors = {
    Refusal.INVALID: TypedError("BadRequestErrorResponseContent", "/errors/invalid-request"),
    Refusal.UNAUTHENTICATED: TypedError("AuthenticationErrorResponseContent", "/errors/unauthenticated"),
    Refusal.FORBIDDEN: TypedError("ForbiddenErrorResponseContent", "/errors/unauthorized"),
    Refusal.UNKNOWN_ENTRY: TypedError("NotFoundErrorResponseContent", "/errors/not-found"),
    Refusal.UNKNOWN_CACHE: TypedError("NotFoundErrorResponseContent", "/errors/not-found"),
    Refusal.UNKNOWN_PATH: TypedError("NotFoundErrorResponseContent", "/errors/not-found"),
    Refusal.UNEXPECTED: TypedError("InternalServerErrorResponseContent", "/errors/unexpected-error"),
}


def _unavailable(type_: str) -> TypedError:
    return TypedError("ResourceUnavailableErrorResponseContent", type_)


_NO_DATABASE = _unavailable("/errors/database/resource-database-unavailable")
_V0_11: Errors = {
    **_COMMON,
    Refusal.UNKNOWN_ENTRY: TypedError("NotFoundErrorResponseContent", "/errors/cache/entry/not-found"),
    Refusal.UNKNOWN_CACHE: TypedError("NotFoundErrorResponseContent", "/errors/cache/not-found"),
    Refusal.UNKNOWN_PATH: TypedError("NotFoundErrorResponseContent", "/errors/resource/not-found"),
    Refusal.EMBEDDER_UNAVAILABLE: _NO_DATABASE,  # There is no `type` for it with the status 424.
    Refusal.EMBEDDER_UNAUTHORIZED: _unavailable("/errors/embeddings/unauthorized"),
    Refusal.EMBEDDER_OVERLOADED: _unavailable("/errors/embeddings/too-many-requests"),
    Refusal.ENGINE_UNAVAILABLE: _NO_DATABASE,
    Refusal.OUT_OF_SPACE: _unavailable("/errors/database/out-of-memory"),
}
# Unlike 0.11, it does not know `/errors/database/out-of-memory`.
_V0_10: Errors = {**_V0_11, Refusal.OUT_OF_SPACE: _NO_DATABASE}
_NO_RESOURCE = TypedError("FailedDependencyErrorResponseContent", "/errors/resource-unavailable")
_NOT_FOUND = TypedError("NotFoundErrorResponseContent", "/errors/resource-not-found")
_V0_12: Errors = {
    **_COMMON,
    Refusal.UNKNOWN_ENTRY: _NOT_FOUND,
    Refusal.UNKNOWN_CACHE: _NOT_FOUND,
    Refusal.UNKNOWN_PATH: _NOT_FOUND,
    Refusal.EMBEDDER_UNAVAILABLE: _NO_RESOURCE,
    Refusal.EMBEDDER_UNAUTHORIZED: _NO_RESOURCE,
    Refusal.EMBEDDER_OVERLOADED: _NO_RESOURCE,
    Refusal.ENGINE_UNAVAILABLE: _NO_RESOURCE,
    Refusal.OUT_OF_SPACE: TypedError(
        "FailedDependencyErrorResponseContent", "/errors/database-out-of-memory"
    ),
}

_SINCE_0_10 = {Feature.STRATEGIES, Feature.FAULTS}
_SINCE_0_11 = _SINCE_0_10 | {Feature.FLUSH}
_SINCE_0_12 = _SINCE_0_11 | {Feature.MAX_RESULTS, Feature.CONVERSATIONS}


@dataclass(frozen=True, slots=True)
class Published:
    """One published client. `untyped` is its error for a status that it has no type for."""

    package: str
    version: str
    features: frozenset[Feature]
    errors: Errors
    untyped: str = "APIError"
    colours: tuple[Colour, ...] = ("sync", "async")

    @property
    def name(self) -> str:
        return f"{self.package}-{self.version}"


def _python(version: str, features: set[Feature], errors: Errors) -> Published:
    return Published("langcache", version, frozenset(features), errors)


NEWEST = _python("0.14.0", _SINCE_0_12, _V0_12)
JAVASCRIPT = Published(
    "javascript",
    "0.11.1",
    frozenset(_SINCE_0_11),
    _V0_11,
    untyped="LangCacheDefaultError",
    colours=("async",),
)
ALL = (
    _python("0.9.0", set(), _V0_9),
    _python("0.10.1", _SINCE_0_10, _V0_10),
    _python("0.11.1", _SINCE_0_11, _V0_11),
    _python("0.12.0", _SINCE_0_12, _V0_12),
    _python("0.13.0", _SINCE_0_12, _V0_12),
    NEWEST,
    JAVASCRIPT,
)


def every_client(*features: Feature) -> pytest.MarkDecorator:
    """Run a test with each client that has `features`, sync and async: its fixture `client`."""
    return pytest.mark.parametrize("client", list(_clients(set(features))), indirect=True)


def _clients(features: set[Feature]) -> Iterator[object]:
    for published in ALL:
        if features <= published.features:
            for colour in published.colours:
                yield pytest.param((published, colour), id=f"{published.name}-{colour}")
