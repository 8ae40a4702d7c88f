"""The benchmark: what a search costs beside embedding its prompt and beside an empty HTTP answer.

    make bench                            all sizes
    make bench ARGS="1000 --rounds 2"     another choice

The figures of one size are taken in turns, in one run, over several rounds; ratios are medians over rounds.
Compare ratios, not milliseconds: machines differ and are noisy.
"""

import argparse
import tempfile
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

from bench import embedding, load
from bench.askonce_server import Cache, disk_bytes, started
from bench.echo import starlette_echo
from bench.prompts import asked_again, stored_prompts
from bench.report import Figures
from bench.serving import serving

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
ALONE = 150  # Searches of one client, each round.
CROWD = 800  # Searches of many clients, each round.
CLIENTS = 32
CHEAP = 4_000  # Requests that take microseconds: more of them for the same time.


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="entries in the cache")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    sizes = sorted(arguments.sizes)
    stored = stored_prompts(max(sizes))
    with (
        tempfile.TemporaryDirectory() as scratch,
        embedding.Bench() as embedder,
        serving(starlette_echo) as echo,
    ):
        data = Path(scratch) / "data"
        data.mkdir()
        empty_bytes, empty_disk = _empty(data)
        for former, size in pairwise((0, *sizes)):
            with started(data) as cache:
                filled = cache.fill(stored[former:size])
                print(f"\n{size} entries; filled by {filled.per_second:.0f} sets/s, {filled.failures} failed")
            disk = (disk_bytes(data) - empty_disk) / size
            with started(data) as cache:
                memory = (cache.resident_bytes() - empty_bytes) / size
                figures = Figures()
                asked = iter(asked_again(stored[:size], arguments.rounds * 2 * (ALONE + CROWD)))
                for _ in range(arguments.rounds):
                    _round(figures, cache, embedder, echo, stored[:size], asked)
                print(
                    f"  ready in {cache.ready_s:.1f} s; an entry takes {memory:.0f} bytes of memory", end=""
                )
                print(f" and {disk:.0f} of disk")
                print("\n".join([*figures.lines(), *_promises(figures)]))


def _empty(data: Path) -> tuple[int, int]:
    with started(data) as cache:
        memory = cache.resident_bytes()
        print(f"empty: ready in {cache.ready_s:.1f} s, {memory / 1e6:.0f} MB of memory")
    return memory, disk_bytes(data)


def _round(
    figures: Figures,
    cache: Cache,
    embedder: embedding.Bench,
    echo: str,
    stored: list[str],
    asked: Iterator[str],
) -> None:
    # Each prompt is asked once: a second time it would come from the memo.
    alone, judged_alone = list(islice(asked, ALONE)), list(islice(asked, ALONE))
    crowd, judged_crowd = list(islice(asked, CROWD)), list(islice(asked, CROWD))
    known = cache.exact_searches([stored[place * 7 % len(stored)] for place in range(CHEAP)])
    figures.add("embedding, p50 ms", embedder.p50_ms(alone))
    figures.add_load("echo, 1 client", load.run(echo, known, clients=1))
    figures.add_load("exact, 1 client", load.run(cache.url, known, clients=1))
    unjudged, judged = cache.semantic_searches(alone), cache.semantic_searches(judged_alone, "model")
    figures.add_load("semantic, 1 client", load.run(cache.url, unjudged, clients=1))
    figures.add_load("judged, 1 client", load.run(cache.url, judged, clients=1))
    figures.add("embedding, 1/s", embedder.best_rate(crowd))
    figures.add_load(
        f"semantic, {CLIENTS} clients",
        load.run(cache.url, cache.semantic_searches(crowd), clients=CLIENTS),
    )
    figures.add_load(
        f"judged, {CLIENTS} clients",
        load.run(cache.url, cache.semantic_searches(judged_crowd, "model"), clients=CLIENTS),
    )
    figures.add_load(f"echo, {CLIENTS} clients", load.run(echo, known, clients=CLIENTS))
    figures.add_load(f"exact, {CLIENTS} clients", load.run(cache.url, known, clients=CLIENTS))


def _promises(figures: Figures) -> list[str]:
    """The ratios that we promise ourselves, each beside its mark."""
    semantic = figures.ratio("semantic, 1 client, p50 ms", "embedding, p50 ms", "echo, 1 client, p50 ms")
    crowd = figures.ratio(f"semantic, {CLIENTS} clients, 1/s", "embedding, 1/s")
    exact = figures.ratio(f"exact, {CLIENTS} clients, 1/s", f"echo, {CLIENTS} clients, 1/s")
    judged = figures.ratio("judged, 1 client, p50 ms", "semantic, 1 client, p50 ms")
    judged_crowd = figures.ratio(f"judged, {CLIENTS} clients, 1/s", f"semantic, {CLIENTS} clients, 1/s")
    exact_alone = figures.ratio("exact, 1 client, 1/s", "echo, 1 client, 1/s")
    return [
        f"  semantic search / (embedding + echo), p50    {semantic:10.2f}   at most 1.5",
        f"  semantic searches / embeddings, 1/s          {crowd:10.2f}   at least 0.7",
        f"  one candidate judged / none, p50             {judged:10.2f}   at most 3",
        f"  one candidate judged / none, 1/s             {judged_crowd:10.2f}   at least 0.35",
        f"  exact searches / echoes, 1/s, 1 client       {exact_alone:10.2f}   at least 0.35",
        f"  exact searches / echoes, 1/s, {CLIENTS} clients     {exact:10.2f}   at least 0.35",
    ]


if __name__ == "__main__":
    main()
