"""The check is clean when all is well, and names each thing that is not."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from tests.contract.samples import NOW_MS, direction, entry

from askonce.engine.embedded.check import MOST_PROBLEMS
from askonce.engine.embedded.engine import ENTRIES_NAME, EmbeddedEngine
from askonce.engine.embedded.index import Index
from askonce.model.tokens import entry_tokens

Start = Callable[..., EmbeddedEngine]
SECRET = "a prompt that is nobody's business"


async def filled(start: Start) -> EmbeddedEngine:
    engine = start()
    for number in range(5):
        await engine.put("cache", entry(f"{SECRET} {number}", attributes={"a": "b"}), direction(number))
    return engine


def plain_index(engine: EmbeddedEngine) -> Index:
    space = engine._spaces.find("cache")
    assert space is not None
    return space.plain


def change(directory: Path, statement: str, *values: object) -> None:
    """As no AskOnce would, and in a running engine's file, which its index therefore does not know of."""
    with closing(sqlite3.connect(directory / ENTRIES_NAME)) as connection, connection:
        connection.execute(statement, values)


async def test_a_whole_engine_is_clean_and_counted(start: Start) -> None:
    engine = await filled(start)
    await engine.put("cache", entry("without vector"), None)
    await engine.put("cache", entry("over", expires_at_ms=NOW_MS), direction(9))
    await engine.put("cache", entry("in context", context="c" * 32), direction(1))
    await engine.put("flushed", entry("flushed"), direction(1))
    await engine.flush("flushed")
    report = await engine.check(NOW_MS)

    assert report.is_clean
    assert (report.entries, report.over, report.flushed, report.without_vector) == (9, 1, 1, 1)


@pytest.mark.parametrize(
    ("statement", "values", "said"),
    [
        ("UPDATE entries SET prompt = 'another' WHERE seq = 3", (), "not the digest"),
        ("UPDATE entries SET attributes = NULL WHERE seq = 3", (), "not the digest"),
        ("UPDATE entries SET space = 77 WHERE seq = 3", (), "does not exist"),
        ("DELETE FROM entries WHERE seq = 3", (), "not in the store"),
        ("DELETE FROM entries WHERE seq = 3", (), "a vector for seq 3, but no entry"),
        ("INSERT INTO uses VALUES (77, 1, 1)", (), "a use for seq 77, but no entry"),
        ("UPDATE vectors SET vector = ? WHERE seq = 3", (direction(99).tobytes(),), "its own vector"),
        ("UPDATE vectors SET vector = ? WHERE seq = 3", (bytes(128),), "unit length"),
        (
            "UPDATE vectors SET vector = ? WHERE seq = 3",
            (np.full(32, np.nan, np.float32).tobytes(),),
            "unit length",
        ),
        ("UPDATE vectors SET vector = ? WHERE seq = 3", (direction(3, 64).tobytes(),), "64 dimensions"),
        ("UPDATE vectors SET vector = x'01' WHERE seq = 3", (), "can not be read"),
    ],
)
async def test_a_store_that_was_tampered_with_is_found_out(
    start: Start, directory: Path, statement: str, values: tuple[object, ...], said: str
) -> None:
    engine = await filled(start)
    change(directory, statement, *values)
    report = await engine.check(NOW_MS)

    assert any(said in problem for problem in report.problems)
    assert not any(SECRET in problem for problem in report.problems)


async def test_an_entry_that_the_index_lost_is_found_out(start: Start) -> None:
    engine = await filled(start)
    plain_index(engine).remove(3, entry_tokens(f"{SECRET} 2", {"a": "b"}, ""))
    report = await engine.check(NOW_MS)

    assert len(report.problems) == 3
    assert all("(seq 3) is not found" in problem for problem in report.problems)


async def test_an_entry_that_only_the_index_has_is_found_out(start: Start) -> None:
    engine = await filled(start)
    plain_index(engine).add(66, [b"t"], direction(66), None)
    report = await engine.check(NOW_MS)

    (problem,) = report.problems
    assert "seq 66" in problem


async def test_a_ruin_is_described_in_bounded_space(start: Start, directory: Path) -> None:
    engine = start()
    for number in range(MOST_PROBLEMS + 20):
        await engine.put("cache", entry(str(number)), None)
    change(directory, "UPDATE entries SET prompt = 'another'")
    report = await engine.check(NOW_MS)

    assert len(report.problems) == MOST_PROBLEMS
