"""The JSON of keys and admin tokens as JSON Schema. Every bound is the constant that the validation uses."""

from askonce.api.wire.keys import (
    ACTIONS,
    LAST_SECOND,
    MAX_GRANTS,
    MAX_KEY_NAME_CHARS,
    MAX_OVERLAP_MS,
    MAX_RESOURCE_CHARS,
    PRODUCT,
    RESOURCE_TYPE,
)
from askonce.api.wire.schemas import EXAMPLE_ID, Schema, object_schema, reference
from askonce.model.key import EVERY_CACHE
from askonce.model.pace import LEAST_PER_SECOND, MAX_BURST, MAX_PER_SECOND

EXAMPLE_GRANT: Schema = {
    "product": PRODUCT,
    "resourceType": RESOURCE_TYPE,
    "resourceId": EXAMPLE_ID,
    "actions": ["read"],
}
EXAMPLE_TOKEN = "0" * 43 + "0a1b2C"
EXAMPLE_TIMES: Schema = {"createdAt": 1_795_483_504, "expiresAt": None, "lastUsedAt": 1_795_487_400}
EXAMPLE_KEY: Schema = {"keyId": EXAMPLE_ID, "name": "web shop", "grants": [EXAMPLE_GRANT], **EXAMPLE_TIMES}
EXAMPLE_KEY |= {"requestsPerSecond": 50, "burst": 100}
EXAMPLE_ADMIN: Schema = {"tokenId": EXAMPLE_ID, "name": "operations", **EXAMPLE_TIMES}


def key_schemas() -> Schema:
    return {
        "NewKey": {
            "type": "object",
            "required": ["name", "grants"],
            "properties": {"name": _NAME, "grants": _GRANTS, "expiresAt": _NEW_EXPIRY, **_NEW_PACE},
            "examples": [{"name": "web shop", "grants": [EXAMPLE_GRANT]}],
        },
        "KeyChanges": {
            "type": "object",
            "properties": {
                "name": {**_NAME, "type": ["string", "null"]},
                "grants": {**_GRANTS, "type": ["array", "null"]},
                "expiresAt": _NEW_EXPIRY,
                **_NEW_PACE,
            },
            "examples": [{"name": "web shop, reading only", "grants": [EXAMPLE_GRANT]}],
        },
        "NewAdminToken": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": _NAME, "expiresAt": _NEW_EXPIRY},
            "examples": [{"name": "operations"}],
        },
        "AdminTokenChanges": {
            "type": "object",
            "properties": {"name": {**_NAME, "type": ["string", "null"]}, "expiresAt": _NEW_EXPIRY},
            "examples": [{"expiresAt": 1_798_761_600}],
        },
        "Rotation": _ROTATION,
        "Grant": _GRANT,
        "Key": _told({"keyId": _ID, "name": _TOLD_NAME, "grants": _TOLD_GRANTS, **_TOLD_PACE}),
        "KeyList": object_schema({"apiKeys": {"type": "array", "items": reference("Key")}}),
        "MintedKey": _minted("keyId"),
        "AdminToken": _told({"tokenId": _ID, "name": _TOLD_NAME}),
        "AdminTokenList": object_schema({"adminTokens": {"type": "array", "items": reference("AdminToken")}}),
        "MintedAdminToken": _minted("tokenId"),
    }


def _told(properties: Schema) -> Schema:
    told = object_schema({**properties, **_TIMES})
    told["properties"]["formerTokenExpiresAt"] = {
        "type": "integer",
        "description": "After a rotation: until when a former token works. AskOnce only.",
    }
    return told


def _minted(parameter: str) -> Schema:
    return object_schema(
        {
            parameter: _ID,
            "token": {"type": "string", "description": "What the caller sends. Shown only now."},
            "createdAt": {"type": "integer", "description": "Seconds since the epoch."},
        }
    )


_ID: Schema = {"type": "string", "description": "Names it; never secret."}
_TOLD_NAME: Schema = {"type": "string", "description": "What people call it."}
_NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_KEY_NAME_CHARS,
    "description": "What people call it.",
}
_NEW_EXPIRY: Schema = {
    "type": ["integer", "null"],
    "minimum": 0,
    "maximum": LAST_SECOND,
    "description": "When it ends, in seconds since the epoch; `null`: never. AskOnce only.",
}
_NEW_PACE: Schema = {
    "requestsPerSecond": {
        "type": ["number", "null"],
        "minimum": LEAST_PER_SECOND,
        "maximum": MAX_PER_SECOND,
        "description": "How often it may ask; `null`: as often as the server answers. AskOnce only.",
    },
    "burst": {
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": MAX_BURST,
        "description": "How often at once after a rest. Default: `requestsPerSecond`. AskOnce only.",
    },
}
_TOLD_PACE: Schema = {
    "requestsPerSecond": {"type": ["number", "null"], "description": "How often it may ask. AskOnce only."},
    "burst": {"type": ["integer", "null"], "description": "How often at once. AskOnce only."},
}
_GRANTS: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_GRANTS,
    "items": reference("Grant"),
    "description": "What it may do, and in which caches.",
}
_TOLD_GRANTS: Schema = {"type": "array", "items": reference("Grant"), "description": "What it may do."}
_GRANT: Schema = {
    "type": "object",
    "required": ["resourceId", "actions"],
    "properties": {
        "product": {"enum": [PRODUCT, None], "description": "There is one."},
        "resourceType": {"enum": [RESOURCE_TYPE, None], "description": "There is one."},
        "resourceId": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_RESOURCE_CHARS,
            "description": f"The id of a cache that is there, or `{EVERY_CACHE}` for every cache.",
        },
        "actions": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": list(ACTIONS)},
            "description": "`read` searches; `write` sets, deletes and flushes too; `full` includes both.",
        },
    },
}
_TIMES: Schema = {
    "createdAt": {"type": "integer", "description": "Seconds since the epoch."},
    "expiresAt": {"type": ["integer", "null"], "description": "When it ends; null: never. AskOnce only."},
    "lastUsedAt": {
        "type": ["integer", "null"],
        "description": "When it was last let in; null: never. AskOnce only.",
    },
}
_ROTATION: Schema = {
    "type": "object",
    "properties": {
        "overlapMillis": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": MAX_OVERLAP_MS,
            "default": 0,
            "description": "How long the former token works beside the new one. AskOnce only.",
        }
    },
    "examples": [{"overlapMillis": 86_400_000}],
}
