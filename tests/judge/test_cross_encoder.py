"""The trained judge by its real file: what it tells apart, and that it is the same whoever asks."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from askonce.errors import BadModelFile
from askonce.inference.workers import Workers
from askonce.judge.cross_encoder import FOLDER, CrossEncoder
from askonce.model.judgement import TOO_LONG, UNREADABLE

SAME = [
    ("How do I reset my password?", "what's the way to reset my password"),
    ("What is the capital of France?", "Which city is France's capital?"),
    ("How can I lose weight fast?", "What is the quickest way to lose weight?"),
    ("cancel my subscription", "I would like to cancel my subscription, please."),
]
OTHER = [
    ("How do I enable two-factor authentication?", "How do I disable two-factor authentication?"),
    ("flights from Lima to Rome", "flights from Rome to Lima"),
    ("What is the capital of France?", "What is the capital of Spain?"),
    ("Show me the 5 cheapest hotels", "Show me the 10 cheapest hotels"),
    ("How do I lose weight?", "Why do I lose weight?"),
    ("Is it safe to take ibuprofen with alcohol?", "Is it safe to take ibuprofen with food?"),
]
STORY = (
    "The parcel was promised for Monday and has still not come although the tracking page says otherwise. "
)


@pytest.fixture(scope="module")
def judge() -> Iterator[CrossEncoder]:
    with closing(Workers(2)) as workers:
        yield CrossEncoder(workers)


def confidence(judge: CrossEncoder, one: str, other: str) -> float:
    found = asyncio.run(judge.confidence(one, other))
    assert isinstance(found, float), found
    return found


@pytest.mark.parametrize(("one", "other"), SAME)
def test_it_passes_rewordings(judge: CrossEncoder, one: str, other: str) -> None:
    assert confidence(judge, one, other) > 0.5


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_it_vetoes_traps(judge: CrossEncoder, one: str, other: str) -> None:
    assert confidence(judge, one, other) < 0.5


@pytest.mark.parametrize(("one", "other"), [*SAME, *OTHER])
def test_it_does_not_matter_which_of_the_two_was_asked(judge: CrossEncoder, one: str, other: str) -> None:
    assert confidence(judge, one, other) == confidence(judge, other, one)


def test_a_pair_has_the_same_confidence_whatever_is_judged_beside_it() -> None:
    async def all_at_once() -> list[float | str]:
        with closing(Workers(2)) as workers:
            judge = CrossEncoder(workers)
            return list(await asyncio.gather(*(judge.confidence(*pair) for pair in [*SAME, *OTHER])))

    async def one_by_one() -> list[float | str]:
        with closing(Workers(1)) as workers:
            judge = CrossEncoder(workers)
            return [await judge.confidence(*pair) for pair in [*SAME, *OTHER]]

    assert asyncio.run(all_at_once()) == asyncio.run(one_by_one())


def test_words_that_it_can_not_read_are_told(judge: CrossEncoder) -> None:
    assert asyncio.run(judge.confidence("what does 😀 mean", "what does 😂 mean")) == UNREADABLE


def test_texts_that_differ_too_much_to_be_read_whole_are_told(judge: CrossEncoder) -> None:
    found = asyncio.run(judge.confidence("First: " + STORY * 30, "Last: " + STORY * 31 + "Thanks"))

    assert found == TOO_LONG


def test_of_long_texts_the_part_that_differs_is_judged(judge: CrossEncoder) -> None:
    ask = "How do I {} two-factor authentication?"

    same = confidence(judge, STORY * 20 + ask.format("enable"), STORY * 20 + ask.format("turn on"))
    other = confidence(judge, STORY * 20 + ask.format("enable"), STORY * 20 + ask.format("disable"))

    assert other < 0.5
    assert other < same


def test_a_damaged_file_is_refused_by_its_name_with_the_way_out(tmp_path: Path) -> None:
    copied = shutil.copytree(FOLDER, tmp_path / "weights")
    path = copied / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with (
        closing(Workers(1)) as workers,
        pytest.raises(BadModelFile, match=r"model\.onnx is not the one .* Reinstall"),
    ):
        CrossEncoder(workers, folder=copied)
