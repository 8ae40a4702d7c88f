"""The OpenAPI document as one page for people: no script, no font, no address outside this server.

Every text from the document is escaped on its way in, so that nothing in it can become markup.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from askonce.api.wire.schemas import Schema

PAGE_TYPE = "text/html; charset=utf-8"
# The page needs its own style and nothing else; a browser is told so.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --quiet: #666; --accent: #0b6e4f; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --accent: #5fd0a5; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 2rem 1rem 6rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 3.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 3rem 0 .3rem; } h4 { margin: 1.2rem 0 .3rem; font-size: 1rem; }
a { color: var(--accent); } nav ul { columns: 2 20rem; padding-left: 1.2rem; }
code, pre { font: 14px/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto;
  padding: .8rem; margin: .4rem 0; }
.call { font: 600 15px ui-monospace, monospace; overflow-wrap: anywhere; }
.call b { color: var(--accent); } .quiet { color: var(--quiet); }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left;
  vertical-align: top; } th { color: var(--quiet); font-weight: 500; }
"""


def docs_page(document: Schema) -> str:
    info = document["info"]
    calls = list(_calls(document))
    sections = [_section(document, tag, calls) for tag in document["tags"]]
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body>"
    )
    top = (
        f'<h1>{escape(info["title"])} API</h1><p class="quiet">Version {escape(info["version"])} ·'
        ' <a href="openapi.json">openapi.json</a></p>'
    )
    errors = f'<section><h2 id="errors">Errors</h2>{_errors(document)}</section>'
    return (
        f"{head}{top}{_prose(info['description'])}{_contents(calls)}{''.join(sections)}{errors}</body></html>"
    )


def _calls(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            yield method.upper(), path, call


def _contents(calls: list[tuple[str, str, Schema]]) -> str:
    lines = [
        f'<li><a href="#{escape(call["operationId"])}">{escape(call["summary"])}</a></li>'
        for _, _, call in calls
    ]
    return f'<nav aria-label="Contents"><ul>{"".join(lines)}<li><a href="#errors">Errors</a></li></ul></nav>'


def _section(document: Schema, tag: Schema, calls: list[tuple[str, str, Schema]]) -> str:
    shown = [_call(document, *call) for call in calls if tag["name"] in call[2]["tags"]]
    return f"<section><h2>{escape(tag['name'])}</h2>{_prose(tag['description'])}{''.join(shown)}</section>"


def _call(document: Schema, method: str, path: str, call: Schema) -> str:
    parts = [
        f'<article><h3 id="{escape(call["operationId"])}">{escape(call["summary"])}</h3>',
        f'<p class="call"><b>{method}</b> {escape(path)}</p>',
        _prose(call["description"]),
        f"<pre>{escape(_curl(document, method, path, call))}</pre>",
    ]
    if "requestBody" in call:
        schema = _request(document, call)
        parts.append(f"<h4>Body</h4>{_fields(document, schema)}")
    statuses = ", ".join(sorted(status for status in call["responses"] if int(status) >= 400))
    for status, answer in call["responses"].items():
        if int(status) < 400:
            parts.append(_answer(document, status, answer))
    return f'{"".join(parts)}<p class="quiet">Errors: {statuses or "none"}.</p></article>'


def _answer(document: Schema, status: str, answer: Schema) -> str:
    parts = [f"<h4>{status} · {_marked(answer['description'])}</h4>"]
    for content in answer.get("content", {}).values():
        schema = _resolved(document, content["schema"])
        if "properties" in schema:
            parts.append(_fields(document, schema))
        if "example" in content:
            parts.append(f"<pre>{escape(json.dumps(content['example'], indent=2))}</pre>")
    return "".join(parts)


def _errors(document: Schema) -> str:
    rows = []
    for response in document["components"]["responses"].values():
        content = response["content"]["application/json"]
        example = json.dumps(content["example"], indent=2)
        types = ", ".join(
            f"<code>{escape(one)}</code>" for one in content["schema"]["properties"]["type"]["enum"]
        )
        status = content["schema"]["properties"]["status"]["const"]
        rows.append(f"<h4>{status} · {_marked(response['description'])}</h4><p>{types}</p>")
        if status == 400:
            rows.append(f"{_fields(document, content['schema'])}<pre>{escape(example)}</pre>")
    return "".join(rows)


def _fields(document: Schema, schema: Schema) -> str:
    rows = []
    for name, listed in _members(document, schema, ""):
        field = _resolved(document, listed)
        meanings = dict.fromkeys(one["description"] for one in (listed, field) if "description" in one)
        meaning = _marked(" ".join(meanings))
        kind, rule = escape(_kind(document, listed)), escape(_rule(document, listed))
        rows.append(
            f"<tr><td><code>{escape(name)}</code></td><td>{kind}</td><td>{rule}</td><td>{meaning}</td></tr>"
        )
    header = "<tr><th>Field</th><th>Type</th><th>Rule</th><th>Meaning</th></tr>"
    return f'<div class="table"><table>{header}{"".join(rows)}</table></div>'


def _members(document: Schema, schema: Schema, prefix: str) -> Iterator[tuple[str, Schema]]:
    """The fields of an object, and of the objects in an array of it."""
    required = schema.get("required", ())
    for name, listed in schema["properties"].items():
        yield f"{prefix}{name}", {**listed, "required_here": name in required}
        items = _resolved(document, _resolved(document, listed).get("items", {}))
        if "properties" in items:
            yield from _members(document, items, f"{prefix}{name}[].")


def _kind(document: Schema, listed: Schema) -> str:
    field = _resolved(document, listed)
    if "enum" in field or "const" in field:
        return "string" if "enum" in field else "integer"
    kind = field.get("type", "")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _rule(document: Schema, listed: Schema) -> str:
    field = _resolved(document, listed)
    rules = ["required"] if listed.get("required_here") else []
    if "enum" in field:
        rules.append("one of " + ", ".join(map(str, field["enum"])))
    if "items" in field and "enum" in field["items"]:
        rules.append("of " + ", ".join(field["items"]["enum"]))
    for low, high, unit in _BOUNDS:
        rules += _bounds(field, low, high, unit)
    if "pattern" in field:
        rules.append(f"matches {field['pattern']}")
    return "; ".join(rules)


_BOUNDS = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
    ("minProperties", "maxProperties", " members"),
)


