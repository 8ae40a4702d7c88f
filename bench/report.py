"""Collecting the rounds of one cache size and printing their medians and ratios."""

import statistics
from collections import defaultdict

from bench.load import Load


class Figures:
    """Medians over rounds. A search whose answers are not what they should be ends the benchmark."""

    def __init__(self) -> None:
        self._rounds: defaultdict[str, list[float]] = defaultdict(list)

    def add(self, name: str, value: float) -> None:
        self._rounds[name].append(value)

    def add_load(self, name: str, load: Load) -> None:
        if load.failures:
            raise RuntimeError(
                f"{name}: {load.failures} of {load.requests} failed, such as {load.bodies[0]!r}"
            )
        self.add(f"{name}, p50 ms", load.p50_ms)
        self.add(f"{name}, p99 ms", load.p99_ms)
        self.add(f"{name}, 1/s", load.per_second)
        if load.misses:
            self.add(f"{name}, share of misses", load.misses / load.requests)

    def median(self, name: str) -> float:
        return statistics.median(self._rounds[name])

    def ratio(self, over: str, *under: str) -> float:
        """The median, over the rounds, of one figure divided by the sum of others of the same round."""
        rows = zip(self._rounds[over], *(self._rounds[name] for name in under), strict=True)
        return float(statistics.median(first / sum(rest) for first, *rest in rows))

    def lines(self) -> list[str]:
        return [f"  {name:44} {self.median(name):10.2f}" for name in self._rounds]
