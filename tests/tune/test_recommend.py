"""A recommendation promises no more than its pairs can show."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askonce.model.judgement import Judgement, JudgeMode
from askonce.tune.labelled import Pair
from askonce.tune.measure import Measured
from askonce.tune.recommend import most_wrong_under, recommended
from askonce.tune.shares import Share, least_sample

MODEL = JudgeMode.MODEL


def pairs(count: int, *, is_same: bool, similarity: float = 0.9, confidence: float = 0.9) -> list[Measured]:
    judgements = {mode: Judgement((), confidence) for mode in JudgeMode}
    return [Measured(Pair(line, "a", "b", is_same), similarity, judgements) for line in range(count)]


def test_a_setting_is_recommended_where_the_whole_interval_is_under_the_cap() -> None:
    sample = [
        *pairs(500, is_same=True, confidence=0.95),
        *pairs(500, is_same=True, confidence=0.7),
        *pairs(990, is_same=False, confidence=0.3),
        *pairs(10, is_same=False, confidence=0.8),
    ]

    one_percent, two_percent = (recommended(sample, MODEL, cap) for cap in (0.01, 0.02))

    # Of 1,000 that do not ask the same 10 are served at 0.7: just 1 %, so it may well be 1.8 % of all.
    assert one_percent.best is not None
    assert one_percent.best.min_confidence == 0.7
    assert one_percent.promised is not None
    assert one_percent.promised.min_confidence == 0.95
    assert one_percent.promised.wrong.interval[1] <= 0.01
    assert two_percent.promised is not None
    assert two_percent.promised.min_confidence == 0.7


def test_a_sample_too_small_for_the_cap_promises_nothing_and_says_what_it_takes() -> None:
    sample = [*pairs(5_000, is_same=True), *pairs(380, is_same=False, confidence=0.1)]

    found = recommended(sample, MODEL, 0.01)

    assert found.promised is None
    assert found.tried is None
    assert (found.other, found.needed) == (380, 381)
    assert found.best is not None
    assert found.best.wrong.count == 0


@pytest.mark.parametrize("is_same", [True, False])
def test_pairs_of_one_label_promise_nothing(is_same: bool) -> None:
    found = recommended(pairs(5_000, is_same=is_same), MODEL, 0.05)

    assert (found.promised, found.best) == (None, None)


def test_the_choice_is_tried_on_pairs_that_did_not_make_it() -> None:
    sample = [*pairs(400, is_same=True), *pairs(1_000, is_same=False, confidence=0.1)]

    found = recommended(sample, MODEL, 0.01)

    assert found.tried is not None
    assert (found.tried.served, found.tried.wrong) == (Share(400, 400), Share(0, 1_000))


def test_rules_alone_get_a_threshold_alone() -> None:
    sample = [*pairs(400, is_same=True), *pairs(1_000, is_same=False, similarity=0.6)]

    found = recommended(sample, JudgeMode.RULES, 0.01)

    assert found.promised is not None
    assert found.promised.served == Share(400, 400)
    assert 0.6 < found.promised.threshold <= 0.9


@settings(deadline=None, max_examples=40)
@given(st.floats(0.002, 0.5), st.integers(1, 5_000))
def test_one_wrong_answer_more_would_break_the_cap(cap: float, of: int) -> None:
    most = most_wrong_under(cap, of)

    if most is None:
        assert of < least_sample(cap)
    else:
        assert Share(most, of).interval[1] <= cap + 1e-9
        assert most == of or Share(most + 1, of).interval[1] > cap
