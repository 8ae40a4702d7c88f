"""The least an HTTP server of ours can cost: the same stack, a search's JSON in, an answer's JSON out."""

from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

RESPONSE = "x" * 1_024


def answer(search: Any) -> bytes:
    """A hit of the shape that a search answers with."""
    entry = {
        "id": "0" * 32,
        "prompt": search["prompt"],
        "response": RESPONSE,
        "attributes": {},
        "similarity": 1.0,
        "searchStrategy": "exact",
    }
    return _encode({"data": [entry]})


def starlette_echo() -> Starlette:
    async def echo(request: Request) -> Response:
        return Response(answer(_decode(await request.body())), media_type="application/json")

    return Starlette(routes=[Route("/v1/caches/{cache_id}/entries/search", echo, methods=["POST"])])


def bare_echo() -> Any:
    """The same without a framework."""

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        content = answer(_decode(body))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app
