"""The OpenAPI 3.1 document of the API.

It is written by hand, for what a reader of it needs, and held to the server by tests: every route is in it
and nothing else, and every answer the tests provoke validates against it.
"""

from collections.abc import Sequence

from askonce import __version__
from askonce.api.limits import Limits
from askonce.api.openapi_control import TAGS, control_paths
from askonce.api.openapi_entries import ENTRY_TAGS, list_call, move_paths, read_call
from askonce.api.openapi_keys import KEY_TAGS, admin_paths, audit_paths, key_paths
from askonce.api.problems import CLASSES, UNAVAILABLE_PROBE, types_of
from askonce.api.wire.audit import audit_schemas
from askonce.api.wire.control_schemas import control_schemas
from askonce.api.wire.entries import entry_schemas
from askonce.api.wire.key_schemas import key_schemas
from askonce.api.wire.schemas import (
    EXAMPLE_HIT,
    EXAMPLE_ID,
    EXAMPLE_PROMPT,
    ID_PATTERN,
    Schema,
    problem_schema,
    reference,
    schemas,
)
from askonce.model.cache import DEFAULT_DATABASE
from askonce.settings import BUNDLED_EMBEDDER

CACHE = "/v1/caches/{cacheId}"

_GUARDED = (401, 403, 404, 424, 429, 500)  # What a call with a key can be answered with.
_WITH_BODY = (400, 413, *_GUARDED)

_ABOUT = """An open, self-hosted semantic cache for LLM answers that speaks the LangCache API.

Bodies are JSON in UTF-8, whatever `Content-Type` says. Members that are not described here are ignored, and
`null` means the same as leaving a member out. A request that is refused changes nothing, and is told
everything that is wrong with it at once.

Every answer carries `X-Request-Id`: the caller's own where it is 1 to 128 visible ASCII characters."""

_MEANINGS = {
    400: "The request breaks a rule; nothing was changed.",
    401: "The key is missing, malformed or unknown.",
    403: "The key does not grant this call on this cache.",
    404: "There is no such cache or entry.",
    405: "The path does not take this method; `Allow` names those it takes.",
    413: "The body is larger than this server takes.",
    424: "Something this server depends on (embedder, storage) failed, or did not answer in time.",
    429: "Too many requests are under way, or this key asks too often; `Retry-After` says when to try again.",
    500: "Something went wrong in the server; its log tells more under the request's id.",
    503: "What keeps caches and keys can not be reached now.",
}


_HEADER_MEANINGS = {
    "X-Request-Id": "Names this request.",
    "RateLimit-Policy": "Where the key has a rate: its quota `q`, free again after `w` seconds of rest.",
    "RateLimit": "Where the key has a rate: the requests `r` that are left; one more in `t` seconds.",
}


def document(
    limits: Limits,
    embedders: Sequence[str] = (BUNDLED_EMBEDDER,),
    databases: Sequence[str] = (DEFAULT_DATABASE,),
) -> Schema:
    administered = control_schemas(embedders, databases)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AskOnce",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [
            {"name": "Entries", "description": "Search, set and remove the answers of a cache."},
            *TAGS,
            *ENTRY_TAGS,
            *KEY_TAGS,
            {"name": "Health", "description": "Whether the server lives and can answer."},
            {"name": "About", "description": "This document."},
        ],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key with a grant on the cache.",
                },
                "admin": {"type": "http", "scheme": "bearer", "description": "An admin token."},
            },
            "parameters": {
                "cacheId": _identifier("cacheId", "The cache."),
                "entryId": _identifier("entryId", "The entry, as the set or a search named it."),
            },
            "headers": {
                name: {"schema": {"type": "string"}, "description": meaning}
                for name, meaning in _HEADER_MEANINGS.items()
            },
            "schemas": {
                **schemas(limits),
                **administered,
                **entry_schemas(limits),
                **key_schemas(),
                **audit_schemas(),
            },
            "responses": {f"Problem{status}": _problem(status) for status in _MEANINGS},
        },
    }


def _paths() -> Schema:
    search = _call(
        "Search", "Finds the entries whose question is the same.", "SearchRequest", "SearchResponse"
    )
    search["responses"]["200"]["content"]["application/json"]["example"] = {"data": [EXAMPLE_HIT]}
    return {
        f"{CACHE}/entries/search": {"post": {**search, "operationId": "search"}},
        f"{CACHE}/search": {
            "post": {
                **search,
                "operationId": "searchOlder",
                "deprecated": True,
                "summary": "Search (older path)",
            }
        },
        f"{CACHE}/conversations/search": {"post": _conversation()},
        f"{CACHE}/entries": {"post": _set(), "delete": _delete_matching(), "get": list_call()},
        f"{CACHE}/entries/{{entryId}}": {"delete": _delete_one(), "get": read_call()},
        f"{CACHE}/flush": {"post": _flush()},
        f"{CACHE}/health": {"get": _cache_health()},
        **control_paths(),
        **move_paths(),
        **key_paths(),
        **admin_paths(),
        **audit_paths(),
        "/health": {"get": _probe("health", "Ready? (short path)")},
        "/health/readiness": {"get": _probe("readiness", "Ready to answer searches?")},
        "/health/liveness": {"get": _probe("liveness", "Does the process answer at all?")},
        "/openapi.json": {"get": _page("openapi", "This document", "application/json", {"type": "object"})},
        "/docs": {"get": _page("docs", "This document as a page", "text/html", {"type": "string"})},
    }


