"""What is put is found, whole, in its own cache, and once."""

import pytest
from tests.contract.conftest import KeptEngine
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry

from askonce.errors import EngineUnavailable
from askonce.model.query import Match

ODD_TEXTS = [
    "",
    " ",
    "\x00",
    "before\x00after",
    "line\r\nline\ttab\x1b[0m\x7f",
    "naïve café ἀρχή Привет مرحبا שלום 你好 안녕 🤷🏽‍♀️ 👨‍👩‍👧‍👦",
    "\u202eright to left\u202c \ufeffbyte order mark \u200b\u2060",
    "e\u0301 is not \u00e9",
    "ẞ ß ss SS ﬁ İ ı K (kelvin)",
    "\U0010ffff\ufffe\uffff",
    "'); DROP TABLE entries; -- % _ * \" \\ {} [] null",
    "0" * 5_000,
]


async def test_an_entry_comes_back_as_it_was_put(engine: KeptEngine) -> None:
    put = entry("How?", "So.", {"team": "a", "user": "b"}, expires_at_ms=NOW_MS + 1)
    await engine.put("cache", put, direction(1))

    assert await engine.exact("cache", "How?", ANYWHERE, 9, NOW_MS) == [put]
    assert await engine.nearest("cache", direction(1), ANYWHERE, 0.9, 9, NOW_MS) == [Match(put, 1.0)]


@pytest.mark.parametrize("text", ODD_TEXTS)
async def test_any_text_may_stand_anywhere(engine: KeptEngine, text: str) -> None:
    put = entry(text, text, {text: text, "other": text})
    await engine.put(text, put, direction(1))
    scope = type(ANYWHERE)({text: text})

    assert await engine.exact(text, text, scope, 9, NOW_MS) == [put]
    assert await engine.nearest(text, direction(1), scope, 0.9, 9, NOW_MS) == [Match(put, 1.0)]
    assert await engine.exact(text + "x", text, scope, 9, NOW_MS) == []


async def test_an_exact_search_ignores_case_and_nothing_else(engine: KeptEngine) -> None:
    put = entry("Straße nach ΟΔΟΣ")
    await engine.put("cache", put, None)

    for same in ("STRASSE NACH οδος", "straße nach οδοσ"):
        assert await engine.exact("cache", same, ANYWHERE, 1, NOW_MS) == [put]
    for other in ("Straße  nach ΟΔΟΣ", "Strase nach ΟΔΟΣ", "Straße nach ΟΔΟΣ ", "Straße nach ΟΔΟΣ\x00", ""):
        assert await engine.exact("cache", other, ANYWHERE, 1, NOW_MS) == []


async def test_an_entry_without_a_vector_is_found_by_exact_search_only(engine: KeptEngine) -> None:
    put = entry("????")
    await engine.put("cache", put, None)
    await engine.put("cache", entry("another"), direction(1))

    assert await engine.exact("cache", "????", ANYWHERE, 9, NOW_MS) == [put]
    found = await engine.nearest("cache", direction(1), ANYWHERE, 0.0, 9, NOW_MS)
    assert [match.entry.prompt for match in found] == ["another"]


async def test_putting_a_question_again_replaces_its_answer(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", "old", {"a": "1"}), direction(1))
    again = entry("WHY?", "new", {"a": "1"})
    await engine.put("cache", again, direction(2))

    assert await engine.exact("cache", "why?", ANYWHERE, 9, NOW_MS) == [again]
    assert await engine.nearest("cache", direction(2), ANYWHERE, 0.0, 9, NOW_MS) == [Match(again, 1.0)]


async def test_a_replacement_without_a_vector_takes_the_old_vector_away(engine: KeptEngine) -> None:
    await engine.put("cache", entry("Why?", "old"), direction(1))
    await engine.put("cache", entry("Why?", "new"), None)

    assert await engine.nearest("cache", direction(1), ANYWHERE, 0.0, 9, NOW_MS) == []


async def test_the_same_prompt_with_other_attributes_is_another_entry(engine: KeptEngine) -> None:
    puts = [entry("Why?", attributes={"a": value}) for value in ("1", "2", "3")]
    for put in puts:
        await engine.put("cache", put, direction(1))

    newest_first = puts[::-1]
    assert await engine.exact("cache", "why?", ANYWHERE, 9, NOW_MS) == newest_first
    assert await engine.exact("cache", "why?", ANYWHERE, 2, NOW_MS) == newest_first[:2]


async def test_caches_see_nothing_of_each_other(engine: KeptEngine) -> None:
    await engine.put("one", entry("Why?", "one"), direction(1))
    await engine.put("two", entry("Why?", "two"), direction(1))
    await engine.flush("two")

    assert [e.response for e in await engine.exact("one", "Why?", ANYWHERE, 9, NOW_MS)] == ["one"]
    assert await engine.exact("two", "Why?", ANYWHERE, 9, NOW_MS) == []
    assert await engine.nearest("two", direction(1), ANYWHERE, 0.0, 9, NOW_MS) == []


async def test_a_cache_that_was_never_written_to_is_empty(engine: KeptEngine) -> None:
    assert await engine.exact("none", "Why?", ANYWHERE, 9, NOW_MS) == []
    assert await engine.nearest("none", direction(1), ANYWHERE, 0.0, 9, NOW_MS) == []
    assert not await engine.remove("none", entry("Why?").id, NOW_MS)
    assert await engine.remove_matching("none", {"a": "1"}, NOW_MS) == 0
    assert await engine.remove_matching("none", {}, NOW_MS) == 0
    await engine.flush("none")
    await engine.ping()


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0, float("nan"), float("inf")])
async def test_what_is_no_unit_vector_is_refused(engine: KeptEngine, factor: float) -> None:
    with pytest.raises(EngineUnavailable):
        await engine.put("cache", entry("Why?"), direction(1) * factor)
    with pytest.raises(EngineUnavailable):
        await engine.nearest("cache", direction(1) * factor, ANYWHERE, 0.0, 1, NOW_MS)

    assert await engine.exact("cache", "Why?", ANYWHERE, 1, NOW_MS) == []


async def test_a_vector_of_other_dimensions_than_the_cache_has_is_refused(engine: KeptEngine) -> None:
    kept = entry("Why?")
    await engine.put("cache", kept, direction(1))
    with pytest.raises(EngineUnavailable):
        await engine.put("cache", entry("Why?", "other"), direction(1, dimensions=64))
    with pytest.raises(EngineUnavailable):
        await engine.nearest("cache", direction(1, dimensions=64), ANYWHERE, 0.0, 1, NOW_MS)

    assert await engine.exact("cache", "Why?", ANYWHERE, 1, NOW_MS) == [kept]
