"""The memo, over a toy embedder that waits until the test lets it go on."""

import asyncio

import numpy as np
import pytest

from askonce.embed.memo import ENTRY_BYTES, Memo
from askonce.embed.vectors import unit
from askonce.errors import EmbedderUnavailable
from askonce.model.cache import Fingerprint
from askonce.ports import Vector

UNREADABLE = "?"


class Toy:
    """Embeds by length. `calls` is what it was asked; while `gate` is shut it does not answer."""

    fingerprint = Fingerprint("toy", 2, "0")

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.cancelled: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.is_broken = False

    async def embed(self, text: str) -> Vector | None:
        self.calls.append(text)
        self.begun.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(text)
            raise
        if self.is_broken:
            raise EmbedderUnavailable("broken")
        return None if text == UNREADABLE else np.array(unit([len(text), 1]))


@pytest.fixture
def toy() -> Toy:
    return Toy()


async def test_a_text_embedded_twice_is_computed_once(toy: Toy) -> None:
    memo = Memo(toy)

    first, second = await memo.embed("ping"), await memo.embed("ping")

    assert toy.calls == ["ping"]
    np.testing.assert_array_equal(first, second)


async def test_the_fingerprint_is_the_embedder_s(toy: Toy) -> None:
    assert Memo(toy).fingerprint == toy.fingerprint


async def test_texts_that_differ_in_case_are_two(toy: Toy) -> None:
    memo = Memo(toy)

    await memo.embed("ping")
    await memo.embed("Ping")

    assert toy.calls == ["ping", "Ping"]


async def test_that_a_text_is_unreadable_is_remembered_too(toy: Toy) -> None:
    memo = Memo(toy)

    assert [await memo.embed(UNREADABLE), await memo.embed(UNREADABLE)] == [None, None]
    assert toy.calls == [UNREADABLE]


async def test_a_failure_is_not_remembered(toy: Toy) -> None:
    memo, toy.is_broken = Memo(toy), True
    with pytest.raises(EmbedderUnavailable):
        await memo.embed("ping")
    toy.is_broken = False

    assert await memo.embed("ping") is not None


async def test_a_vector_can_not_be_changed_by_who_gets_it(toy: Toy) -> None:
    vector = await Memo(toy).embed("ping")

    assert vector is not None
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 0


async def test_the_longest_unused_goes_first(toy: Toy) -> None:
    memo = Memo(toy, entries=2)

    for text in ("a", "b", "a", "c", "a", "b"):
        await memo.embed(text)

    assert toy.calls == ["a", "b", "c", "b"]


async def test_bytes_are_bounded_with_the_texts_in_them(toy: Toy) -> None:
    memo = Memo(toy, most_bytes=3 * (ENTRY_BYTES + 1_000))

    for start in "abcd":
        await memo.embed(start + "x" * 900)
    await memo.embed("d" + "x" * 900)
    await memo.embed("a" + "x" * 900)

    assert [call[0] for call in toy.calls] == ["a", "b", "c", "d", "a"]


async def test_a_text_larger_than_the_memo_does_not_empty_it(toy: Toy) -> None:
    memo = Memo(toy, most_bytes=3 * ENTRY_BYTES)
    await memo.embed("ping")

    await memo.embed("x" * 4 * ENTRY_BYTES)
    await memo.embed("ping")

    assert len(toy.calls) == 2


async def test_a_memo_of_no_entries_keeps_nothing(toy: Toy) -> None:
    memo = Memo(toy, entries=0)

    await memo.embed("ping")
    await memo.embed("ping")

    assert toy.calls == ["ping", "ping"]


async def test_callers_of_one_text_at_one_time_share_one_embedding(toy: Toy) -> None:
    memo = Memo(toy)
    toy.gate.clear()
    callers = [asyncio.create_task(memo.embed("ping")) for _ in range(5)]
    await toy.begun.wait()
    toy.gate.set()

    vectors = await asyncio.gather(*callers)

    assert toy.calls == ["ping"]
    assert all(vector is vectors[0] for vector in vectors)


async def test_a_failure_reaches_every_caller_who_shares_it(toy: Toy) -> None:
    memo, toy.is_broken = Memo(toy), True

    outcomes = await asyncio.gather(*(memo.embed("ping") for _ in range(3)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [EmbedderUnavailable] * 3


async def test_one_caller_s_cancellation_does_not_reach_the_others(toy: Toy) -> None:
    memo = Memo(toy)
    toy.gate.clear()
    leaving, staying = asyncio.create_task(memo.embed("ping")), asyncio.create_task(memo.embed("ping"))
    await toy.begun.wait()

    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    toy.gate.set()

    assert await staying is not None
    assert toy.cancelled == []


async def test_an_embedding_is_cancelled_when_its_last_caller_leaves(toy: Toy) -> None:
    memo = Memo(toy)
    toy.gate.clear()
    callers = [asyncio.create_task(memo.embed("ping")) for _ in range(2)]
    await toy.begun.wait()

    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    await asyncio.sleep(0)

    assert toy.cancelled == ["ping"]


async def test_a_caller_after_a_cancelled_embedding_gets_one_of_its_own(toy: Toy) -> None:
    memo = Memo(toy)
    toy.gate.clear()
    leaving = asyncio.create_task(memo.embed("ping"))
    await toy.begun.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    coming = asyncio.create_task(memo.embed("ping"))
    toy.gate.set()

    assert await coming is not None
    assert toy.calls == ["ping", "ping"]
