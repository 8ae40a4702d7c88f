"""The paths of keys and admin tokens in the OpenAPI document."""

from functools import partial

from askonce.api.openapi_control import Answer, admin_call
from askonce.api.wire.audit import EXAMPLE_ACT, MAX_ACTS, MAX_POSITION
from askonce.api.wire.key_schemas import EXAMPLE_ADMIN, EXAMPLE_KEY, EXAMPLE_TOKEN
from askonce.api.wire.schemas import EXAMPLE_ID, Schema

KEY_TAGS = [
    {
        "name": "Keys",
        "description": (
            "Keys to caches. A token is shown once, when it is made; only its digest is kept. It matches"
            " `ask_[0-9A-Za-z]{49}`, of which the last six are a checksum."
        ),
    },
    {
        "name": "Admin tokens",
        "description": "Several may administer, each with a token of its own. AskOnce only.",
    },
    {"name": "Audit", "description": "Every administrative act, kept for good. AskOnce only."},
]
_EXAMPLE_MINTED: Schema = {"createdAt": 1_795_483_504}


def key_paths() -> Schema:
    key: Answer = ("Key", "The key.", EXAMPLE_KEY)
    keys: Answer = ("KeyList", "Every key.", {"apiKeys": [EXAMPLE_KEY]})
    minted: Answer = (
        "MintedKey",
        "The key and its token.",
        {"keyId": EXAMPLE_ID, "token": f"ask_{EXAMPLE_TOKEN}", **_EXAMPLE_MINTED},
    )
    return _paths("/v1/api-keys", "keyId", "Keys", "key", "Key", key, keys, minted)


def admin_paths() -> Schema:
    token: Answer = ("AdminToken", "The admin token.", EXAMPLE_ADMIN)
    tokens: Answer = ("AdminTokenList", "Every admin token.", {"adminTokens": [EXAMPLE_ADMIN]})
    minted: Answer = (
        "MintedAdminToken",
        "It, to be shown once.",
        {"tokenId": EXAMPLE_ID, "token": f"askadmin_{EXAMPLE_TOKEN}", **_EXAMPLE_MINTED},
    )
    return _paths(
        "/v1/admin-tokens", "tokenId", "Admin tokens", "admin token", "AdminToken", token, tokens, minted
    )


def audit_paths() -> Schema:
    parameters = [
        _number("limit", "The most acts to answer with.", MAX_ACTS),
        _number("before", "Acts below this position: the least one of the page before.", MAX_POSITION),
    ]
    acts: Answer = ("ActList", "The latest first.", {"acts": [EXAMPLE_ACT]})
    call = admin_call(
        "listActs", "Read the audit log", "Who administered what, when, from where.", 200, acts, tag="Audit"
    )
    call["parameters"] = parameters
    call["responses"]["400"] = {"$ref": "#/components/responses/Problem400"}
    return {"/v1/audit": {"get": call}}


def _number(name: str, description: str, most: int) -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": most}
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _paths(
    path: str, parameter: str, tag: str, noun: str, name: str, one: Answer, every: Answer, minted: Answer
) -> Schema:
    which = [
        {
            "name": parameter,
            "in": "path",
            "required": True,
            "description": f"The {noun}.",
            "schema": {"type": "string"},
            "example": EXAMPLE_ID,
        }
    ]
    a_noun = f"a{'n' if noun[0] in 'aeiou' else ''} {noun}"
    made = "The token is shown only now."
    rotated = "Gives it a new token. The former ones stop at once, or work on for `overlapMillis`."
    call = partial(admin_call, tag=tag)
    return {
        path: {
            "get": call(f"list{name}s", f"List {noun}s", "Without their tokens.", 200, every),
            "post": call(f"mint{name}", f"Mint {a_noun}", made, 201, minted, body=f"New{name}"),
        },
        f"{path}/{{{parameter}}}": {
            "get": call(f"get{name}", f"Read {a_noun}", "Without its token.", 200, one, which),
            "patch": call(
                f"update{name}", f"Change {a_noun}", _CHANGES, 200, one, which, body=f"{name}Changes"
            ),
            "delete": call(f"revoke{name}", f"Revoke {a_noun}", _REVOKES, 204, None, which),
        },
        f"{path}/{{{parameter}}}/rotate": {
            "post": call(f"rotate{name}", f"Rotate {a_noun}", rotated, 201, minted, which, body="Rotation")
        },
    }


_CHANGES = "Changes what is named and leaves the rest; the next request sees it."
_REVOKES = "It is gone, and every request after this with a token of it is refused."
