"""The judge: the folding first, then the rules, then the model; the first that vetoes ends it.

Invariants: texts that differ only in what folding takes away are the same question and need nobody. A model
that fails, runs over its time or can not read the whole pair is a veto, never a pass.
"""

import asyncio
import logging
from typing import Protocol

from askonce.judge.rules import DEFAULT_RULES, RULES, vetoes
from askonce.model.folding import folded
from askonce.model.judgement import (
    BY_FOLDING,
    BY_RULES,
    JUDGE_FAILED,
    JUDGE_TIMEOUT,
    LOW_CONFIDENCE,
    Judgement,
    JudgeMode,
    Terms,
)

log = logging.getLogger(__name__)


class PairModel(Protocol):
    """Reads two questions."""

    @property
    def name(self) -> str: ...

    async def confidence(self, one: str, other: str) -> float | str:
        """The probability, 0 to 1, that one answer serves both; or the reason why it can not tell."""


class Panel:
    """Satisfies the port `Judge`."""

    def __init__(self, model: PairModel, *, timeout_s: float) -> None:
        self._model = model
        self._timeout_s = timeout_s

    async def judge(self, asked: str, stored: str, terms: Terms) -> Judgement:
        if folded(asked) == folded(stored):
            return Judgement((), 1.0, (BY_FOLDING,))
        if terms.mode is JudgeMode.OFF:
            return Judgement()
        # The strict rules stand in for the model where nobody judges after them.
        broken = vetoes(asked, stored, RULES if terms.mode is JudgeMode.RULES else DEFAULT_RULES)
        if broken or terms.mode is JudgeMode.RULES:
            return Judgement(broken, None, (BY_RULES,))
        return await self._by_model(asked, stored, terms.min_confidence)

    async def _by_model(self, asked: str, stored: str, least: float) -> Judgement:
        by = (BY_RULES, self._model.name)
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await self._model.confidence(asked, stored)
        except TimeoutError:
            return Judgement((JUDGE_TIMEOUT,), None, by)
        except Exception:  # Whatever went wrong in it, the candidate must not pass for that.
            log.exception("judge failed")
            return Judgement((JUDGE_FAILED,), None, by)
        if isinstance(found, str):
            return Judgement((found,), None, by)
        # Not `found < least`: a NaN is below nothing, and must not pass.
        return Judgement(() if found >= least else (LOW_CONFIDENCE,), found, by)
