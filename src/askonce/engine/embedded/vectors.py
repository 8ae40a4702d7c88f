"""The float32 vectors of an index, by slot: what exact similarities are computed from.

Invariant: rows never move once written, so a reader needs no lock; the index sees to it that no row is
written over while a search that saw it is under way.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from askonce.ports import Vector

# Growing by whole chunks copies nothing. A chunk's untouched pages take no memory, so it may be generous:
# 4,096 rows of 384 are 6 MB of address space, and a cache of ten entries touches 16 KB of them.
CHUNK_ROWS = 4096
BLOCK_ROWS = 512

Slots = NDArray[np.int64]
Rows = NDArray[np.float32]


class Vectors:
    """A matrix in chunks."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._chunks: list[Rows] = []

    def write(self, slot: int, vector: Vector) -> None:
        chunk, row = divmod(slot, CHUNK_ROWS)
        while chunk >= len(self._chunks):
            self._chunks.append(np.zeros((CHUNK_ROWS, self.dimensions), np.float32))
        self._chunks[chunk][row] = vector

    def rows(self, slots: Slots) -> Rows:
        """Copies of the vectors at `slots`, in their order."""
        gathered = np.empty((len(slots), self.dimensions), np.float32)
        for place, slot in enumerate(slots.tolist()):
            gathered[place] = self._chunks[slot // CHUNK_ROWS][slot % CHUNK_ROWS]
        return gathered

    def products(self, slots: Slots, vector: Vector) -> NDArray[np.float32]:
        """The dot product of `vector` with each of `slots`, which ascend: fast, and right to about 1e-6."""
        products = np.empty(len(slots), np.float32)
        starts = np.searchsorted(slots, np.arange(len(self._chunks) + 1) * CHUNK_ROWS).tolist()
        for number, (start, end) in enumerate(pairwise(starts)):
            if start == end:
                continue
            chunk, rows = self._chunks[number], slots[start:end] - number * CHUNK_ROWS
            first, last = int(rows[0]), int(rows[-1])
            if 2 * len(rows) > last - first:  # Reading all between in order beats gathering half of it.
                products[start:end] = _products(chunk[first : last + 1], vector)[rows - first]
            else:
                products[start:end] = _products(chunk[rows], vector)
        return products


def _products(rows: Rows, vector: Vector) -> NDArray[np.float32]:
    # In blocks: from about a thousand rows on, OpenBLAS shares a product among its own threads, and waits for
    # them while an embedder keeps the cores busy: 16 ms for 4,096 rows. bench/index_measure.py crowded.
    products = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK_ROWS):
        end = start + BLOCK_ROWS
        np.matmul(rows[start:end], vector, out=products[start:end])
    return products
