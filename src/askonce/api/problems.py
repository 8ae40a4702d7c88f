"""The one place that knows HTTP statuses: a refusal in, the problem answer that clients understand out."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from askonce.api.dialects import ALL, Dialect
from askonce.api.wire.answers import JSON, encode_problem
from askonce.errors import (
    InvalidRequest,
    MethodNotAllowed,
    Refusal,
    TooManyRequests,
    Unauthenticated,
    UnfinishedBody,
)


@dataclass(frozen=True, slots=True)
class ProblemClass:
    """What all refusals of a kind share."""

    status: int
    title: str


UNAVAILABLE_PROBE = (
    503  # What load balancers and Kubernetes take for "not now"; only the health probes say it.
)

CLASSES: Mapping[str, ProblemClass] = {
    "invalid": ProblemClass(400, "Invalid request"),
    "unauthenticated": ProblemClass(401, "Authentication failed"),
    "forbidden": ProblemClass(403, "Insufficient permissions"),
    "unknown-path": ProblemClass(404, "No such path"),
    "unknown-cache": ProblemClass(404, "No such cache"),
    "unknown-entry": ProblemClass(404, "No such entry"),
    "unknown-key": ProblemClass(404, "No such key"),
    "method-not-allowed": ProblemClass(405, "Method not allowed"),
    "too-large": ProblemClass(413, "Request body too large"),
    "engine-unavailable": ProblemClass(424, "Storage unavailable"),
    "out-of-space": ProblemClass(424, "Storage full"),
    "embedder-unavailable": ProblemClass(424, "Embedder unavailable"),
    "embedder-unauthorized": ProblemClass(424, "Embedder refused our credentials"),
    "embedder-overloaded": ProblemClass(424, "Embedder overloaded"),
    "took-too-long": ProblemClass(424, "Request took too long"),
    "too-many-requests": ProblemClass(429, "Too many requests"),
    "unexpected": ProblemClass(500, "Unexpected error"),
    "service-unavailable": ProblemClass(503, "Service unavailable"),
}


def types_of(status: int) -> list[str]:
    """Every `type` that an answer of this status can carry, whoever asks; the current ones first."""
    kinds = [kind for kind, known in CLASSES.items() if known.status == status]
    return list(dict.fromkeys(dialect[kind] for dialect in ALL for kind in kinds))


def problem(refusal: Refusal, dialect: Dialect, instance: str) -> Response:
    """The answer that declines a request. `instance` names this occurrence: the id of the request."""
    known = CLASSES[refusal.kind]
    content = encode_problem(
        title=known.title,
        status=known.status,
        type=dialect[refusal.kind],
        detail=str(refusal),
        instance=instance,
        faults=refusal.faults if isinstance(refusal, InvalidRequest) else None,
    )
    return Response(content, known.status, _headers(refusal), JSON)


def _headers(refusal: Refusal) -> dict[str, str] | None:
    match refusal:
        case TooManyRequests():
            return {"Retry-After": str(refusal.retry_after_s)}
        case MethodNotAllowed():
            return {"Allow": ", ".join(refusal.allowed)}
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case UnfinishedBody():
            return {"Connection": "close"}  # Else the next request would wait for the rest of this body.
        case _:
            return None
