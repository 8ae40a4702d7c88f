"""The error `type`s that each published LangCache client knows, and which client is calling.

A client that meets a `type` outside its own closed list raises a validation error in place of the typed one,
and the lists differ by version. So every refusal (by its `kind`) has a type in every dialect, read from the
published packages: Python `langcache` 0.9.0 to 0.14.0, `@redis-ai/langcache` 0.11.0 and 0.11.1.

A client whose list has nothing for a status (0.9: 413, 424, 429; all of them: 405) does not look at the type.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias

Dialect: TypeAlias = Mapping[str, str]  # The kind of a refusal to the `type` that stands for it.

CURRENT: Dialect = {
    "invalid": "/errors/invalid-data",
    "unauthenticated": "/errors/authentication-failed",
    "forbidden": "/errors/insufficient-permissions",
    "unknown-path": "/errors/resource-not-found",
    "unknown-cache": "/errors/resource-not-found",
    "unknown-entry": "/errors/resource-not-found",
    "unknown-key": "/errors/resource-not-found",
    "method-not-allowed": "/errors/method-not-allowed",  # Ours: no client has a type for 405.
    "too-large": "/errors/payload-too-large",
    "too-many-requests": "/errors/too-many-requests",
    "engine-unavailable": "/errors/resource-unavailable",
    "out-of-space": "/errors/database-out-of-memory",
    "embedder-unavailable": "/errors/resource-unavailable",
    "embedder-unauthorized": "/errors/resource-unavailable",
    "embedder-overloaded": "/errors/resource-unavailable",
    "took-too-long": "/errors/resource-unavailable",
    "unexpected": "/errors/unexpected-error",
    "service-unavailable": "/errors/service-unavailable",  # The control plane only.
}

_UNAVAILABLE = "/errors/database/resource-database-unavailable"

PYTHON_0_11: Dialect = {  # And JavaScript 0.11, the only ones published.
    **CURRENT,
    "unknown-path": "/errors/resource/not-found",
    "unknown-cache": "/errors/cache/not-found",
    "unknown-entry": "/errors/cache/entry/not-found",
    "unknown-key": "/errors/resource/not-found",
    "engine-unavailable": _UNAVAILABLE,
    "out-of-space": "/errors/database/out-of-memory",
    # The list has no word for an embedder that is down. This one says that something we depend on is.
    "embedder-unavailable": _UNAVAILABLE,
    "embedder-unauthorized": "/errors/embeddings/unauthorized",
    "embedder-overloaded": "/errors/embeddings/too-many-requests",
    "took-too-long": _UNAVAILABLE,
}

PYTHON_0_10: Dialect = {**PYTHON_0_11, "out-of-space": _UNAVAILABLE}  # It has no out-of-memory yet.

PYTHON_0_9: Dialect = {
    **PYTHON_0_10,
    "invalid": "/errors/invalid-request",
    "unauthenticated": "/errors/unauthenticated",
    "forbidden": "/errors/unauthorized",
    "unknown-path": "/errors/not-found",
    "unknown-cache": "/errors/not-found",
    "unknown-entry": "/errors/not-found",
    "unknown-key": "/errors/not-found",
}

ALL = (CURRENT, PYTHON_0_11, PYTHON_0_10, PYTHON_0_9)

MAX_USER_AGENT_CHARS = (
    300  # Clients send 60. The time of the search below grows with the square of the length.
)

# `speakeasy-sdk/python 0.14.0 2.932.9 langcache`
# `speakeasy-sdk/typescript 0.11.1 2.760.2 @redis-ai/langcache`
_CLIENT = re.compile(
    r"speakeasy-sdk/(?P<language>python|typescript) (?P<major>\d{1,6})\.(?P<minor>\d{1,6})\S*"
    r" .*(?<![\w-])langcache(?![\w-])"
)


def dialect_of(user_agent: str) -> Dialect:
    """The dialect of the client that names itself so; CURRENT for everyone else."""
    client = _CLIENT.search(user_agent[:MAX_USER_AGENT_CHARS])
    if client is None:
        return CURRENT
    version = (int(client["major"]), int(client["minor"]))
    if version >= (0, 12):
        return CURRENT
    if client["language"] == "typescript" or version == (0, 11):
        return PYTHON_0_11
    return PYTHON_0_10 if version == (0, 10) else PYTHON_0_9
