"""Labelled pairs through a running server, as a client meets them: one question set, the other one searched.

    python -m bench.quality_measure ../shared/data/qqp.dev.jsonl ...

Everything is at the server's defaults. Each pair stands alone, by an attribute of its own, so that a search
can be answered with its pair's entry or not at all. In percent: served, of the pairs that one answer serves;
wrong, of the others. `askonce eval` gives the same figures in a fraction of the time; this shows that they
hold.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from askonce.tune.labelled import Labelled, Pair, read_labelled
from bench.askonce_server import API_KEY, CACHE_ID, Cache, started

AT_ONCE = 16
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    same: int
    served: int
    other: int
    wrong: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.quality_measure")
    parser.add_argument(
        "files", nargs="+", type=Path, help="labelled pairs, in the formats of `askonce eval`"
    )
    parser.add_argument("--limit", type=int, help="pairs of each file, drawn at random")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        data.mkdir()
        with started(data) as cache:
            print(f"{'set':28} {'same':>6} {'other':>6} {'served':>7} {'wrong':>7}")
            for path in arguments.files:
                labelled = read_labelled(path, arguments.limit)
                print(_line(labelled, asyncio.run(_measured(cache, labelled))), flush=True)


async def _measured(cache: Cache, labelled: Labelled) -> Outcome:
    waiting = iter(labelled.pairs)
    answered: list[tuple[bool, bool]] = []
    headers = {"Authorization": f"Bearer {API_KEY}"}
    url = f"{cache.url}/v1/caches/{CACHE_ID}"
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S) as client:
        await asyncio.gather(*(_take_turns(client, labelled.name, waiting, answered) for _ in range(AT_ONCE)))
    same = [is_served for is_same, is_served in answered if is_same]
    other = [is_served for is_same, is_served in answered if not is_same]
    return Outcome(len(same), sum(same), len(other), sum(other))


async def _take_turns(
    client: httpx2.AsyncClient, name: str, waiting: Iterator[Pair], answered: list[tuple[bool, bool]]
) -> None:
    for pair in waiting:
        attributes = {"pair": f"{name}:{pair.line}"}
        entry: dict[str, object] = {
            "prompt": pair.stored,
            "response": str(pair.line),
            "attributes": attributes,
        }
        await _answer(client, "/entries", entry)
        found = await _answer(client, "/entries/search", {"prompt": pair.asked, "attributes": attributes})
        answered.append((pair.is_same, bool(found["data"])))


async def _answer(client: httpx2.AsyncClient, path: str, body: dict[str, object]) -> dict[str, list[object]]:
    answer = await client.post(path, content=json.dumps(body).encode())
    if answer.is_error:
        sys.exit(f"{path}: {answer.status_code} {answer.text}")
    result: dict[str, list[object]] = answer.json()
    return result


def _line(labelled: Labelled, outcome: Outcome) -> str:
    served, wrong = _percent(outcome.served, outcome.same), _percent(outcome.wrong, outcome.other)
    return f"{labelled.name:28} {outcome.same:6} {outcome.other:6} {served:>7} {wrong:>7}"


def _percent(count: int, of: int) -> str:
    return f"{100 * count / of:.1f}" if of else "-"


if __name__ == "__main__":
    main()
