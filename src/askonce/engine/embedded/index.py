"""The memory index of one cache: which entries carry which tokens, and which vectors are near.

It answers with `seq`s; the store has the entries. One writer changes it; any thread may search it any time.

Searches scan without holding the lock. What makes that safe:

* An entry shows with the last step of `add` and is hidden by the first step of `remove` (`slots.py`).
* A slot is not used again while a search that may have seen it is under way, nor are its codes removed.
* A search that stumbles on a slot hidden after it began raises `Moved`: the entry may have been replaced and
  stand in another slot, which this search never saw. The caller looks again while the writer stands still.

For a replacement the writer adds the new version before it removes the old, so a search sees at least one.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from askonce.engine.embedded.postings import Postings
from askonce.engine.embedded.scan import Proposal, TurboScan, scan_linear
from askonce.engine.embedded.slots import HIDDEN, UNMARKED, Hit, Mark, ShownUses, SlotTable
from askonce.engine.embedded.vectors import Slots, Vectors
from askonce.engine.similarity import similarities
from askonce.errors import EngineUnavailable
from askonce.ports import Vector

# Up to here a product over all candidates is about as fast as codes with an allow-list, and needs no memory
# beside the vectors. Measured crossing: 2,000 of 100,000. bench/index_measure.py crossing.
LINEAR_LIMIT = 2_000
FEWEST_PROPOSED = 32  # Proposing fewer saves nothing, and would ask for more too often.
MOST_PROPOSED = 2_048  # Proposing more by codes takes about as long as the product over everything.
GROWTH = 4
# An allow-list costs turbovec 0.03 microseconds an id. Where one entry in eight passes the filter, a first
# try without a list proposes enough that pass; at 50,000 of 100,000 it is three times as fast.
BROAD = 8
BROAD_PROPOSED = 128
_QUANTIZED_AT_ONCE = 1_024


class Moved(Exception):
    """Something that this search saw was removed under it; it may stand elsewhere by now."""


@dataclass(frozen=True, slots=True)
class Found:
    seq: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search by vector, among the entries that carry every one of `tokens`, if there are any."""

    vector: Vector
    tokens: Sequence[bytes]
    floor: float
    limit: int
    now_ms: int


