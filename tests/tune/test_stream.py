"""A stream of requests is answered as a cache would answer it, and counted over time."""

import random
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.toy_embedder import ToyEmbedder, toy_vector
from tests.support.toy_pair_model import ToyPairModel

from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.engine.similarity import similarities
from askonce.errors import EmbedderUnavailable
from askonce.model.entry import Entry, entry_id
from askonce.model.judgement import JudgeMode
from askonce.model.query import Scope
from askonce.tune.instruments import Instruments
from askonce.tune.labelled import Request
from askonce.tune.remembering import Measurements, remembering
from askonce.tune.shares import Share
from askonce.tune.stream import ExactScan, Outcome, streamed
from askonce.tune.stream_report import stream_report

MODEL, RULES, OFF = JudgeMode.MODEL, JudgeMode.RULES, JudgeMode.OFF
COLOURS = ("red", "green", "blue", "black", "white", "grey", "pink")


def requests(*rows: tuple[str, str]) -> list[Request]:
    return [Request(line, text, intent) for line, (text, intent) in enumerate(rows, 1)]


async def ran(rows: list[Request], instruments: Instruments, mode: JudgeMode = OFF) -> list[Outcome]:
    return await streamed(rows, instruments, mode, threshold=0.8, min_confidence=0.5)


async def test_a_request_is_set_where_it_missed_and_served_where_it_did_not(instruments: Instruments) -> None:
    found = await ran(
        requests(("red green", "a"), ("one two", "b"), ("red green blue", "a"), ("RED green", "a")),
        instruments,
    )

    assert [None if one.hit is None else one.hit.entry.prompt for one in found] == [
        None,
        None,
        "red green",
        "red green",
    ]
    assert [one.is_repeat for one in found] == [False, False, True, True]
    assert not any(one.is_wrong for one in found)


async def test_an_answer_of_another_intent_is_a_wrong_hit(instruments: Instruments) -> None:
    found = await ran(requests(("red green", "a"), ("red green blue", "b")), instruments)

    assert [one.is_wrong for one in found] == [False, True]


async def test_the_judge_decides_as_in_a_search(instruments: Instruments, model: ToyPairModel) -> None:
    rows = requests(("red green blue", "a"), ("5 red green blue", "b"), ("red green blue black", "a"))
    by_rules = await ran(rows, instruments, RULES)
    model.answer = 0.1
    by_model = await ran(rows, instruments, MODEL)

    assert [one.hit is not None for one in by_rules] == [False, False, True]
    assert [one.hit is not None for one in by_model] == [False, False, False]


async def test_a_second_stream_asks_no_model(
    instruments: Instruments, kept: Measurements, embedder: ToyEmbedder, model: ToyPairModel
) -> None:
    rows = requests(("red green", "a"), ("red green blue", "a"))
    first = await ran(rows, remembering(instruments, kept), MODEL)
    asked, embedder.failure = model.asked, EmbedderUnavailable("down")
    second = await ran(rows, remembering(instruments, kept), MODEL)

    assert [one.hit is not None for one in first] == [one.hit is not None for one in second] == [False, True]
    assert model.asked == asked


async def test_the_scan_finds_what_the_engine_finds(tmp_path: Path) -> None:
    scan, chance = ExactScan(similarities), random.Random(7)
    with closing(EmbeddedEngine.open(tmp_path, now_ms=0, durability=Durability.PROCESS)) as engine:
        for at in range(200):
            prompt = " ".join(chance.choices(COLOURS, k=4))
            context = chance.choice(("", "other"))
            entry = Entry(entry_id(f"{prompt} {at}", {}, context), prompt, str(at), {}, context, at, None)
            scan.put(entry, toy_vector(prompt))
            await engine.put("a" * 32, entry, toy_vector(prompt))
        for _ in range(50):
            asked = toy_vector(" ".join(chance.choices(COLOURS, k=3)))
            assert asked is not None
            scope, floor, limit = (
                Scope({}, chance.choice(("", "other"))),
                chance.random(),
                chance.randint(1, 9),
            )

            found = await scan.nearest("", asked, scope, floor, limit, 0)
            expected = await engine.nearest("a" * 32, asked, scope, floor, limit, 1_000)

            assert [one.similarity for one in found] == [one.similarity for one in expected]
            assert [one.entry.response for one in found] == [one.entry.response for one in expected]


async def test_the_report_counts_hits_and_precision_over_time(instruments: Instruments) -> None:
    rows = requests(
        *(("red green", "a") for _ in range(20)), *((f"red green {at}", "b") for at in range(20, 40))
    )
    report = stream_report("own", {OFF: await ran(rows, instruments)})
    (method,) = report.methods

    assert (report.requests, report.intents, report.repeats) == (40, 2, Share(38, 40))
    assert method.hits == Share(39, 40)
    assert method.wrong.of == method.precision.of == 39
    assert method.wrong.count + method.precision.count == 39
    assert [(window.first, window.last) for window in method.windows][:2] == [(1, 2), (3, 4)]
    assert sum(window.hits.count for window in method.windows) == 39
    assert method.windows[0].precision == Share(1, 1)
    assert method.windows[-1].precision == Share(0, 2)
    assert method.worst[0].measured.pair.kind == "a served for b"


@pytest.mark.parametrize("count", [1, 19, 20, 21])
async def test_a_stream_of_any_length_is_told_in_parts_that_add_up(
    instruments: Instruments, count: int
) -> None:
    rows = requests(*(("red", "a") for _ in range(count)))
    (method,) = stream_report("own", {OFF: await ran(rows, instruments)}).methods

    assert sum(window.hits.of for window in method.windows) == count
    assert method.windows[-1].last == count
