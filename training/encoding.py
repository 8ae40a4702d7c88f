"""A pair as the network reads it: `[CLS] one [SEP] other [SEP]`, with token types 0 and 1."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor

from askonce.judge.aligned import as_read
from training.data import Pair

CLS, SEP = 101, 102
LONGEST = 253  # Tokens of a pair without its three marks, as in the server; a longer pair is left out.
BATCH_TOKENS = 3_072
BATCH_PAIRS = 96
POOLED_BATCHES = 60  # Sorted by length in pools of so many, so that little is padding and order stays random.


class Encoder:
    def __init__(self, tokenizer: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def read(self, pairs: Sequence[Pair]) -> list[tuple[Sequence[int], Sequence[int]] | None]:
        """Of each pair what the server shows the model: ids of both sides, or None of one that is too long."""
        ones, others = self.ids([pair.a for pair in pairs]), self.ids([pair.b for pair in pairs])
        return [as_read(a, b, LONGEST) if a and b else None for a, b in zip(ones, others, strict=True)]

    def pairs(self, pairs: Sequence[Pair]) -> list[tuple[Sequence[int], Sequence[int], int]]:
        """Ids of both sides, and the label, of the pairs that fit."""
        read = zip(self.read(pairs), pairs, strict=True)
        return [(*sides, pair.label) for sides, pair in read if sides is not None]


def batch_of(encoded: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, types and which of them are there, each (pairs, tokens of the longest)."""
    longest = max(len(a) + len(b) for a, b in encoded) + 3
    ids = torch.zeros(len(encoded), longest, dtype=torch.long)
    types, present = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for row, (a, b) in enumerate(encoded):
        tokens = [CLS, *a, SEP, *b, SEP]
        ids[row, : len(tokens)] = torch.tensor(tokens)
        types[row, len(a) + 2 : len(tokens)] = 1
        present[row, : len(tokens)] = True
    return ids, types, present


def batches(
    encoded: list[tuple[Sequence[int], Sequence[int], int]], random: Random
) -> Iterator[list[tuple[Sequence[int], Sequence[int], int]]]:
    """All of `encoded` in batches of like lengths, in random order."""
    random.shuffle(encoded)
    size = POOLED_BATCHES * BATCH_PAIRS
    for start in range(0, len(encoded), size):
        pool = sorted(encoded[start : start + size], key=lambda one: len(one[0]) + len(one[1]))
        cut: list[list[tuple[Sequence[int], Sequence[int], int]]] = [[]]
        for one in pool:
            width = len(one[0]) + len(one[1]) + 3
            if cut[-1] and (len(cut[-1]) == BATCH_PAIRS or (len(cut[-1]) + 1) * width > BATCH_TOKENS):
                cut.append([])
            cut[-1].append(one)
        random.shuffle(cut)
        yield from cut
