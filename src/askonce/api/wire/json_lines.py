"""Entries as JSON Lines: what is exported, and what is imported from that or from plainer lines.

An export is a header, a line for each entry, and a trailer that counts and digests all that is before it, so
that a cut-off file is told from a whole one. The header names the embedder; a line carries its vector in
base64 (float32, lowest byte first), or null where the embedder could not read its prompt.

An import is any number of such lines. Only `prompt` and `response` are needed. A header before them says
whose vectors they carry. A trailer is checked; a header that announces one needs it.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np

from askonce.api.limits import Limits
from askonce.api.wire.entries import EPOCH, time_of
from askonce.api.wire.faults import Faults, FaultsWithin
from askonce.api.wire.fields import Fields
from askonce.api.wire.json_text import parse_object
from askonce.errors import InvalidRequest
from askonce.model.browsing import EXPORT_FORMAT as FORMAT
from askonce.model.cache import Cache
from askonce.model.canonical import canonical
from askonce.model.entry import MAX_TTL_MS, NO_CONTEXT, Entry, entry_id
from askonce.ports import Kept, Vector
from askonce.service.framing import framed
from askonce.service.stock import Arrival, TakenIn

MEDIA_TYPE = "application/x-ndjson"
LENGTH_TOLERANCE = 1e-3  # As the engine's, which would refuse all of it where this refuses the line.
MAX_MS = 253_402_300_799_999  # The last millisecond of 9999, after which no time can be written.
_CONTEXT = re.compile(r"([0-9a-f]{32})?")
_VECTOR_TYPE = np.dtype("<f4")
_encode = msgspec.json.Encoder().encode


class _Embedder(msgspec.Struct):
    model: str
    dimensions: int
    digest: str


class _Header(msgspec.Struct, rename="camel"):
    format: str
    exported_at: datetime
    embedder: _Embedder
    entries: int
    cache: msgspec.Raw


class _Line(msgspec.Struct, rename="camel"):
    id: str
    prompt: str
    response: str
    attributes: Mapping[str, str]
    context: str
    created_at: datetime
    expires_at: datetime | None
    vector: str | None


class _Trailer(msgspec.Struct):
    end: bool
    entries: int
    sha256: str


class _TakenIn(msgspec.Struct):
    stored: int
    embedded: int
    over: int


class Writer:
    """Writes one export, piece by piece, and keeps count of it for the trailer."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._entries = 0

    def header(self, cache: Cache, configuration: bytes, entries: int, now_ms: int) -> bytes:
        """`entries` is how many there are as it begins, `configuration` the cache as the API tells it."""
        known = cache.fingerprint
        embedder = _Embedder(known.model, known.dimensions, known.digest)
        return self._line(_Header(FORMAT, time_of(now_ms), embedder, entries, msgspec.Raw(configuration)))

    def entries(self, kept: Sequence[Kept]) -> bytes:
        self._entries += len(kept)
        return b"".join(self._line(_line(one)) for one in kept)

    def trailer(self) -> bytes:
        return self._line(_Trailer(True, self._entries, self._digest.hexdigest()))

    def _line(self, struct: msgspec.Struct) -> bytes:
        line = _encode(struct) + b"\n"
        self._digest.update(line)
        return line


def encode_taken_in(taken: TakenIn) -> bytes:
    return _encode(_TakenIn(taken.stored, taken.embedded, taken.over))


def _line(kept: Kept) -> _Line:
    entry, vector = kept.entry, kept.vector
    return _Line(
        entry.id,
        entry.prompt,
        entry.response,
        entry.attributes,
        entry.context,
        time_of(entry.created_at_ms),
        None if entry.expires_at_ms is None else time_of(entry.expires_at_ms),
        None if vector is None else b64encode(vector.astype(_VECTOR_TYPE).tobytes()).decode("ascii"),
    )


@dataclass(slots=True)
class _Seen:
    """What the lines so far have told."""

    has_own_vectors: bool = False
    announced: int | None = None
    is_over: bool = False