def _call(summary: str, description: str, request: str, answer: str, status: int = 200) -> Schema:
    """A call on a cache that takes a body."""
    return {
        "tags": ["Entries"],
        "summary": summary,
        "description": description,
        "parameters": [{"$ref": "#/components/parameters/cacheId"}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference(request)}}},
        "responses": {str(status): _json(answer), **_problems(_WITH_BODY)},
    }


def _conversation() -> Schema:
    description = (
        "Searches among the entries of the same `context`; without one, among those that have none."
        " `actualPrompt` is what was searched for: today always the prompt."
    )
    call = _call("Search in a conversation", description, "SearchRequest", "ConversationSearchResponse")
    example = {"actualPrompt": EXAMPLE_PROMPT, "data": [EXAMPLE_HIT]}
    call["responses"]["200"]["content"]["application/json"]["example"] = example
    return {**call, "operationId": "conversationalSearch"}


def _set() -> Schema:
    description = "Keeps an answer. Once this has answered, searches find it and a crash does not lose it."
    call = _call("Set", description, "SetRequest", "SetResponse", 201)
    call["responses"]["201"]["content"]["application/json"]["example"] = {"entryId": EXAMPLE_ID}
    return {**call, "operationId": "set"}


def _delete_matching() -> Schema:
    description = (
        "Removes the entries that carry all of the given attributes. Without a body, or with `{}` or"
        ' `{"attributes": {}}`, removes every entry. With the admin token it is a flush, whatever its body.'
    )
    call = _call("Delete by attributes", description, "DeleteRequest", "DeleteResponse")
    call["requestBody"]["required"] = False
    call["responses"]["200"]["content"]["application/json"]["example"] = {"deletedEntriesCount": 3}
    call["responses"]["204"] = _empty("With the admin token: the cache is empty.")
    call["responses"] |= _problems((503,))
    call["security"] = [{"key": []}, {"admin": []}]
    return {**call, "operationId": "deleteQuery"}


def _delete_one() -> Schema:
    return {
        "tags": ["Entries"],
        "operationId": "deleteById",
        "summary": "Delete an entry",
        "description": "Removes one entry. The admin token may, too.",
        "security": [{"key": []}, {"admin": []}],
        "parameters": [
            {"$ref": "#/components/parameters/cacheId"},
            {"$ref": "#/components/parameters/entryId"},
        ],
        "responses": {"204": _empty("It is removed."), **_problems((*_GUARDED, 503))},
    }


def _flush() -> Schema:
    return {
        "tags": ["Entries"],
        "operationId": "flush",
        "summary": "Flush",
        "description": "Removes every entry of the cache.",
        "parameters": [{"$ref": "#/components/parameters/cacheId"}],
        "responses": {"204": _empty("The cache is empty."), **_problems(_GUARDED)},
    }


def _cache_health() -> Schema:
    return {
        "tags": ["Health"],
        "operationId": "cacheHealth",
        "summary": "Health of a cache",
        "description": "Whether searches of this cache can be answered. Needs a key that may search it.",
        "parameters": [{"$ref": "#/components/parameters/cacheId"}],
        "responses": {"200": _json("Health", "It can be used."), **_problems(_GUARDED)},
    }


def _probe(name: str, summary: str) -> Schema:
    responses = {"200": _json("Health", "Yes.", _HEADERS), **_problems((500,))}
    if name != "liveness":
        responses[str(UNAVAILABLE_PROBE)] = _json("Health", "Not now.", _HEADERS)
    return {
        "tags": ["Health"],
        "operationId": name,
        "summary": summary,
        "description": "Needs no key.",
        "security": [],
        "responses": responses,
    }


def _page(name: str, summary: str, media_type: str, schema: Schema) -> Schema:
    answer = {
        "description": summary + ".",
        "headers": _HEADERS,
        "content": {media_type: {"schema": schema}},
    }
    return {
        "tags": ["About"],
        "operationId": name,
        "summary": summary,
        "description": "Needs no key.",
        "security": [],
        "responses": {"200": answer, **_problems((429, 500))},
    }


_HEADERS: Schema = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
_RATED: Schema = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADER_MEANINGS}


def _json(name: str, description: str = "It is done.", headers: Schema = _RATED) -> Schema:
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": {"schema": reference(name)}},
    }


def _empty(description: str) -> Schema:
    return {"description": description, "headers": _RATED}


def _problems(statuses: Sequence[int]) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


def _problem(status: int) -> Schema:
    title = next(known.title for known in CLASSES.values() if known.status == status)
    example: Schema = {
        "title": title,
        "status": status,
        "type": types_of(status)[0],
        "detail": _MEANINGS[status],
        "instance": "4521985b1cf7f395",
    }
    if status == 400:
        fault = {"field": "maxResults", "rule": "range", "message": "maxResults must be from 1 to 1000."}
        example |= {"detail": fault["message"], "fields": [fault]}
    headers = dict(_RATED)
    if status == 429:
        seconds = {"type": "integer", "minimum": 0}
        headers["Retry-After"] = {"schema": seconds, "description": "Seconds to wait.", "required": True}
    return {
        "description": _MEANINGS[status],
        "headers": headers,
        "content": {"application/json": {"schema": problem_schema(status), "example": example}},
    }


def _identifier(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "pattern": ID_PATTERN},
        "example": EXAMPLE_ID,
    }
