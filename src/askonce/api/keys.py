"""The calls that administer keys, and with other codecs the same calls for admin tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from askonce.api.admission import Admission, json_answer, reached
from askonce.api.exchange import Exchange
from askonce.api.routes import Operation
from askonce.api.wire import keys as wire
from askonce.model.key import Key
from askonce.service.keys import Keys, Minted
from askonce.service.usage import Usage


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of key is called and written."""

    path: str
    parameter: str
    read_new: Callable[[bytes], wire.NewKey]
    encode: Callable[[Key, int | None], bytes]
    encode_all: Callable[[Sequence[tuple[Key, int | None]]], bytes]
    encode_minted: Callable[[Minted], bytes]


API_KEYS = Codec(
    "/v1/api-keys", "keyId", wire.read_new_key, wire.encode_key, wire.encode_keys, wire.encode_minted_key
)
ADMIN_TOKENS = Codec(
    "/v1/admin-tokens",
    "tokenId",
    wire.read_new_admin,
    wire.encode_admin,
    wire.encode_admins,
    wire.encode_minted_admin,
)


class KeyCalls:
    def __init__(self, admission: Admission, keys: Keys, usage: Usage, codec: Codec) -> None:
        self._admission = admission
        self._keys = keys
        self._usage = usage
        self._codec = codec

    def operations(self) -> Sequence[Operation]:
        every, one = self._codec.path, f"{self._codec.path}/{{{self._codec.parameter}}}"
        return [
            Operation("GET", every, self.list_all),
            Operation("POST", every, self.mint, is_write=True),
            Operation("GET", one, self.read),
            Operation("PATCH", one, self.update, is_write=True),
            Operation("DELETE", one, self.revoke, is_write=True),
            Operation("POST", f"{one}/rotate", self.rotate, is_write=True),
        ]

    async def list_all(self, exchange: Exchange) -> Response:
        await self._admission.admit(exchange)
        keys = await reached(self._keys.all())
        return json_answer(self._codec.encode_all([(key, self._usage.last_used_ms(key.id)) for key in keys]))

    async def mint(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        new = self._codec.read_new(await self._admission.body(exchange))
        minted = await reached(self._keys.mint(new.name, new.grants, new.expires_at_ms, caller, new.pace))
        return json_answer(self._codec.encode_minted(minted), 201)

    async def read(self, exchange: Exchange) -> Response:
        await self._admission.admit(exchange)
        return self._told(await reached(self._keys.find(self._id(exchange))))

    async def update(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        edit = wire.edit_of_key(await self._admission.body(exchange))
        return self._told(await reached(self._keys.change(self._id(exchange), edit, caller)))

    async def revoke(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        await reached(self._keys.revoke(self._id(exchange), caller))
        return Response(status_code=204)

    async def rotate(self, exchange: Exchange) -> Response:
        caller = await self._admission.admit(exchange)
        overlap_ms = wire.read_overlap(await self._admission.body(exchange))
        minted = await reached(self._keys.rotate(self._id(exchange), overlap_ms, caller))
        return json_answer(self._codec.encode_minted(minted), 201)

    def _told(self, key: Key) -> Response:
        return json_answer(self._codec.encode(key, self._usage.last_used_ms(key.id)))

    def _id(self, exchange: Exchange) -> str:
        return exchange.parameters[self._codec.parameter]
