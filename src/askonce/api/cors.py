"""Letting pages of other origins call: the CORS protocol of the Fetch standard, as far as an API needs it.

Every call carries its key in a header that the page sets itself, never in a cookie. So no credentials are
allowed, nothing is gained by telling origins apart beyond what the settings say, and any header may be sent.
"""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import Scope

from askonce.api import headers
from askonce.forms import ANY_ORIGIN

METHODS = b"GET, HEAD, POST, PATCH, DELETE"
EXPOSED = b"Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"
MAX_AGE_S = b"7200"  # The most that Chromium remembers a permission; Firefox takes a day.
_ANSWER_VARIES = (b"vary", b"Origin")
_PREFLIGHT_VARIES = (b"vary", b"Access-Control-Request-Method, Access-Control-Request-Headers")


class Cors:
    """`origins` are of the form `forms.origin`."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._is_any = ANY_ORIGIN in origins
        self._origins = frozenset(one.encode("ascii") for one in origins)

    def preflight(self, scope: Scope) -> Response | None:
        """The answer to a browser that asks before it calls; None to any other request, and to a page of
        another origin, which is then answered as if nobody had asked.
        """
        if scope["method"] != "OPTIONS" or not headers.values_of(scope, b"access-control-request-method"):
            return None
        if self._allowed(scope) is None:
            return None
        response = Response(status_code=204)
        response.raw_headers += [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-max-age", MAX_AGE_S),
            _PREFLIGHT_VARIES,
        ]
        wanted = headers.values_of(scope, b"access-control-request-headers")
        if wanted:
            # Repeated as they came: `*` would not stand for `Authorization`.
            response.raw_headers.append((b"access-control-allow-headers", b", ".join(wanted)))
        return response

    def allow(self, scope: Scope, response: Response) -> None:
        """Lets a page of an allowed origin read `response`, its headers included."""
        if not self._is_any:
            response.raw_headers.append(_ANSWER_VARIES)  # To whomever: a cache in between may keep it.
        allowed = self._allowed(scope)
        if allowed is not None:
            response.raw_headers += [
                (b"access-control-allow-origin", allowed),
                (b"access-control-expose-headers", EXPOSED),
            ]

    def _allowed(self, scope: Scope) -> bytes | None:
        given = headers.values_of(scope, b"origin")
        if len(given) != 1:
            return None
        if self._is_any:
            return b"*"
        return given[0] if given[0] in self._origins else None
