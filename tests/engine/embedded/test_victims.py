"""The line of those who go next is the order of all of them, however little of it is looked at."""

import random

import pytest

from askonce.engine.embedded.index import Index
from askonce.engine.embedded.slots import Mark
from askonce.engine.embedded.victims import FEWEST_AHEAD, Victims
from askonce.model.bounds import EvictionPolicy

EVICTING = [policy for policy in EvictionPolicy if policy is not EvictionPolicy.NONE]


class Held:
    """Two indexes, and the same entries in a dict: seq to (last use, frequency)."""

    def __init__(self, policy: EvictionPolicy) -> None:
        self.policy = policy
        self.victims = Victims(policy)
        self.indexes = [Index(), Index()]
        self.uses: dict[int, tuple[int, int]] = {}
        self.moment = 0

    def token(self, seq: int) -> list[bytes]:
        return [seq.to_bytes(8, "big")]

    def add(self, frequency: int) -> None:
        self.moment += 1
        seq = self.moment
        index = self.indexes[seq % 2]
        self.victims.put(seq, frequency)
        slot = index.add(seq, self.token(seq), None, None, Mark(seq, None, frequency))
        self.victims.show(index, slot, seq, seq, frequency)
        self.victims.settle()
        self.uses[seq] = (seq, frequency)

    def hit(self, seq: int) -> None:
        self.moment += 1
        assert self.indexes[seq % 2].note_hit(self.token(seq), seq, self.moment, None) is not None
        self.uses[seq] = (self.moment, self.uses[seq][1] + 1)

    def remove(self, seq: int) -> None:
        self.indexes[seq % 2].remove(seq, self.token(seq))
        del self.uses[seq]

    def expected(self) -> int:
        def key(seq: int) -> tuple[int, int]:
            last_use, frequency = self.uses[seq]
            ranks = {EvictionPolicy.LRU: last_use, EvictionPolicy.LFU: frequency}
            return ranks.get(self.policy, seq), seq

        return min(self.uses, key=key)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("policy", EVICTING)
def test_each_victim_is_the_first_of_all_through_any_use(policy: EvictionPolicy, seed: int) -> None:
    drawn = random.Random(seed)
    held = Held(policy)
    for _ in range(4 * FEWEST_AHEAD):
        held.add(drawn.randint(1, 3))
    for _ in range(3 * FEWEST_AHEAD):
        expected = held.expected()
        taken = held.victims.next(held.indexes)
        assert taken is not None
        assert taken[1] == expected
        held.remove(expected)
        held.victims.settle()
        for _ in range(drawn.randint(0, 3)):
            held.hit(drawn.choice(list(held.uses)))
        if drawn.random() < 0.1:
            held.remove(drawn.choice(list(held.uses)))
        if drawn.random() < 0.7:
            held.add(drawn.randint(1, 4))


@pytest.mark.parametrize("policy", EVICTING)
def test_a_transaction_may_take_everybody_and_nobody_twice(policy: EvictionPolicy) -> None:
    held = Held(policy)
    for _ in range(3 * FEWEST_AHEAD):
        held.add(1)
    taken = []
    while (key := held.victims.next(held.indexes)) is not None:
        taken.append(key[1])

    assert taken == sorted(held.uses)


def test_what_the_transaction_put_goes_when_there_is_nobody_else() -> None:
    victims = Victims(EvictionPolicy.LRU)
    for seq in (7, 8, 9):
        victims.put(seq, 1)

    assert [victims.next([]), victims.next([]), victims.next([]), victims.next([])] == [
        (7, 7),
        (8, 8),
        (9, 9),
        None,
    ]
