"""How a candidate is judged, and what came of it. A judge only ever vetoes: it never widens an answer."""

from dataclasses import dataclass
from enum import StrEnum


class JudgeMode(StrEnum):
    """What looks at a candidate beyond its similarity. By `RULES` alone some stand in for the model
    (`WITHOUT_MODEL`), which vetoes more than what the model replaces them by.
    """

    OFF = "off"
    RULES = "rules"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a search asks of the judge. `min_confidence`, 0 to 1, is the least that the model must give."""

    mode: JudgeMode
    min_confidence: float


# What speaks beside a model, in `judged_by`.
BY_FOLDING, BY_RULES = "folding", "rules"

# Rules that speak only where no model judges after them: by `JudgeMode.RULES`.
WITHOUT_MODEL = frozenset({"date-missing", "identifier-missing", "long-text"})

# Reasons of a veto that are not the name of a rule.
OTHER_FRAME = "other-frame"  # What stands around the question (system prompt, earlier turns) is not the same.
LOW_CONFIDENCE = "low-confidence"
TOO_LONG = "too-long"  # More than the model can read whole, and no windows of it tell all.
UNREADABLE = "unreadable"  # Words that the model does not know.
JUDGE_FAILED = "judge-failed"
JUDGE_TIMEOUT = "judge-timeout"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was made of a candidate.

    `reasons` are those of a veto; without any, the candidate is served. `confidence` is the probability, 0 to
    1, that one answer serves both questions: the model's, 1 for texts that are the same but for folding, None
    where no model was asked. `judged_by` lists what spoke, in its order, such as ("rules", "askonce-judge
    1").
    """

    reasons: tuple[str, ...] = ()
    confidence: float | None = None
    judged_by: tuple[str, ...] = ()

    @property
    def is_served(self) -> bool:
        return not self.reasons

    @property
    def has_asked_a_model(self) -> bool:
        """Whether it cost what a model costs: more than all the rest of a search."""
        return any(by not in (BY_FOLDING, BY_RULES) for by in self.judged_by)