def _bounds(field: Schema, low: str, high: str, unit: str) -> list[str]:
    least, most = field.get(low), field.get(high)
    if least is not None and most is not None:
        return [f"{least} to {most}{unit}"]
    if least is not None:
        return [f"{least} or more{unit}"]
    return [f"up to {most}{unit}"] if most is not None else []


def _resolved(document: Schema, schema: Schema) -> Schema:
    """`schema` with its reference, or the first of its alternatives, in its place."""
    if "anyOf" in schema and "properties" not in schema:
        return _resolved(document, schema["anyOf"][0])
    if "$ref" not in schema:
        return schema
    target: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return _resolved(document, target)


def _request(document: Schema, call: Schema) -> Schema:
    """Of the one media type that a call takes; where it takes lines, of one of them."""
    (content,) = call["requestBody"]["content"].values()
    return _resolved(document, content["schema"])


def _curl(document: Schema, method: str, path: str, call: Schema) -> str:
    shown = path.replace("{cacheId}", "$CACHE_ID").replace("{entryId}", "$ENTRY_ID")
    shown = shown.replace("{keyId}", "$KEY_ID").replace("{tokenId}", "$TOKEN_ID")
    start = (
        "curl"
        if method in ("GET", "POST") and ("requestBody" in call or method == "GET")
        else f"curl -X {method}"
    )
    lines = [f'{start} "$ASKONCE_URL{shown}"']
    security = call.get("security", document["security"])
    if security:
        token = "$ADMIN_TOKEN" if "admin" in security[0] else "$API_KEY"
        lines.append(f'-H "Authorization: Bearer {token}"')
    if "requestBody" in call:
        example = json.dumps(_request(document, call)["examples"][0])
        lines.append("-d '" + example.replace("'", "'\\''") + "'")
    return " \\\n  ".join(lines)


def _prose(text: str) -> str:
    return "".join(f"<p>{_marked(paragraph)}</p>" for paragraph in text.split("\n\n"))


def _marked(text: str) -> str:
    """Escaped, with `code` as code: all the Markdown that the document uses."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
