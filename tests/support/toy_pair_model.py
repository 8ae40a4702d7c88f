"""A model of pairs for tests of everything around it: as sure of every pair as it is told to be."""

from dataclasses import dataclass


@dataclass
class ToyPairModel:
    """`answer` is a confidence, a reason why there is none, or an exception to raise."""

    answer: float | str | Exception = 1.0
    name: str = "toy"
    asked: int = 0

    async def confidence(self, _one: str, _other: str) -> float | str:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer
