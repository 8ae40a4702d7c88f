"""What a look at a set-up found. A sentence tells the way out too, where there is something to get out of."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    FINE = "fine"
    NOTICE = "notice"  # It works, and should be known or done before long.
    WRONG = "wrong"  # It does not work, or not as it should.


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    weight: Weight
    told: str

    @property
    def is_wrong(self) -> bool:
        return self.weight is Weight.WRONG
