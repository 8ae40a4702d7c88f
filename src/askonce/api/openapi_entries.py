"""The paths by which an operator sees and moves entries, in the OpenAPI document."""

from askonce.api.openapi_control import Answer, admin_call
from askonce.api.wire.entries import (
    DEFAULT_ENTRIES,
    EXAMPLE_ENTRY,
    MAX_CURSOR_CHARS,
    MAX_ENTRIES,
    MAX_QUERY_CHARS,
    ORDERS,
)
from askonce.api.wire.json_lines import MEDIA_TYPE
from askonce.api.wire.schemas import Schema, reference

ENTRY_TAGS = [
    {
        "name": "Contents",
        "description": "What is in a cache: listed, read, exported and imported. These calls take the admin"
        " token, and no key: they show every entry, in whatever conversation it was set. AskOnce only.",
    }
]
_TAG = "Contents"
_CACHE = {"$ref": "#/components/parameters/cacheId"}
_ENTRY = {"$ref": "#/components/parameters/entryId"}
_BAD_REQUEST = {"$ref": "#/components/responses/Problem400"}


def list_call() -> Schema:
    page: Answer = ("EntryPage", "A page.", {"entries": [EXAMPLE_ENTRY], "nextCursor": "1203"})
    call = admin_call("listEntries", "List entries", _LIST, 200, page, [_CACHE, *_SELECTION], tag=_TAG)
    call["responses"]["400"] = _BAD_REQUEST
    return call


def read_call() -> Schema:
    entry: Answer = ("Entry", "The entry.", EXAMPLE_ENTRY)
    return admin_call("getEntry", "Read an entry", "As it is kept.", 200, entry, [_CACHE, _ENTRY], tag=_TAG)


def move_paths() -> Schema:
    taken_in: Answer = ("TakenIn", "All of it is stored.", {"stored": 250, "embedded": 0, "over": 3})
    import_call = admin_call("importEntries", "Import entries", _IMPORT, 200, taken_in, [_CACHE], tag=_TAG)
    import_call["responses"] |= {
        "400": _BAD_REQUEST,
        "413": {"$ref": "#/components/responses/Problem413"},
    }
    content = {MEDIA_TYPE: {"schema": reference("ImportLine")}}
    import_call["requestBody"] = {"required": True, "description": "Lines of JSON.", "content": content}
    export_call = admin_call("exportEntries", "Export entries", _EXPORT, 200, None, [_CACHE], tag=_TAG)
    export_call["responses"]["200"]["content"] = {MEDIA_TYPE: {"schema": {"type": "string"}}}
    return {
        "/v1/caches/{cacheId}/export": {"get": export_call},
        "/v1/caches/{cacheId}/import": {"post": import_call},
    }


def _parameter(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_LIST = (
    "The live entries of a cache, page by page. Setting an entry again makes it the newest. While others"
    " write, no entry comes twice, and every one comes that was there at the first page and is neither set"
    " again nor removed before its turn."
)
_EXPORT = (
    "Every live entry with its vector, as JSON Lines, the oldest first: a header, a line for each, and a"
    " last line that counts them and has the SHA-256 of all before it; without it the export was cut off. An"
    " entry that is set again meanwhile comes again, as it is then."
)
_IMPORT = (
    "Stores entries given as JSON Lines: an export, or lines of one with its header before them, or lines"
    " that hold no more than `prompt` and `response`, and where wanted `attributes`, `ttlMillis`,"
    " `createdAt`, `expiresAt`. Ids, times and contexts of an export are kept. So are its vectors where the"
    " header names the cache's own embedder; all others are embedded anew. If a line breaks a rule nothing is"
    " stored, and every such line is told."
)
_SELECTION: list[Schema] = [
    _parameter(
        "limit",
        "The most entries on the page.",
        {"type": "integer", "minimum": 1, "maximum": MAX_ENTRIES, "default": DEFAULT_ENTRIES},
    ),
    _parameter(
        "cursor",
        "The `nextCursor` of the page before, of the same order.",
        {"type": "string", "maxLength": MAX_CURSOR_CHARS, "pattern": "^[0-9]{1,19}(-[0-9]{1,19})?$"},
    ),
    _parameter("order", "By when they were set.", {"enum": list(ORDERS), "default": ORDERS[0]}),
    _parameter(
        "prefix",
        "How the prompt begins, whatever its case.",
        {"type": "string", "maxLength": MAX_QUERY_CHARS},
    ),
    _parameter(
        "attributes.NAME",
        "The value that the attribute NAME must have; any number of different names.",
        {"type": "string", "minLength": 1, "maxLength": MAX_QUERY_CHARS},
    ),
]
