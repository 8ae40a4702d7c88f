"""One request to an OpenAI-compatible `/v1/embeddings` endpoint: retried, translated, and checked on its
return.

Invariants: nothing is believed of an answer that was not checked (as many vectors as texts, each in its place
by `index`, of the right length, finite, not zero); and no message or chained exception holds a text, the key
or a body that might repeat them.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx2
import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.stop import stop_after_attempt, stop_any, stop_before_delay
from tenacity.wait import wait_exponential, wait_random

from askonce.embed.batches import BatchRefused
from askonce.embed.vectors import unit
from askonce.errors import EmbedderOverloaded, EmbedderUnauthorized, EmbedderUnavailable
from askonce.ports import Vector

# The first pause is about one answer of a busy provider; at most as long as a caller of a cache would wait.
BACKOFF = wait_exponential(multiplier=0.1, max=2.0) + wait_random(0, 0.1)
# A component is written in 25 characters at most, with its comma and a pretty printer's spaces; twice that is
# room enough, and an endless answer is cut short.
COMPONENT_BYTES = 50
ENVELOPE_BYTES = 65_536


class _Row(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Row]


class _Request(msgspec.Struct, omit_defaults=True):
    model: str
    input: Sequence[str]
    encoding_format: Literal["float"] | None = None
    dimensions: int | None = None


class _Passing(Exception):
    """A failure that may be over at the next try. `after_s` is when the endpoint said that would be."""

    def __init__(self, failure: EmbedderUnavailable, after_s: float | None = None) -> None:
        self.failure = failure
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class EmbeddingsResource:
    """`POST url`, with `retries` tries after the first."""

    client: httpx2.AsyncClient
    url: httpx2.URL
    model: str
    dimensions: int
    send_dimensions: bool
    retries: int

    async def vectors_of(self, texts: Sequence[str], deadline: float) -> Sequence[Vector]:
        """One unit vector for each text, in order. No try begins after `deadline`, a time of the loop's
        clock.
        """
        left_s = deadline - asyncio.get_running_loop().time()
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_any(stop_after_attempt(self.retries + 1), stop_before_delay(left_s)),
            wait=_pause_s,
            reraise=True,
        )
        try:
            return await retrying(self._try, texts)
        except _Passing as passing:
            raise passing.failure from None

    async def _try(self, texts: Sequence[str]) -> Sequence[Vector]:
        request = _Request(
            self.model, texts, "float", dimensions=self.dimensions if self.send_dimensions else None
        )
        most_bytes = ENVELOPE_BYTES + COMPONENT_BYTES * self.dimensions * len(texts)
        try:
            async with self.client.stream("POST", self.url, content=msgspec.json.encode(request)) as response:
                _check_status(response)
                body = await _read(response, most_bytes)
        # From None: the exceptions of a client can quote headers and bodies.
        except httpx2.TransportError as error:
            kind = type(error).__name__
            raise _Passing(EmbedderUnavailable(f"The embedding endpoint failed: {kind}.")) from None
        except httpx2.HTTPError as error:
            kind = type(error).__name__
            raise BatchRefused(f"The embedding endpoint answered out of protocol: {kind}.") from None
        return _vectors_in(body, len(texts), self.dimensions)


def _check_status(response: httpx2.Response) -> None:
    status = response.status_code
    said = f"The embedding endpoint answered {status}."
    if status == 200:
        return
    if status in (401, 403):
        raise EmbedderUnauthorized(said)
    if status == 429:
        raise _Passing(EmbedderOverloaded(said), _retry_after_s(response))
    if status == 408 or status >= 500:
        raise _Passing(EmbedderUnavailable(said), _retry_after_s(response))
    if status in (400, 413, 422):  # Too long a text, too many, or one that it can not take.
        raise BatchRefused(said)
    raise EmbedderUnavailable(said)


async def _read(response: httpx2.Response, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most_bytes:
            raise BatchRefused("The embedding endpoint's answer is larger than any answer can be.")
    return bytes(body)


def _vectors_in(body: bytes, texts: int, dimensions: int) -> Sequence[Vector]:
    try:
        rows = msgspec.json.decode(body, type=_Answer).data
    except msgspec.DecodeError:
        raise BatchRefused("The embedding endpoint's answer is not one of this protocol.") from None
    if sorted(row.index for row in rows) != list(range(texts)):
        raise BatchRefused(f"The embedding endpoint gave other vectors than one for each of {texts} texts.")
    if any(len(row.embedding) != dimensions for row in rows):
        raise BatchRefused(f"The embedding endpoint's vectors do not have {dimensions} dimensions, as set.")
    try:
        return [unit(row.embedding) for row in sorted(rows, key=lambda row: row.index)]
    except ValueError:
        raise BatchRefused("The embedding endpoint gave a vector without a direction.") from None


def _pause_s(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, _Passing) and failure.after_s is not None:
        return failure.after_s
    return BACKOFF(state)


def _retry_after_s(response: httpx2.Response) -> float | None:
    """What `Retry-After` asks for, which is seconds or a date; None if there is none that reads."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
