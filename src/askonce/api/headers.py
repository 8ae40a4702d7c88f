"""What the headers of a request say: the key, the request's id, what the body is packed in; and those that
every answer can carry.
"""

import os
import re

from starlette.types import Scope

from askonce.model.pace import Allowance

REQUEST_ID = b"x-request-id"
REQUEST_ID_BYTES = 8  # Enough to find one request among a year's; a session of debugging needs no more.
_SANE_REQUEST_ID = re.compile(rb"[!-~]{1,128}")  # It goes into logs and headers as it is.
_BEARER = re.compile(rb"bearer +([^\s,]+) *", re.IGNORECASE)


def values_of(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of the header `name` (lowercase), in its order."""
    return [value for header, value in scope["headers"] if header == name]


def value_of(scope: Scope, name: bytes) -> str:
    """The first value of the header; empty if there is none. Latin-1, so any bytes are readable."""
    for header, value in scope["headers"]:
        if header == name:
            return bytes(value).decode("latin-1")
    return ""


def bearer_token(scope: Scope) -> str | None:
    """The key that the request carries; None without one, or with two: whose the request is must be clear."""
    values = values_of(scope, b"authorization")
    if len(values) != 1:
        return None
    bearer = _BEARER.fullmatch(values[0])
    return bearer[1].decode("latin-1") if bearer else None


def request_id(scope: Scope) -> str:
    """The caller's own id for the request if it is sane, else a new one."""
    given = values_of(scope, REQUEST_ID)
    if given and _SANE_REQUEST_ID.fullmatch(given[0]):
        return given[0].decode("ascii")
    return os.urandom(REQUEST_ID_BYTES).hex()


def client_address(scope: Scope) -> str:
    """Where the connection comes from; empty where the server does not say."""
    client = scope.get("client")
    return "" if client is None else str(client[0])


def rate_limit(allowance: Allowance) -> list[tuple[bytes, bytes]]:
    """As in draft-ietf-httpapi-ratelimit-headers-10: the quota and its window, what is left of it and when
    there is more.
    """
    policy = f'"key";q={allowance.quota};w={allowance.window_s}'
    left = f'"key";r={allowance.left};t={allowance.more_in_s}'
    return [(b"ratelimit-policy", policy.encode("ascii")), (b"ratelimit", left.encode("ascii"))]
