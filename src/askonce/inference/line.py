"""The line before the models' threads: each asker in turn gives one, so that a noisy one waits for itself.

Not locked: the workers that own it are.
"""

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Asked(Protocol):
    @property
    def asker(self) -> str:
        """Whose it is."""


Job = TypeVar("Job", bound=Asked)


class Line(Generic[Job]):
    """Jobs by asker; among one asker's, first come, first served. Whoever's turn it is stands first."""

    def __init__(self) -> None:
        self._by_asker: OrderedDict[str, OrderedDict[Job, None]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, job: Job) -> None:
        self._by_asker.setdefault(job.asker, OrderedDict())[job] = None
        self._count += 1

    def discard(self, job: Job) -> None:
        jobs = self._by_asker.get(job.asker)
        if jobs is None or job not in jobs:
            return
        del jobs[job]
        self._count -= 1
        if not jobs:
            del self._by_asker[job.asker]

    def take(self) -> Job | None:
        """The next one, which leaves the line; its asker's others wait until everybody else had a turn."""
        for asker, jobs in self._by_asker.items():
            job = next(iter(jobs))
            self.discard(job)
            if jobs:
                self._by_asker.move_to_end(asker)
            return job
        return None

    def last_of_the_longest(self) -> Job | None:
        """Who came last of the asker with the most jobs in line."""
        longest = max(self._by_asker.values(), key=len, default=None)
        return next(reversed(longest)) if longest else None

    def length_of(self, asker: str) -> int:
        return len(self._by_asker.get(asker, ()))

    def clear(self) -> list[Job]:
        """Everything that was in line."""
        jobs = [job for those in self._by_asker.values() for job in those]
        self._by_asker.clear()
        self._count = 0
        return jobs
