"""What limits and the audit log cost the data plane: rates of one server, in turns, in one run.

    python -m bench.limits_measure [--rounds 7]

The same exact searches by 32 clients: with a key without limits; with one that has a rate (never reached, so
that every answer tells what is left of it); and with the first again while caches are changed and each change
is audited. Ratios are medians over rounds; 1.00 is no cost.
"""

import argparse
import json
import statistics
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import load
from bench.askonce_server import ADMIN_TOKEN, CACHE_ID, Cache, started
from bench.prompts import stored_prompts

ENTRIES, SEARCHES, CLIENTS = 1_000, 8_000, 32
ACT_EVERY_S = 0.1
UNREACHED = 1_000_000  # Requests a second.


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.limits_measure")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    stored = stored_prompts(ENTRIES)
    asked = [stored[place * 7 % ENTRIES] for place in range(SEARCHES)]
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        data.mkdir()
        with started(data) as cache:
            cache.fill(stored)
            limited = replace(cache, api_key=_key_with_rate(cache))
            ratios: dict[str, list[float]] = {"rate": [], "audited changes": []}
            for _ in range(rounds):
                plain = _per_second(cache, asked)
                ratios["rate"].append(_per_second(limited, asked) / plain)
                with _changing(cache):
                    ratios["audited changes"].append(_per_second(cache, asked) / plain)
    for name, each in ratios.items():
        shown = " ".join(f"{ratio:.3f}" for ratio in sorted(each))
        print(f"{name:18} {statistics.median(each):.3f} of the searches a second without   ({shown})")


def _per_second(cache: Cache, asked: list[str]) -> float:
    return load.run(cache.url, cache.exact_searches(asked), clients=CLIENTS).per_second


def _key_with_rate(cache: Cache) -> str:
    grants = [{"resourceId": CACHE_ID, "actions": ["full"]}]
    made = _administer(
        cache, "POST", "/v1/api-keys", {"name": "limited", "grants": grants, "requestsPerSecond": UNREACHED}
    )
    return str(made["token"])


@contextmanager
def _changing(cache: Cache) -> Iterator[None]:
    """Every tenth of a second the cache gets another name, and the audit log a line."""
    is_over = threading.Event()

    def change() -> None:
        number = 0
        while not is_over.wait(ACT_EVERY_S):
            number += 1
            _administer(cache, "PATCH", f"/v1/caches/{CACHE_ID}", {"name": f"bench {number}"})

    changing = threading.Thread(target=change)
    changing.start()
    try:
        yield
    finally:
        is_over.set()
        changing.join()


def _administer(cache: Cache, method: str, path: str, body: dict[str, object]) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    request = urllib.request.Request(f"{cache.url}{path}", json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))


if __name__ == "__main__":
    main()