class Lines:
    """Reads one import line by line, so that others get a turn between them. Then ask for `arrivals`."""

    def __init__(self, body: bytes, cache: Cache, limits: Limits, now_ms: int) -> None:
        self._body = body
        self._cache = cache
        self._limits = limits
        self._now_ms = now_ms
        self._faults = Faults()
        self._seen = _Seen()
        self._arrivals: list[Arrival] = []

    def read(self) -> Iterator[None]:
        """A step for each line that is not blank."""
        start, number = 0, 0
        while start < len(self._body):
            end = self._body.find(b"\n", start) + 1 or len(self._body)
            number += 1
            line = self._body[start:end]
            if line.strip():
                self._read_line(line, number, start)
                yield
            start = end

    def arrivals(self) -> Sequence[Arrival]:
        """Raises `InvalidRequest` with every fault, each with its line."""
        if self._seen.announced is not None and not self._seen.is_over:
            self._faults.add("body", "trailer", "The last line is missing: what was exported is cut off.")
        self._faults.raise_if_any()
        return self._arrivals

    def _read_line(self, line: bytes, number: int, start: int) -> None:
        faults = FaultsWithin(self._faults, f"line {number}.")
        if self._seen.is_over:
            faults.add("body", "trailer", "Nothing may follow the last line of an export.")
            return
        try:
            members = parse_object(line, faults)
        except InvalidRequest:  # Its faults are noted.
            return
        if number == 1 and "format" in members:
            self._read_header(members, faults)
        elif members.get("end") is True and "prompt" not in members:
            self._read_trailer(members, faults, start)
        else:
            arrival = self._arrival(Fields(members, faults), faults)
            if arrival is not None:
                self._arrivals.append(arrival)

    def _read_header(self, members: Mapping[str, Any], faults: Faults) -> None:
        if members["format"] != FORMAT:
            faults.add("format", "format", f"This version reads {FORMAT} and no other format.")
        known = self._cache.fingerprint
        own = {"model": known.model, "dimensions": known.dimensions, "digest": known.digest}
        self._seen.has_own_vectors = members.get("embedder") == own
        self._seen.announced = members.get("entries")

    def _read_trailer(self, members: Mapping[str, Any], faults: Faults, start: int) -> None:
        self._seen.is_over = True
        is_whole = members.get("sha256") == sha256(self._body[:start]).hexdigest()
        if not is_whole:
            faults.add("sha256", "digest", "The lines before it are not those that were exported.")

    def _arrival(self, fields: Fields, faults: FaultsWithin) -> Arrival | None:
        before = faults.count
        bounds, limits = self._cache.bounds, self._limits
        prompt = fields.text("prompt", least=1, most=bounds.prompt_chars(limits.max_prompt_chars))
        response = fields.text("response", least=0, most=bounds.response_chars(limits.max_response_chars))
        attributes = fields.attributes("attributes")
        faults.extend(self._cache.attributes.faults(attributes))
        context = self._context(fields, faults, prompt)
        created_at_ms = _moment(fields, "createdAt", faults)
        expires_at_ms = self._expiry(fields, faults)
        vector = self._vector(fields, faults)
        key = entry_id(prompt, attributes, context)
        if fields.has_value("id") and not fields.is_equal("id", key):
            faults.add("id", "id", "id is not what this prompt, attributes and context make.")
        if faults.count > before:
            return None
        created = self._now_ms if created_at_ms is None else created_at_ms
        entry = Entry(key, prompt, response, attributes, context, created, expires_at_ms)
        return Arrival(entry, vector, is_embedded=self._seen.has_own_vectors and fields.has("vector"))

    def _context(self, fields: Fields, faults: Faults, prompt: str) -> str:
        """As a set would make it, where the line does not say."""
        if not fields.has_value("context"):
            return framed(NO_CONTEXT, canonical(prompt).frame)
        context = fields.text("context", least=0, most=32)
        if not _CONTEXT.fullmatch(context):
            faults.add("context", "pattern", "context must be empty or 32 lowercase hex characters.")
        return context

    def _expiry(self, fields: Fields, faults: Faults) -> int | None:
        """`expiresAt`, of which null is never; else `ttlMillis` from now on; else the cache's own."""
        if fields.has("expiresAt"):
            return _moment(fields, "expiresAt", faults)
        ttl_ms = fields.integer("ttlMillis", self._cache.default_ttl_ms, least=1, most=MAX_TTL_MS)
        return None if ttl_ms is None else self._now_ms + ttl_ms

    def _vector(self, fields: Fields, faults: Faults) -> Vector | None:
        if not self._seen.has_own_vectors or not fields.has_value("vector"):
            return None
        try:
            text = fields.text("vector", least=0, most=self._limits.max_body_bytes)
            packed = b64decode(text, validate=True)
        except (NotBase64, ValueError):
            packed = b""
        dimensions = self._cache.fingerprint.dimensions
        if len(packed) == dimensions * _VECTOR_TYPE.itemsize:
            vector = np.frombuffer(packed, _VECTOR_TYPE).astype(np.float32)
            if abs(float(vector @ vector) - 1.0) <= LENGTH_TOLERANCE:  # Of what is not a number, neither.
                return vector
        message = f"vector must be base64 of {dimensions} float32 numbers, of unit length together."
        faults.add("vector", "vector", message)
        return None


def _moment(fields: Fields, name: str, faults: Faults) -> int | None:
    """Milliseconds since the epoch; None where it is not there."""
    if not fields.has_value(name):
        return None
    try:
        moment = msgspec.convert(fields.text(name, least=0, most=64), datetime)
        ms = (moment - EPOCH) // timedelta(milliseconds=1) if moment.tzinfo is not None else -1
        if 0 <= ms <= MAX_MS:
            return ms
    except msgspec.ValidationError:
        pass
    faults.add(name, "date-time", f"{name} must be a time as 2026-11-24T01:25:04.123Z.")
    return None
