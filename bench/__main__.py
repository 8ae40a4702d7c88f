"""The benchmark: what a search costs beside embedding its prompt and beside an empty HTTP answer.

    make bench                      all sizes
    make bench ARGS="1000 10000"    these sizes

Every figure of one size is taken in turns, in one run, over several rounds; the table gives medians and their
ratios. Compare ratios, not milliseconds: machines differ and are noisy.
"""

import argparse
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from bench import embedding, load
from bench.askonce_server import Cache, filled, started
from bench.echo import starlette_echo
from bench.prompts import stored_and_asked
from bench.report import Figures, report
from bench.serving import serving

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
ALONE = 150  # Searches of one client, each round.
CROWD = 800  # Searches of 32 clients, each round.
CLIENTS = 32
CHEAP = 4_000  # Requests that take microseconds: more of them for the same time.


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="Entries in the cache.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    sizes = sorted(arguments.sizes)
    stored, asked = stored_and_asked(max(sizes), arguments.rounds * (ALONE + CROWD))
    with (
        tempfile.TemporaryDirectory() as scratch,
        embedding.Bench() as embedder,
        serving(starlette_echo) as echo,
    ):
        for size in (0, *sizes):
            data = filled(Path(scratch), stored[:size])
            with started(data) as cache:
                figures = Figures(size, cache)
                if size:
                    _measure(figures, cache, embedder, echo, stored[:size], asked, arguments.rounds)
                report(figures)


def _measure(
    figures: Figures,
    cache: Cache,
    embedder: embedding.Bench,
    echo: str,
    stored: list[str],
    asked: list[str],
    rounds: int,
) -> None:
    known = [stored[place % len(stored)] for place in range(0, CHEAP * 7, 7)]
    for round_ in range(rounds):
        alone = asked[round_ * ALONE : (round_ + 1) * ALONE]
        crowd = asked[rounds * ALONE + round_ * CROWD : rounds * ALONE + (round_ + 1) * CROWD]
        figures.add("embed alone, p50 ms", embedder.p50_ms(alone))
        figures.add("echo, p50 ms", load.run(echo, cache.exact_searches(known), clients=1).p50_ms)
        figures.search("semantic search, 1 client", load.run(cache.url, cache.searches(alone), clients=1))
        figures.add("embed, 1/s", embedder.best_rate(crowd))
        figures.search(
            f"semantic search, {CLIENTS} clients", load.run(cache.url, cache.searches(crowd), clients=CLIENTS)
        )
        figures.add("echo, 1/s", load.run(echo, cache.exact_searches(known), clients=CLIENTS).per_second)
        figures.search("exact search", load.run(cache.url, cache.exact_searches(known), clients=CLIENTS))


if __name__ == "__main__":
    main()
