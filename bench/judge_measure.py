"""What one judgement costs, beside one embedding: pairs of two 15-word questions, one thread, in turns.

python -m bench.judge_measure
"""

import asyncio
import statistics
import time
from contextlib import closing

from askonce.embed.bundled import BundledEmbedder
from askonce.inference.workers import Workers
from askonce.judge.cross_encoder import CrossEncoder
from askonce.judge.rules import vetoes

ROUNDS = 200
ONE = "How do I change the delivery address of an order that has not been shipped number {}?"
OTHER = "What is the way to have a parcel sent to another address before it leaves {}?"


async def main() -> None:
    judgements: list[float] = []
    embeddings: list[float] = []
    rules: list[float] = []
    with closing(Workers(1)) as workers:
        embedder, judge = BundledEmbedder(workers), CrossEncoder(workers)
        for number in range(ROUNDS):
            one, other = ONE.format(number), OTHER.format(number)
            started = time.perf_counter()
            await embedder.embed(one)
            embedded = time.perf_counter()
            await judge.confidence(one, other)
            judged = time.perf_counter()
            vetoes(one, other)
            embeddings.append(embedded - started)
            judgements.append(judged - embedded)
            rules.append(time.perf_counter() - judged)
    embedding, judgement = statistics.median(embeddings), statistics.median(judgements)
    print(f"{len(ONE.split())} and {len(OTHER.split())} words, {ROUNDS} pairs, medians")
    print(f"one embedding    {embedding * 1e3:6.2f} ms")
    print(
        f"one judgement    {judgement * 1e3:6.2f} ms   {judgement / embedding:5.2f} embeddings   at most 5 ms"
    )
    print(f"the rules        {statistics.median(rules) * 1e3:6.2f} ms   both texts read for the first time")


if __name__ == "__main__":
    asyncio.run(main())
