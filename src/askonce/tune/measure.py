"""Pairs, measured as a search would treat them: found at all, how similar, and what the judge makes of them.

Invariant: nothing here decides. The context, the same words, the similarity and the judgement come from the
functions that a search calls.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from askonce.model.canonical import Canonical, canonical
from askonce.model.entry import NO_CONTEXT, prompt_token
from askonce.model.judgement import OTHER_FRAME, UNREADABLE, Judgement, JudgeMode, Terms
from askonce.service.framing import framed
from askonce.service.lookup import IDENTICAL, judgement_of
from askonce.tune.curve import NEVER, Curve, curve_of
from askonce.tune.instruments import Instruments, Progress
from askonce.tune.labelled import Pair
from askonce.tune.remembering import ANY_CONFIDENCE, Measurements

AT_ONCE = 32  # Pairs under way: enough for any number of cores, and what an interrupted run loses at most.
METHODS = {
    JudgeMode.OFF: (JudgeMode.OFF,),
    JudgeMode.RULES: (JudgeMode.OFF, JudgeMode.RULES),
    JudgeMode.MODEL: (JudgeMode.OFF, JudgeMode.RULES, JudgeMode.MODEL),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """`similarity` of None: a search can not find the one by the other at any threshold. `judgements` are on
    terms that take any confidence.
    """

    pair: Pair
    similarity: float | None
    judgements: dict[JudgeMode, Judgement]

    def confidence(self, mode: JudgeMode) -> float:
        """The highest least confidence at which it passes; NEVER if it does not."""
        judgement = self.judgements[mode]
        if not judgement.is_served:
            return NEVER
        return 1.0 if judgement.confidence is None else judgement.confidence

    def is_served(self, mode: JudgeMode, threshold: float, min_confidence: float) -> bool:
        if self.similarity is None or not self.similarity >= threshold:
            return False
        return self.confidence(mode) >= min_confidence


async def measured(
    pairs: Sequence[Pair],
    instruments: Instruments,
    mode: JudgeMode,
    *,
    kept: Measurements | None = None,
    progress: Progress | None = None,
) -> list[Measured]:
    """Every pair, by the judge of `mode` and the lesser ones. Raises `EmbedderUnavailable`."""
    found: list[Measured] = []
    for start in range(0, len(pairs), AT_ONCE):
        batch = pairs[start : start + AT_ONCE]
        found += await asyncio.gather(*(_measured(pair, instruments, mode) for pair in batch))
        if kept is not None:
            kept.commit()
        if progress is not None:
            progress("pairs", len(found), len(pairs))
    return found


def curve(pairs: Sequence[Measured], mode: JudgeMode) -> Curve:
    return curve_of(
        [NEVER if one.similarity is None else one.similarity for one in pairs],
        [one.confidence(mode) for one in pairs],
        [one.pair.is_same for one in pairs],
        has_confidence=mode is JudgeMode.MODEL,
    )


async def _measured(pair: Pair, instruments: Instruments, mode: JudgeMode) -> Measured:
    stored, asked = canonical(pair.stored), canonical(pair.asked)
    if _token(pair.stored, stored) == _token(pair.asked, asked):
        return Measured(pair, 1.0, dict.fromkeys(METHODS[mode], IDENTICAL))
    if stored.frame != asked.frame:
        return _not_found(pair, mode, OTHER_FRAME)  # An engine looks within one context only.
    similarity = await _similarity(stored.question, asked.question, instruments)
    if similarity is None:
        return _not_found(pair, mode, UNREADABLE)
    judgements = {
        each: await judgement_of(instruments.judge, asked, stored, _any(each)) for each in METHODS[mode]
    }
    return Measured(pair, similarity, judgements)


def _token(prompt: str, question: Canonical) -> bytes:
    return prompt_token(prompt, framed(NO_CONTEXT, question.frame))


def _any(mode: JudgeMode) -> Terms:
    return replace(ANY_CONFIDENCE, mode=mode)


def _not_found(pair: Pair, mode: JudgeMode, reason: str) -> Measured:
    return Measured(pair, None, dict.fromkeys(METHODS[mode], Judgement((reason,))))


async def _similarity(stored: str, asked: str, instruments: Instruments) -> float | None:
    one = await instruments.embedder.embed(stored)
    other = await instruments.embedder.embed(asked)
    if one is None or other is None:
        return None
    return float(instruments.similarities(one[np.newaxis], other)[0])
