"""The paths of the control plane in the OpenAPI document: what the admin token reaches."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from askonce.api.wire.control_schemas import EXAMPLE_CACHE
from askonce.api.wire.schemas import EXAMPLE_ID, Schema, reference

Answer: TypeAlias = tuple[str, str, object]  # The schema's name, a description, an example.

ADMIN: Sequence[Mapping[str, Sequence[str]]] = [{"admin": []}]
TAGS = [
    {"name": "Caches", "description": "Make, change and delete caches. These calls take the admin token."}
]

_CACHE = {"$ref": "#/components/parameters/cacheId"}
_FLUSH = {
    "name": "flush",
    "in": "query",
    "description": "Delete its entries too. Otherwise they stay on the disk, out of reach.",
    "schema": {"type": "boolean", "default": False},
}
_OPTIONAL_BODIES = {"Rotation"}
_REFUSALS = (401, 403, 424, 429, 500, 503)


def control_paths() -> Schema:
    made: Answer = ("CacheId", "It is made.", {"cacheId": EXAMPLE_ID})
    every: Answer = ("CacheList", "Every cache.", {"caches": [EXAMPLE_CACHE]})
    model = {"name": "all-MiniLM-L6-v2", "dimensions": 384}
    providers: Answer = (
        "EmbeddingProviders",
        "Every embedder, each with its model.",
        {"embeddingProviders": [{"name": "bundled", "models": [model]}]},
    )
    what = "What caches can be made with."
    return {
        "/v1/caches": {
            "get": admin_call("listCaches", "List caches", "Every cache and what it holds.", 200, every),
            "post": admin_call("createCache", "Create a cache", _CREATE, 201, made, body="NewCache"),
        },
        "/v1/caches/{cacheId}": _one_cache(),
        "/v1/embedding-providers": {
            "get": admin_call("listProviders", "List embedders", what, 200, providers)
        },
    }


def _one_cache() -> Schema:
    told: Answer = ("Cache", "The cache.", EXAMPLE_CACHE)
    changed: Answer = ("Cache", "The cache as it is now.", EXAMPLE_CACHE)
    deleted: Answer = ("CacheId", "It is deleted.", {"cacheId": EXAMPLE_ID})
    what = "How it is set and what it holds."
    return {
        "get": admin_call("getCache", "Read a cache", what, 200, told, [_CACHE]),
        "patch": admin_call(
            "updateCache", "Change a cache", _UPDATE, 201, changed, [_CACHE], body="CacheChanges"
        ),
        "delete": admin_call("deleteCache", "Delete a cache", _DELETE, 200, deleted, [_CACHE, _FLUSH]),
    }


_CREATE = "Makes a cache. Its engine and its embedder are for life; everything else can be changed later."
_UPDATE = (
    "Changes what is named and leaves the rest; the next request sees it. Two changes at once both hold."
    " Members that a cache keeps for life are taken with their own value only."
)
_DELETE = (
    "Deletes the cache and every grant on it; the next request with such a key is refused. Without `flush`"
    " its entries are kept on the disk, until this is called again with it."
)


def admin_call(
    name: str,
    summary: str,
    description: str,
    status: int,
    answer: Answer | None,
    parameters: Sequence[object] = (),
    *,
    body: str | None = None,
    tag: str = "Caches",
) -> Schema:
    """`answer` of None is an answer without a body."""
    refusals = [*_REFUSALS, *((404,) if parameters else ()), *((400, 413) if body else ())]
    if _FLUSH in parameters or name == "revokeAdminToken":  # The last of them is not revoked.
        refusals.append(400)
    call: Schema = {
        "tags": [tag],
        "operationId": name,
        "summary": summary,
        "description": description,
        "security": ADMIN,
        "responses": {
            str(status): _answered(answer),
            **{str(one): {"$ref": f"#/components/responses/Problem{one}"} for one in sorted(refusals)},
        },
    }
    if parameters:
        call["parameters"] = list(parameters)
    if body:
        content = {"application/json": {"schema": reference(body)}}
        call["requestBody"] = {"required": body not in _OPTIONAL_BODIES, "content": content}
    return call


def _answered(answer: Answer | None) -> Schema:
    if answer is None:
        return {"description": "It is done.", "headers": _HEADERS}
    schema, meaning, example = answer
    content = {"application/json": {"schema": reference(schema), "example": example}}
    return {"description": meaning, "headers": _HEADERS, "content": content}


_HEADERS: Schema = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
