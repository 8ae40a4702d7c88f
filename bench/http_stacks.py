"""What a framework costs: Starlette against bare ASGI, in turns. `python -m bench.http_stacks`"""

import statistics

from bench import load
from bench.echo import bare_echo, starlette_echo
from bench.serving import serving

PATH = "/v1/caches/0/entries/search"
ROUNDS = 3


def main() -> None:
    body = b'{"prompt": "How do I reset the password of my account?", "maxResults": 1}'
    request = load.request_bytes("POST", PATH, body)
    figures: dict[str, list[tuple[float, float]]] = {"starlette": [], "bare": []}
    with serving(starlette_echo) as starlette, serving(bare_echo) as bare:
        for _ in range(ROUNDS):
            for name, url in (("starlette", starlette), ("bare", bare)):
                alone = load.run(url, [request] * 3_000, clients=1)
                crowd = load.run(url, [request] * 20_000, clients=16)
                figures[name].append((alone.p50_ms * 1_000, crowd.per_second))
    for name, rounds in figures.items():
        p50_us, rate = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"{name:10} p50 {p50_us:5.0f} us, {rate:7.0f} requests/s with 16 clients")


if __name__ == "__main__":
    main()
