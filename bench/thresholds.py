"""What is served, right and wrong, at each threshold: by similarity alone, and with the rules of the judge.

`python -m bench.thresholds` prints both tables, and a third: how similar two questions that differ in one
word become behind words that they share.

A pair counts as served when its similarity reaches the threshold. Pairs that differ in case only are left
out: they match exactly.
"""

import asyncio
import json
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import uvloop

from askonce.embed.bundled import BundledEmbedder
from askonce.engine.similarity import similarities
from askonce.judge.rules import Rules
from bench.prompts import DATA

SETS = (
    "qqp.dev",
    "text2sql_slots.dev",
    "opposite_actions.val",
    "sts16_question",
    "rqe_medical.train",
    "schema2qa_human",
    "schema2qa_near_miss",
    "squad_near_miss",
    "spider_near_miss",
    "paws_wiki.dev",
)
THRESHOLDS = (0.85, 0.90, 0.95, 0.96, 0.97, 0.98, 0.99)
MOST_PAIRS = 1_200  # Of a set, drawn at random with a fixed seed.
AT_ONCE = 32


# Questions that differ in one word, and a text to put before both.
ONE_WORD = (
    ("how do I enable 2FA?", "how do I disable 2FA?"),
    ("how do I open the account?", "how do I close the account?"),
    ("can I upgrade my plan?", "can I downgrade my plan?"),
    ("what is the minimum fee?", "what is the maximum fee?"),
    ("flights to Lima", "flights to Rome"),
    ("should I accept the invitation?", "should I decline the invitation?"),
)
SHARED = (
    "I have been using your service for about three years now and until last week everything worked "
    "well. Then I moved house, bought another phone, and since that day the application on my phone "
    "asks me to sign in every time I open it. I talked to your hotline twice and they were friendly but "
    "could not help me. My colleague has the same phone and does not see the problem, so I think it has "
    "to do with my account. Please tell me:"
)


async def main() -> None:
    embedder = BundledEmbedder()
    judged = [await _judged(embedder, _pairs(name)) for name in SETS]
    for title, is_judged in (("Similarity alone", False), ("With the rules", True)):
        print(
            f"\n{title}\n\n| set (pairs: same, other) | {' | '.join(f'{mark:.2f}' for mark in THRESHOLDS)} |"
        )
        print("|" + " --- |" * (len(THRESHOLDS) + 1))
        for name, pairs in zip(SETS, judged, strict=True):
            print(_row(name, pairs, is_judged=is_judged))
    await _print_one_word(embedder)
    await embedder.close()


@dataclass(frozen=True, slots=True)
class Judged:
    label: int
    similarity: float  # 0 where the model can not read a side: that never matches.
    is_accepted: bool

    def is_served(self, mark: float, *, is_judged: bool) -> bool:
        return self.similarity >= mark and (self.is_accepted or not is_judged)


async def _judged(embedder: BundledEmbedder, pairs: list[dict[str, Any]]) -> list[Judged]:
    rules = Rules()

    async def judge(pair: dict[str, Any]) -> Judged:
        similarity = await _similarity(embedder, pair["a"], pair["b"])
        return Judged(pair["label"], similarity, await rules.accepts(pair["a"], pair["b"]))

    found: list[Judged] = []
    for start in range(0, len(pairs), AT_ONCE):
        found += await asyncio.gather(*(judge(pair) for pair in pairs[start : start + AT_ONCE]))
    return found


def _row(name: str, pairs: list[Judged], *, is_judged: bool) -> str:
    """In percent: served of the pairs that ask the same / of those that do not."""
    sides = [[pair for pair in pairs if pair.label == label] for label in (1, 0)]
    cells = [
        " / ".join(_share([pair.is_served(mark, is_judged=is_judged) for pair in side]) for side in sides)
        for mark in THRESHOLDS
    ]
    return f"| `{name}` ({len(sides[0])}, {len(sides[1])}) | {' | '.join(cells)} |"


def _share(served: list[bool]) -> str:
    return f"{100 * sum(served) / len(served):.1f}" if served else "–"


async def _print_one_word(embedder: BundledEmbedder) -> None:
    print("\nOne word apart, behind so many words that both share\n")
    for count in (0, 10, 20, 30, 60, 80):
        before = " ".join([*SHARED.split()[:count], ""])
        found = [await _similarity(embedder, before + one, before + other) for one, other in ONE_WORD]
        print(f"| {count} | {' | '.join(f'{each:.3f}' for each in found)} |")


async def _similarity(embedder: BundledEmbedder, one: str, other: str) -> float:
    first, second = await embedder.embed(one), await embedder.embed(other)
    return 0.0 if first is None or second is None else float(similarities(first[np.newaxis], second)[0])


def _pairs(name: str) -> list[dict[str, Any]]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    pairs = [row for row in rows if row["a"].casefold() != row["b"].casefold()]
    random.Random(0).shuffle(pairs)
    return pairs[:MOST_PAIRS]


if __name__ == "__main__":
    uvloop.run(main())
