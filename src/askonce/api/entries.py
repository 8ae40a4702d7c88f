"""The calls by which an operator looks at the entries of a cache and moves them, all by the admin token.

No key reaches them, whatever it grants: a key finds what it asks for, in the context that it names, and these
calls show every entry, in whatever conversation it was set.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

from starlette.responses import Response, StreamingResponse

from askonce.api import query
from askonce.api.admission import Admission, json_answer, reached
from askonce.api.control import CACHE
from askonce.api.exchange import Exchange
from askonce.api.limits import Limits
from askonce.api.routes import Handler, Operation
from askonce.api.wire import entries as wire
from askonce.api.wire.control import encode_cache
from askonce.api.wire.faults import Faults
from askonce.api.wire.fields import Fields
from askonce.api.wire.json_lines import MEDIA_TYPE, Lines, Writer, encode_taken_in
from askonce.errors import Refusal, UnknownPath
from askonce.model.browsing import Order, Selection
from askonce.model.cache import Cache
from askonce.service.control import Control
from askonce.service.stock import Stock

log = logging.getLogger(__name__)

# `:path`, because the data plane has it so, and a path has one spelling.
ENTRY = f"{CACHE}/entries/{{entryId:path}}"
LINES_AT_ONCE = 8  # A millisecond or so of reading or writing, then the requests of others get their turn.


class EntryCalls:
    def __init__(self, admission: Admission, control: Control, stock: Stock, limits: Limits) -> None:
        self._admission = admission
        self._control = control
        self._stock = stock
        self._limits = limits

    def operations(self) -> Sequence[Operation]:
        """All but the deletion, which shares its path with the data plane (`delete_entry`)."""
        return [
            Operation("GET", f"{CACHE}/entries", self.list_some),
            Operation("GET", ENTRY, self.read),
            Operation("GET", f"{CACHE}/export", self.export),
            Operation("POST", f"{CACHE}/import", self.take_in, is_write=True),
        ]

    async def list_some(self, exchange: Exchange) -> Response:
        await self._admission.admit(exchange)
        limit = query.integer(exchange.scope, "limit", least=1, most=wire.MAX_ENTRIES)
        cursor = query.text(exchange.scope, "cursor", most=wire.MAX_CURSOR_CHARS)
        selection = _selection(exchange)
        cache = await self._cache(exchange)
        page = self._stock.page(cache, selection, cursor, limit or wire.DEFAULT_ENTRIES)
        return json_answer(wire.encode_page(await reached(page)))

    async def read(self, exchange: Exchange) -> Response:
        if not exchange.parameters["entryId"].rpartition("/")[2]:
            raise UnknownPath("There is nothing at this path. The paths here do not end in a slash.")
        await self._admission.admit(exchange)
        cache = await self._cache(exchange)
        entry = self._stock.entry(cache, exchange.parameters["entryId"])
        return json_answer(wire.encode_entry(await reached(entry)))

    async def remove(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        cache = await self._cache(exchange)
        await reached(self._stock.remove(cache, exchange.parameters["entryId"], caller))
        return Response(status_code=204)

    def delete_entry(self, by_key: Handler) -> Handler:
        """One path for both: a key of the cache, and the admin token."""

        async def handle(exchange: Exchange) -> Response:
            return await (self.remove if await self._admission.is_admin(exchange) else by_key)(exchange)

        return handle

    async def export(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        cache = await self._cache(exchange)
        if exchange.method == "HEAD":
            return Response(media_type=MEDIA_TYPE)
        report = await reached(self._control.report(cache.id))
        await reached(self._stock.begin_to_take_out(cache, caller))
        writer = Writer()
        header = writer.header(cache, encode_cache(report), report.size.entries, self._stock.now_ms())
        return StreamingResponse(
            self._lines(cache, writer, header, report.size.entries), media_type=MEDIA_TYPE
        )

    async def take_in(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        cache = await self._cache(exchange)
        lines = Lines(await self._admission.body(exchange), cache, self._limits, self._stock.now_ms())
        for number, _ in enumerate(lines.read()):
            if number % LINES_AT_ONCE == 0:
                await asyncio.sleep(0)
        taken = await reached(self._stock.take_in(cache, lines.arrivals(), caller))
        return json_answer(encode_taken_in(taken))

    async def _lines(
        self, cache: Cache, writer: Writer, header: bytes, expected: int
    ) -> AsyncIterator[bytes]:
        yield header
        try:
            async for page in self._stock.taken_out(cache, expected):
                for start in range(0, len(page), LINES_AT_ONCE):
                    yield writer.entries(page[start : start + LINES_AT_ONCE])
                    await asyncio.sleep(0)
        except Refusal as refusal:
            # The status is sent already. Whoever reads this misses the trailer.
            log.warning("an export broke off", extra={"cache_id": cache.id, "reason": str(refusal)})
            return
        yield writer.trailer()

    async def _cache(self, exchange: Exchange) -> Cache:
        return await reached(self._stock.cache(exchange.parameters["cacheId"]))


def _selection(exchange: Exchange) -> Selection:
    faults = Faults()
    given: dict[str, object] = {
        "attributes": query.members(exchange.scope, "attributes", most=wire.MAX_QUERY_CHARS)
    }
    attributes = Fields(given, faults).attributes("attributes")
    faults.raise_if_any()
    return Selection(
        order=Order(query.choice(exchange.scope, "order", wire.ORDERS) or Order.NEWEST),
        prefix=query.text(exchange.scope, "prefix", most=wire.MAX_QUERY_CHARS) or "",
        attributes=attributes,
    )
