"""The calls on a cache: let the caller in, read what is asked, do it, answer.

In that order: nothing of a body is read for a caller without a key to the cache, and nothing is done before
all of it has passed every rule.
"""

from starlette.responses import Response

from askonce.api.exchange import Exchange
from askonce.api.limits import Limits
from askonce.api.wire import answers
from askonce.api.wire.answers import JSON
from askonce.api.wire.requests import read_put, read_removal, read_search
from askonce.model.asker import ASKER
from askonce.model.cache import Cache
from askonce.model.key import Access
from askonce.model.query import Found, Search
from askonce.service.entries import Entries
from askonce.service.gate import Gate
from askonce.service.lookup import Lookup


class DataPlane:
    def __init__(self, gate: Gate, lookup: Lookup, entries: Entries, limits: Limits) -> None:
        self._gate = gate
        self._lookup = lookup
        self._entries = entries
        self._limits = limits

    async def search(self, exchange: Exchange) -> Response:
        search, found = await self._search(exchange)
        return Response(answers.encode_found(found, is_explained=search.is_explained), media_type=JSON)

    async def search_conversation(self, exchange: Exchange) -> Response:
        search, found = await self._search(exchange)
        answer = answers.encode_conversation(search.prompt, found, is_explained=search.is_explained)
        return Response(answer, media_type=JSON)

    async def put(self, exchange: Exchange) -> Response:
        cache = await self._admit(exchange, Access.WRITE)
        put = read_put(await self._body(exchange), cache, self._limits)
        return Response(answers.encode_set(await self._entries.put(cache, put)), 201, media_type=JSON)

    async def remove(self, exchange: Exchange) -> Response:
        cache = await self._admit(exchange, Access.WRITE)
        await self._entries.remove(cache, exchange.parameters["entryId"])
        return Response(status_code=204)

    async def remove_matching(self, exchange: Exchange) -> Response:
        cache = await self._admit(exchange, Access.WRITE)
        attributes = read_removal(await self._body(exchange), cache)
        count = await self._entries.remove_matching(cache, attributes)
        return Response(answers.encode_deleted(count), media_type=JSON)

    async def flush(self, exchange: Exchange) -> Response:
        cache = await self._admit(exchange, Access.WRITE)
        await self._entries.flush(cache)
        return Response(status_code=204)

    async def _search(self, exchange: Exchange) -> tuple[Search, Found]:
        cache = await self._admit(exchange, Access.READ)
        search = read_search(await self._body(exchange), cache, self._limits)
        return search, await self._lookup.search(cache, search)

    async def _admit(self, exchange: Exchange, access: Access) -> Cache:
        cache_id = exchange.parameters["cacheId"]
        ASKER.set(cache_id)
        return await self._gate.admit(exchange.token, cache_id, access, exchange.tell_allowance)

    async def _body(self, exchange: Exchange) -> bytes:
        return await exchange.body(self._limits.max_body_bytes)
