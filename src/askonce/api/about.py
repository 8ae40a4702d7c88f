"""The pages about the API itself, made once at the start: /openapi.json and /docs."""

from collections.abc import Sequence

from starlette.responses import Response

from askonce.api.docs_page import PAGE_POLICY, PAGE_TYPE, docs_page
from askonce.api.exchange import Exchange
from askonce.api.limits import Limits
from askonce.api.openapi import document
from askonce.api.wire.answers import JSON, encode_document


class About:
    def __init__(self, limits: Limits, embedders: Sequence[str], databases: Sequence[str]) -> None:
        described = document(limits, embedders, databases)
        self._document = encode_document(described)
        self._page = docs_page(described).encode("utf-8")

    async def openapi(self, _exchange: Exchange) -> Response:
        return Response(self._document, media_type=JSON)

    async def docs(self, _exchange: Exchange) -> Response:
        headers = {"Content-Security-Policy": PAGE_POLICY, "X-Content-Type-Options": "nosniff"}
        return Response(self._page, headers=headers, media_type=PAGE_TYPE)
