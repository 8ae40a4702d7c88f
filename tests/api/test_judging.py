"""What a search asks of the judge, and what it tells of it: terms, confidence, near misses, canonical
prompts.
"""

import json

import pytest
from tests.api.world import World

PROMPT, ASKED = "red green blue", "blue green red"


def messages(*turns: tuple[str, str]) -> str:
    return json.dumps([{"role": role, "content": content} for role, content in turns])


async def near_misses(world: World, prompt: str, **fields: object) -> list[dict[str, object]]:
    answer = await world.call("POST", "/entries/search", {"prompt": prompt, "explain": True, **fields})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["nearMisses"])


async def test_a_hit_tells_its_confidence_and_who_judged(world: World) -> None:
    world.pair_model.answer = 0.75
    await world.set(PROMPT)

    (hit,) = await world.search(ASKED)

    assert hit["confidence"] == 0.75
    assert hit["judgement"] == {"judgedBy": ["rules", "toy"], "reasons": []}


async def test_a_candidate_below_the_least_confidence_is_a_miss(world: World) -> None:
    world.pair_model.answer = 0.75
    await world.set(PROMPT)

    assert await world.search(ASKED, minConfidence=0.8) == []
    assert len(await world.search(ASKED, minConfidence=0.7)) == 1


async def test_a_cache_s_own_least_confidence_holds_where_the_request_names_none(world: World) -> None:
    world.pair_model.answer = 0.01
    await world.set(PROMPT)

    assert await world.search(ASKED) == []


@pytest.mark.parametrize("judge", ["off", "rules"])
async def test_without_the_model_it_is_not_asked(world: World, judge: str) -> None:
    world.pair_model.answer = 0.0
    await world.set(PROMPT)

    (hit,) = await world.search(ASKED, judge=judge)

    assert (hit["confidence"], world.pair_model.asked) == (None, 0)


async def test_near_misses_are_told_on_request_with_reasons(world: World) -> None:
    world.pair_model.answer = 0.25
    entry_id = await world.set(PROMPT)

    (near,) = await near_misses(world, ASKED)

    assert (near["id"], near["prompt"], near["confidence"]) == (entry_id, PROMPT, 0.25)
    assert near["judgement"] == {"judgedBy": ["rules", "toy"], "reasons": ["low-confidence"]}


async def test_near_misses_are_not_told_unasked(world: World) -> None:
    world.pair_model.answer = 0.25
    await world.set(PROMPT)

    answer = await world.call("POST", "/entries/search", {"prompt": ASKED})

    assert answer.json() == {"data": []}


async def test_a_judge_that_fails_is_a_miss_and_says_so(world: World) -> None:
    world.pair_model.answer = RuntimeError("broken")
    await world.set(PROMPT)

    assert await world.search(ASKED) == []
    (near,) = await near_misses(world, ASKED)
    assert near["judgement"]["reasons"] == ["judge-failed"]  # type: ignore[index]


async def test_the_exact_same_prompt_needs_no_judge(world: World) -> None:
    world.pair_model.answer = 0.0
    await world.set(PROMPT)

    (hit,) = await world.search(PROMPT.upper())

    assert (hit["confidence"], world.pair_model.asked) == (1.0, 0)


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"judge": "maybe"}, "judge", "choice"),
        ({"judge": 5}, "judge", "choice"),
        ({"minConfidence": 1.5}, "minConfidence", "range"),
        ({"minConfidence": "high"}, "minConfidence", "type"),
        ({"explain": "yes"}, "explain", "type"),
    ],
)
async def test_bad_terms_are_refused(world: World, fields: dict[str, object], field: str, rule: str) -> None:
    answer = await world.call("POST", "/entries/search", {"prompt": PROMPT, **fields})

    assert answer.status_code == 400
    assert [(fault["field"], fault["rule"]) for fault in answer.json()["fields"]] == [(field, rule)]


async def test_the_last_question_of_a_message_list_is_what_is_compared(world: World) -> None:
    await world.set(messages(("system", "Be brief."), ("user", PROMPT)))

    assert len(await world.search(messages(("system", "Be brief."), ("user", ASKED)))) == 1


@pytest.mark.parametrize(
    "asked",
    [
        messages(("system", "Be verbose."), ("user", ASKED)),
        messages(("user", ASKED)),
        messages(("system", "Be brief."), ("user", "hi"), ("assistant", "Hello."), ("user", ASKED)),
        ASKED,
    ],
)
async def test_another_frame_around_the_same_question_is_never_served(world: World, asked: str) -> None:
    await world.set(messages(("system", "Be brief."), ("user", PROMPT)))

    assert await world.search(asked, similarityThreshold=0, judge="off") == []


async def test_a_plain_question_is_never_served_to_a_framed_one(world: World) -> None:
    await world.set(PROMPT)

    asked = messages(("system", "Be brief."), ("user", ASKED))
    assert await world.search(asked, similarityThreshold=0, judge="off") == []


async def test_a_frame_and_a_conversation_s_context_both_hold(world: World) -> None:
    framed, asked = (
        messages(("system", "Be brief."), ("user", PROMPT)),
        messages(("system", "Be brief."), ("user", ASKED)),
    )
    await world.set(framed, context=["What about paint?"])

    assert len(await world.search(asked, context=["What about paint?"])) == 1
    assert await world.search(asked) == []
    assert await world.search(asked, context=["What about light?"]) == []
    assert await world.search(ASKED, context=["What about paint?"]) == []


async def test_a_framed_prompt_keeps_its_exact_hit_and_replaces_in_place(world: World) -> None:
    framed = messages(("system", "Be brief."), ("user", PROMPT))
    first = await world.set(framed, "old")

    assert await world.set(framed, "new") == first
    (hit,) = await world.search(framed, searchStrategies=["exact"])
    assert (hit["response"], hit["prompt"]) == ("new", framed)
