"""What similarity alone serves, right and wrong, at each threshold. `python -m bench.thresholds`

A pair counts as served when its similarity reaches the threshold. Pairs that differ in case only are left
out: they match exactly.
"""

import asyncio
import json
import random
from typing import Any

import numpy as np
import uvloop

from askonce.embed.bundled import BundledEmbedder
from askonce.engine.similarity import similarities
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


async def main() -> None:
    embedder = BundledEmbedder()
    marks = " | ".join(f"{mark:.2f}" for mark in THRESHOLDS)
    print(f"| set (pairs: same, other) | {marks} |")
    print("|" + " --- |" * (len(THRESHOLDS) + 1))
    for name in SETS:
        pairs = _pairs(name)
        found = [await _similarities(embedder, pairs, label) for label in (1, 0)]
        cells = [" / ".join(_share(each, mark) for each in found) for mark in THRESHOLDS]
        print(f"| `{name}` ({len(found[0])}, {len(found[1])}) | {' | '.join(cells)} |")
    await embedder.close()


def _pairs(name: str) -> list[dict[str, Any]]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    pairs = [row for row in rows if row["a"].casefold() != row["b"].casefold()]
    random.Random(0).shuffle(pairs)
    return pairs[:MOST_PAIRS]


async def _similarities(embedder: BundledEmbedder, pairs: list[dict[str, Any]], label: int) -> list[float]:
    """Of the pairs with this label; 0 where the model can not read a side, since that never matches."""

    async def of(pair: dict[str, Any]) -> float:
        first, second = await embedder.embed(pair["a"]), await embedder.embed(pair["b"])
        return 0.0 if first is None or second is None else float(similarities(first[np.newaxis], second)[0])

    chosen = [pair for pair in pairs if pair["label"] == label]
    found: list[float] = []
    for start in range(0, len(chosen), AT_ONCE):
        found += await asyncio.gather(*(of(pair) for pair in chosen[start : start + AT_ONCE]))
    return found


def _share(found: list[float], mark: float) -> str:
    """The percentage that reaches the mark."""
    if not found:
        return "–"
    return f"{100 * sum(each >= mark for each in found) / len(found):.1f}"


if __name__ == "__main__":
    uvloop.run(main())
