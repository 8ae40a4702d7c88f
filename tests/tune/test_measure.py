"""A pair is measured as a search would treat it; what was measured before is not measured again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.toy_embedder import ToyEmbedder
from tests.support.toy_pair_model import ToyPairModel

from askonce.errors import BadMeasurementsFile, EmbedderUnavailable
from askonce.judge.panel import Panel
from askonce.model.judgement import LOW_CONFIDENCE, OTHER_FRAME, UNREADABLE, JudgeMode, Terms
from askonce.tune.instruments import Instruments
from askonce.tune.labelled import Pair
from askonce.tune.measure import Measured, measured
from askonce.tune.remembering import Measurements, remembering

MODEL, RULES, OFF = JudgeMode.MODEL, JudgeMode.RULES, JudgeMode.OFF


async def one(stored: str, asked: str, instruments: Instruments) -> Measured:
    (found,) = await measured([Pair(1, stored, asked, True)], instruments, MODEL)
    return found


async def test_the_same_words_need_no_embedder_and_no_judge(instruments: Instruments) -> None:
    found = await one("😀", "😀", instruments)

    assert found.similarity == 1.0
    assert found.is_served(MODEL, 1.0, 1.0)


async def test_the_rules_veto_what_the_cosine_serves(instruments: Instruments) -> None:
    found = await one("the 5 best red films", "the 10 best red films", instruments)

    assert found.is_served(OFF, 0.8, 0.0)
    assert not found.is_served(RULES, 0.8, 0.0)
    assert not found.is_served(MODEL, 0.8, 0.0)


async def test_the_models_confidence_is_held_to_the_least_one(instruments: Instruments) -> None:
    found = await one("red green blue", "red green blue black", instruments)

    assert found.is_served(RULES, 0.8, 1.0)
    assert found.is_served(MODEL, 0.8, 0.7)
    assert not found.is_served(MODEL, 0.8, 0.71)
    assert not found.is_served(MODEL, 1.0, 0.0)


async def test_what_the_embedder_can_not_read_is_found_at_no_threshold(instruments: Instruments) -> None:
    found = await one("red", "😀", instruments)

    assert found.similarity is None
    assert found.judgements[OFF].reasons == (UNREADABLE,)
    assert not found.is_served(OFF, 0.0, 0.0)


async def test_other_conversations_are_found_at_no_threshold(instruments: Instruments) -> None:
    asking = {"role": "user", "content": "and then?"}
    alone, after = json.dumps([asking]), json.dumps([{"role": "system", "content": "Be brief."}, asking])

    assert (await one(alone, alone, instruments)).is_served(MODEL, 1.0, 1.0)
    found = await one(alone, after, instruments)
    assert found.judgements[OFF].reasons == (OTHER_FRAME,)
    assert not found.is_served(OFF, 0.0, 0.0)


async def test_a_second_measurement_asks_no_model_and_finds_the_same(
    instruments: Instruments, kept: Measurements, embedder: ToyEmbedder, model: ToyPairModel
) -> None:
    pairs = [Pair(1, "red green", "red green blue", True), Pair(2, "red", "😀", False)]
    first = await measured(pairs, remembering(instruments, kept), MODEL, kept=kept)
    asked, embedder.failure = model.asked, EmbedderUnavailable("down")

    second = await measured(pairs, remembering(instruments, kept), MODEL, kept=kept)

    assert [each.similarity for each in second] == [each.similarity for each in first]
    assert second[0].confidence(MODEL) == first[0].confidence(MODEL) == 0.7
    assert (asked, model.asked) == (1, 1)


@pytest.mark.parametrize("change", ["judge", "embedder"])
async def test_what_another_model_made_is_not_taken(
    instruments: Instruments, kept: Measurements, embedder: ToyEmbedder, model: ToyPairModel, change: str
) -> None:
    pairs = [Pair(1, "red green", "red green blue", True)]
    await measured(pairs, remembering(instruments, kept), MODEL)
    if change == "judge":
        changed = replace(instruments, judge_model="toy 2")
        model.answer = 0.2
        (found,) = await measured(pairs, remembering(changed, kept), MODEL)
        assert found.confidence(MODEL) == 0.2
    else:
        embedder.fingerprint = replace(embedder.fingerprint, digest="other weights")
        embedder.failure = EmbedderUnavailable("asked")
        with pytest.raises(EmbedderUnavailable):
            await measured(pairs, remembering(instruments, kept), MODEL)


async def test_a_failure_of_the_judge_is_not_kept(
    instruments: Instruments, kept: Measurements, model: ToyPairModel
) -> None:
    pairs = [Pair(1, "red green", "red green blue", True)]
    model.answer = RuntimeError("broken")
    (broken,) = await measured(pairs, remembering(instruments, kept), MODEL)
    model.answer = 0.9
    (mended,) = await measured(pairs, remembering(instruments, kept), MODEL)

    assert not broken.judgements[MODEL].is_served
    assert mended.confidence(MODEL) == 0.9


@pytest.mark.parametrize("least", [0.0, 0.69, 0.7, 0.71, 1.0])
@pytest.mark.parametrize("mode", list(JudgeMode))
@pytest.mark.parametrize(
    "asked", ["red green", "RED green!", "5 red green", "red black", "red green or " + "blue " * 25]
)
async def test_the_remembering_judge_judges_as_the_judge_does(
    kept: Measurements, instruments: Instruments, least: float, mode: JudgeMode, asked: str
) -> None:
    judge = Panel(ToyPairModel(answer=0.7), timeout_s=10)
    terms = Terms(mode, least)
    for _ in range(2):  # Afresh, and from what was kept.
        plain = await judge.judge(asked, "red green", terms)
        remembered = await remembering(instruments, kept).judge.judge(asked, "red green", terms)

        assert (remembered.reasons, remembered.confidence) == (plain.reasons, plain.confidence)
        assert plain.reasons in {(), (LOW_CONFIDENCE,), ("number-added",), ("long-text",)}


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, and long enough to be told from an empty one " * 40)

    with pytest.raises(BadMeasurementsFile, match="--no-cache"):
        Measurements(file)
    assert file.read_text().startswith("not a database")
