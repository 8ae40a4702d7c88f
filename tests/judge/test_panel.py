"""The panel: who is asked, in which order, and that nothing which goes wrong ever passes a candidate."""

import asyncio

import pytest
from tests.support.toy_pair_model import ToyPairModel

from askonce.judge.panel import Panel
from askonce.model.judgement import (
    BY_FOLDING,
    BY_RULES,
    JUDGE_FAILED,
    JUDGE_TIMEOUT,
    LOW_CONFIDENCE,
    TOO_LONG,
    JudgeMode,
    Terms,
)

ASKED, STORED = "how do I reset my password", "what is the way to reset a password"
MODEL = Terms(JudgeMode.MODEL, 0.5)


def panel(model: ToyPairModel, timeout_s: float = 10) -> Panel:
    return Panel(model, timeout_s=timeout_s)


async def test_a_confident_model_serves_and_says_who_judged() -> None:
    judgement = await panel(ToyPairModel(0.9)).judge(ASKED, STORED, MODEL)

    assert judgement.is_served
    assert (judgement.confidence, judgement.judged_by) == (0.9, (BY_RULES, "toy"))


@pytest.mark.parametrize(("confidence", "is_served"), [(0.5, True), (0.499, False), (float("nan"), False)])
async def test_the_least_confidence_is_inclusive(confidence: float, is_served: bool) -> None:
    judgement = await panel(ToyPairModel(confidence)).judge(ASKED, STORED, MODEL)

    assert judgement.is_served == is_served
    assert judgement.reasons == (() if is_served else (LOW_CONFIDENCE,))


@pytest.mark.parametrize("mode", JudgeMode)
async def test_the_same_words_in_other_case_and_punctuation_need_nobody(mode: JudgeMode) -> None:
    model = ToyPairModel(0.0)

    judgement = await panel(model).judge("Reset my password!", "reset  my password", Terms(mode, 1))

    assert (judgement.is_served, judgement.confidence, judgement.judged_by) == (True, 1.0, (BY_FOLDING,))
    assert model.asked == 0


async def test_switched_off_it_serves_everything_and_asks_nobody() -> None:
    model = ToyPairModel(0.0)

    judgement = await panel(model).judge("top 5 films", "top 10 films", Terms(JudgeMode.OFF, 1))

    assert judgement.is_served
    assert (judgement.confidence, judgement.judged_by, model.asked) == (None, (), 0)


@pytest.mark.parametrize("mode", [JudgeMode.RULES, JudgeMode.MODEL])
async def test_a_rule_vetoes_before_the_model_is_asked(mode: JudgeMode) -> None:
    model = ToyPairModel(1.0)

    judgement = await panel(model).judge("top 5 films", "top 10 films", Terms(mode, 0))

    assert not judgement.is_served
    assert (judgement.judged_by, model.asked) == ((BY_RULES,), 0)


async def test_by_rules_alone_the_model_is_not_asked() -> None:
    model = ToyPairModel(0.0)

    judgement = await panel(model).judge(ASKED, STORED, Terms(JudgeMode.RULES, 1))

    assert judgement.is_served
    assert (judgement.confidence, model.asked) == (None, 0)


async def test_a_model_that_fails_is_a_veto() -> None:
    judgement = await panel(ToyPairModel(RuntimeError("broken"))).judge(
        ASKED, STORED, Terms(JudgeMode.MODEL, 0)
    )

    assert judgement.reasons == (JUDGE_FAILED,)


async def test_a_model_that_can_not_tell_is_a_veto_with_its_reason() -> None:
    judgement = await panel(ToyPairModel(TOO_LONG)).judge(ASKED, STORED, Terms(JudgeMode.MODEL, 0))

    assert judgement.reasons == (TOO_LONG,)


async def test_a_model_that_runs_over_its_time_is_a_veto() -> None:
    class Stuck(ToyPairModel):
        async def confidence(self, one: str, other: str) -> float | str:
            await asyncio.Event().wait()
            return await super().confidence(one, other)

    judgement = await panel(Stuck(), timeout_s=0.001).judge(ASKED, STORED, Terms(JudgeMode.MODEL, 0))

    assert judgement.reasons == (JUDGE_TIMEOUT,)