class Index:
    """`linear_limit` is only ever set by tests: a huge one makes the index its own oracle."""

    def __init__(self, linear_limit: int = LINEAR_LIMIT) -> None:
        self._linear_limit = linear_limit
        self._lock = threading.Lock()
        self._postings = Postings()
        self._slots = SlotTable()
        self._with_vector = BitMap()  # The slots with a vector.
        self._vectors: Vectors | None = None
        self._turbo: TurboScan | None = None

    # Changes: by the one writer.

    def add(
        self,
        seq: int,
        tokens: Sequence[bytes],
        vector: Vector | None,
        expires_at_ms: int | None,
        mark: Mark = UNMARKED,
    ) -> int:
        """The slot it shows in from now on."""
        with self._lock:
            slot = self._slots.take()
        if vector is not None:
            # Not under the lock: turbovec waits here for the scans under way, and exact searches must not.
            self._write_vector(slot, vector)
        with self._lock:
            self._postings.add(tokens, slot)
            if vector is not None:
                self._with_vector.add(slot)
            self._slots.show(slot, seq, expires_at_ms, mark)
        return slot

    def _write_vector(self, slot: int, vector: Vector) -> None:
        if self._vectors is None:
            self._vectors = Vectors(len(vector))
        self._vectors.write(slot, vector)
        if self._turbo is not None:
            self._turbo.add(np.array([slot], np.int64), vector[np.newaxis])

    def remove(self, seq: int, tokens: Sequence[bytes]) -> None:
        """Forget one version of an entry. One that is not here (it was over at the start) is no error."""
        with self._lock:
            for slot in self._slots_having(tokens):
                if self._slots.seqs(slot) == seq:
                    self._slots.hide(int(slot))
                    self._postings.discard(tokens, int(slot))
                    self._with_vector.discard(int(slot))
        self._clear_rested()

    def _clear_rested(self) -> None:
        with self._lock:
            rested = self._slots.take_rested()
        if not rested:
            return
        if self._turbo is not None:
            for slot in rested:
                self._turbo.remove(slot)
        with self._lock:
            self._slots.free(rested)

    def quantize(self) -> None:
        """Begin to keep codes, once there are more vectors than a product is best for."""
        if self._turbo is not None or self._vectors is None or len(self._with_vector) <= self._linear_limit:
            return
        turbo = TurboScan(self._vectors.dimensions)
        slots = _array(self._with_vector)
        for start in range(0, len(slots), _QUANTIZED_AT_ONCE):
            part = slots[start : start + _QUANTIZED_AT_ONCE]
            turbo.add(part, self._vectors.rows(part))
        self._turbo = turbo

    # Hits: by the event loop.

    def note_hit(
        self, tokens: Sequence[bytes], version: int, moment: int, expires_at_ms: int | None
    ) -> Hit | None:
        """None if this version of the entry is not here any more."""
        with self._lock:
            slot = self._slot_of(tokens, version)
            if slot is None:
                return None
            return self._slots.use(slot, moment, expires_at_ms)

    def use_of(self, slot: int, seq: int) -> tuple[int, int] | None:
        """Last use and frequency of an entry; None if it is not in this slot any more."""
        with self._lock:
            return self._slots.use_of(slot, seq)

    def frequency_of(self, seq: int, tokens: Sequence[bytes]) -> int | None:
        with self._lock:
            for slot in self._slots_having(tokens):
                if self._slots.seq(slot) == seq:
                    return self._slots.frequency(slot)
        return None

    def shown_uses(self) -> ShownUses:
        with self._lock:
            return self._slots.shown_uses()

    # Searches: by any thread.

    def exact(self, tokens: Sequence[bytes], limit: int, now_ms: int) -> list[int]:
        """The newest `limit` live entries that carry all of `tokens`, the prompt's among them."""
        with self._lock:
            single = self._postings.single(tokens)
            if single is not None:
                return [self._slots.seq(slot) for slot in single if self._slots.is_live(slot, now_ms)]
            live = self._slots.live(self._slots_having(tokens), now_ms)
            seqs = self._slots.seqs(live)
        newest: list[int] = np.sort(seqs)[::-1][:limit].tolist()
        return newest

    def matching(self, tokens: Sequence[bytes]) -> list[int]:
        """Every entry that carries all of `tokens`, live or over."""
        with self._lock:
            seqs: list[int] = self._slots.seqs(self._slots_having(tokens)).tolist()
        return seqs

    def live_seqs(self, tokens: Sequence[bytes], now_ms: int) -> NDArray[np.int64]:
        """Every live entry that carries all of `tokens`, if there are any; in no order."""
        if not tokens:
            # Not under the lock: it takes milliseconds where there are a million, and exact searches must not
            # wait for that.
            return self._slots.live_seqs(now_ms)
        with self._lock:
            live = self._slots.live(self._slots_having(tokens), now_ms)
            return self._slots.seqs(live)

    @property
    def slots_in_use(self) -> int:
        """What memory is taken for: live entries, those that are over, and room that removed ones left."""
        return self._slots.ever_used

    def count_live(self, now_ms: int) -> int:
        with self._lock:
            return self._slots.count_live(now_ms)

    def shown_seqs(self) -> list[int]:
        """Every entry that is here, live or over."""
        with self._lock:
            return self._slots.shown_seqs()

    def nearest(self, wanted: Wanted) -> list[Found]:
        """The best live entries, by similarity and then by age, the newest first."""
        vectors = self._vectors
        if vectors is None:
            return []
        if len(wanted.vector) != vectors.dimensions:
            raise EngineUnavailable(
                f"The cache holds vectors of {vectors.dimensions} dimensions, not {len(wanted.vector)}."
            )
        with self._lock:
            search = self._slots.begin_search()
            hidden_before = self._slots.hidden_so_far
        try:
            for proposal in self._proposals(wanted, vectors):
                ranked = self._rank(proposal, wanted, vectors, hidden_before)
                if proposal.bound < _to_beat(ranked, wanted):
                    return ranked
            raise AssertionError("A scan that has seen everything settles every search.")
        finally:
            with self._lock:
                self._slots.end_search(search)
            self._clear_rested()

    def _proposals(self, wanted: Wanted, vectors: Vectors) -> Iterator[Proposal]:
        """Ever more candidates, the cheapest way first. The last proposal leaves nothing out."""
        count = max(FEWEST_PROPOSED, GROWTH * wanted.limit)
        turbo = self._turbo
        if turbo is not None:
            with self._lock:
                allowed = self._allowed(wanted.tokens)
                size = len(self._with_vector if allowed is None else allowed)
            if size > self._linear_limit:
                yield from self._by_codes(turbo, wanted, allowed, count)
        slots = self._live(wanted)
        while True:
            yield scan_linear(vectors, slots, wanted.vector, count)
            count *= GROWTH

    def _by_codes(
        self, turbo: TurboScan, wanted: Wanted, allowed: BitMap | None, count: int
    ) -> Iterator[Proposal]:
        only = None
        if allowed is not None:
            if len(allowed) * BROAD >= len(turbo) and count <= MOST_PROPOSED:
                proposal = turbo.propose(wanted.vector, max(count, BROAD_PROPOSED))
                passes = [slot in allowed for slot in proposal.slots.tolist()]
                yield proposal.only(np.array(passes, np.bool_))
            only = self._live(wanted).astype(np.uint64)
            if not len(only):
                return  # The product over nothing settles it.
        while count <= MOST_PROPOSED:
            yield turbo.propose(wanted.vector, count, only)
            count *= GROWTH

    def _rank(self, proposal: Proposal, wanted: Wanted, vectors: Vectors, hidden_before: int) -> list[Found]:
        """What of the proposal is in the answer, decided from the float32 vectors."""
        with self._lock:
            expiry = self._slots.expiry(proposal.slots)
            has_moved = self._slots.hidden_so_far != hidden_before
        if has_moved and (expiry == HIDDEN).any():
            raise Moved
        live = proposal.only(expiry > wanted.now_ms)
        slots = live.contenders(wanted.floor, wanted.limit).slots
        similar = similarities(vectors.rows(slots), wanted.vector)
        passing = similar >= wanted.floor
        similar, seqs = similar[passing], self._slots.seqs(slots[passing])
        best = np.lexsort((-seqs, -similar))[: wanted.limit]
        return [Found(int(seqs[each]), float(similar[each])) for each in best]

    def _live(self, wanted: Wanted) -> Slots:
        """The slots that the search may see, in one look, so that each entry is seen exactly once."""
        with self._lock:
            allowed = self._allowed(wanted.tokens)
            return self._slots.live(_array(self._with_vector if allowed is None else allowed), wanted.now_ms)

    # Under the lock.

    def _slot_of(self, tokens: Sequence[bytes], version: int) -> int | None:
        single = self._postings.single(tokens)
        slots = self._postings.having(tokens) if single is None else single
        return next((slot for slot in slots if self._slots.is_version(slot, version)), None)

    def _slots_having(self, tokens: Sequence[bytes]) -> Slots:
        return _array(self._postings.having(tokens))

    def _allowed(self, tokens: Sequence[bytes]) -> BitMap | None:
        return self._postings.having(tokens) & self._with_vector if tokens else None


def _to_beat(ranked: Sequence[Found], wanted: Wanted) -> float:
    """What an entry that was not proposed would need at least, to change the answer."""
    return ranked[wanted.limit - 1].similarity if len(ranked) >= wanted.limit else wanted.floor


def _array(slots: BitMap) -> Slots:
    return np.asarray(slots.to_array(), np.int64)
