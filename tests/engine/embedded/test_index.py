"""Searches and changes of one index at the same time, and what its parts promise for it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.contract.samples import direction

from askonce.engine.embedded.index import Index, Moved, Wanted
from askonce.engine.embedded.postings import Postings
from askonce.engine.embedded.slots import SlotTable
from askonce.engine.embedded.vectors import CHUNK_ROWS, Vectors

REPLACED = direction(0, dimensions=16)
LINEAR = 10**9


@pytest.mark.parametrize("linear_limit", [0, LINEAR])
@pytest.mark.parametrize("tokens", [[], [b"rare"], [b"common"]])
def test_an_entry_that_is_replaced_while_it_is_searched_for_is_found_or_said_to_have_moved(
    linear_limit: int, tokens: list[bytes]
) -> None:
    index = Index(linear_limit)
    carried = [b"common", b"rare"]
    for seq in range(300):
        index.add(seq, [b"common"], direction(1_000 + seq, dimensions=16), None)
    index.add(300, carried, REPLACED, None)
    index.quantize()
    is_over = threading.Event()

    def replace() -> None:
        for seq in range(301, 2_000):
            index.add(seq, carried, REPLACED, None)
            index.remove(seq - 1, carried)
            # What the slot is used for next lies elsewhere: a search that mixed the two up would miss.
            index.add(10_000 + seq, [b"common"], -REPLACED, None)
            index.remove(10_000 + seq, [b"common"])
        is_over.set()

    def search() -> int:
        misses = 0
        while not is_over.is_set():
            try:
                found = index.nearest(Wanted(REPLACED, tokens, 0.999, 3, 0))
            except Moved:
                continue
            misses += not found or found[0].similarity != 1.0
        return misses

    with ThreadPoolExecutor(3) as threads:
        searches = [threads.submit(search) for _ in range(2)]
        threads.submit(replace).result()

    assert [each.result() for each in searches] == [0, 0]
    assert len(index.nearest(Wanted(REPLACED, tokens, 0.999, 3, 0))) == 1
    assert index.count_live(0) == 301


def test_a_hidden_slot_rests_until_every_search_that_may_have_seen_it_is_over() -> None:
    slots = SlotTable()
    slot = slots.take()
    slots.show(slot, 1, None)
    before, other = slots.begin_search(), slots.begin_search()
    slots.hide(slot)
    after = slots.begin_search()

    assert slots.take_rested() == []
    slots.end_search(before)
    assert slots.take_rested() == []
    slots.end_search(other)
    assert slots.take_rested() == [slot]
    assert slots.take_rested() == []
    slots.end_search(after)


def test_slots_of_removed_entries_are_used_again() -> None:
    index = Index()
    for seq in range(500):
        index.add(seq, [b"t"], REPLACED, None)
        index.remove(seq, [b"t"])

    assert index.slots_in_use == 1


def test_removing_what_is_not_there_changes_nothing() -> None:
    index = Index()
    index.add(1, [b"t", b"u"], REPLACED, None)
    for seq, tokens in ((2, [b"t"]), (2, [b"none"]), (1, [b"none"])):
        index.remove(seq, tokens)

    assert index.matching([b"t", b"u"]) == [1]


def test_postings_without_slots_take_no_memory() -> None:
    postings = Postings()
    for slot in range(3):
        postings.add([b"a", b"b%d" % slot], slot)
    for slot in range(3):
        postings.discard([b"a", b"b%d" % slot], slot)

    assert postings.having([b"a"]).to_array().tolist() == []
    assert postings._slots == {}


def test_vectors_come_back_from_every_chunk_as_they_were_written() -> None:
    vectors = Vectors(16)
    slots = np.array([0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, 2 * CHUNK_ROWS + 7], np.int64)
    rows = np.stack([direction(int(slot), dimensions=16) for slot in slots])
    for slot, row in zip(slots.tolist(), rows, strict=True):
        vectors.write(slot, row)

    assert vectors.rows(slots[::-1]).tolist() == rows[::-1].tolist()
    assert vectors.products(slots, REPLACED) == pytest.approx(rows @ REPLACED, abs=1e-6)
