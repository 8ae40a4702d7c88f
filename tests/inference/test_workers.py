"""The line and its threads. Steps here wait for events of the test, so nothing depends on time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from threading import Event

import pytest

from askonce.embed.vectors import unit
from askonce.inference.workers import ModelUnavailable, Workers
from askonce.model.asker import ASKER
from askonce.ports import Vector

Steps = Generator[None, None, Vector | None]

LONG_S = 10  # Longer than any of these waits takes; only a fault reaches it.


@pytest.fixture
async def alone() -> AsyncIterator[Workers]:
    """One thread, and room for two texts in line."""
    workers = Workers(1, 2)
    yield workers
    workers.close()


class Held:
    """Steps that say when they begin, and go on when they may."""

    def __init__(self) -> None:
        self.begun = Event()
        self.may_go_on = Event()

    def steps(self) -> Steps:
        self.begun.set()
        assert self.may_go_on.wait(LONG_S)
        return unit([1.0])
        yield

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, LONG_S)


def noting(notes: list[str], name: str, windows: int = 1, then: Callable[[], None] = lambda: None) -> Steps:
    for _ in range(windows - 1):
        notes.append(name)
        then()
        yield
    notes.append(name)
    return None


async def test_what_the_steps_return_comes_back(alone: Workers) -> None:
    assert await alone.run(noting([], "a", windows=3)) is None


async def test_a_failure_in_a_step_reaches_the_caller(alone: Workers) -> None:
    def failing() -> Steps:
        raise ModelUnavailable("broken")
        yield

    with pytest.raises(ModelUnavailable, match="broken"):
        await alone.run(failing())


async def test_one_text_more_than_the_line_holds_is_refused_at_once(alone: Workers) -> None:
    held = Held()
    running = asyncio.create_task(alone.run(held.steps()))
    await held.has_begun()
    waiting = [asyncio.create_task(alone.run(noting([], "a"))) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(ModelUnavailable, match="2 texts in line"):
        await alone.run(noting([], "b"))

    held.may_go_on.set()
    await asyncio.gather(running, *waiting)


async def test_a_cancelled_text_leaves_the_line_and_is_never_begun(alone: Workers) -> None:
    held, notes = Held(), list[str]()
    running = asyncio.create_task(alone.run(held.steps()))
    await held.has_begun()
    waiting = [asyncio.create_task(alone.run(noting(notes, name))) for name in "ab"]
    await asyncio.sleep(0)

    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    another = asyncio.create_task(alone.run(noting(notes, "c")))
    await asyncio.sleep(0)
    held.may_go_on.set()
    await asyncio.gather(running, waiting[1], another)

    assert notes == ["b", "c"]


async def test_a_long_text_stops_between_windows_when_its_caller_has_gone(alone: Workers) -> None:
    notes: list[str] = []
    at_first_window, may_go_on = Event(), Event()

    def after_a_window() -> None:
        at_first_window.set()
        assert may_go_on.wait(LONG_S)

    running = asyncio.create_task(alone.run(noting(notes, "a", windows=100, then=after_a_window)))
    assert await asyncio.to_thread(at_first_window.wait, LONG_S)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    may_go_on.set()
    await alone.run(noting(notes, "next"))

    assert notes == ["a", "next"]


async def test_a_long_text_lets_a_short_one_in_after_each_window(alone: Workers) -> None:
    held, notes = Held(), list[str]()
    running = asyncio.create_task(alone.run(held.steps()))
    await held.has_begun()
    long = asyncio.create_task(alone.run(noting(notes, "long", windows=3)))
    await asyncio.sleep(0)
    short = asyncio.create_task(alone.run(noting(notes, "short")))
    await asyncio.sleep(0)
    held.may_go_on.set()
    await asyncio.gather(running, long, short)

    assert notes == ["long", "short", "long", "long"]


async def test_closing_refuses_what_waits_what_runs_and_what_comes() -> None:
    workers, notes = Workers(1, 2), list[str]()
    at_first_window, may_go_on = Event(), Event()

    def after_a_window() -> None:
        at_first_window.set()
        assert may_go_on.wait(LONG_S)

    running = asyncio.create_task(workers.run(noting(notes, "a", windows=2, then=after_a_window)))
    assert await asyncio.to_thread(at_first_window.wait, LONG_S)
    waiting = asyncio.create_task(workers.run(noting(notes, "b")))
    await asyncio.sleep(0)
    workers.close()
    may_go_on.set()

    for one in (running, waiting, workers.run(noting(notes, "c"))):
        with pytest.raises(ModelUnavailable, match="closed"):
            await one
    assert notes == ["a"]


async def asking(workers: Workers, asker: str, notes: list[str], name: str) -> asyncio.Task[Vector | None]:
    """A text in line, asked by `asker`."""

    async def ask() -> Vector | None:
        ASKER.set(asker)
        return await workers.run(noting(notes, name))

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)
    return task


async def test_askers_take_turns_however_many_texts_one_of_them_has_in_line() -> None:
    workers = Workers(1)
    held, notes = Held(), list[str]()
    running = asyncio.create_task(workers.run(held.steps()))
    await held.has_begun()
    tasks = [await asking(workers, "noisy", notes, f"noisy {number}") for number in range(4)]
    tasks += [await asking(workers, "quiet", notes, f"quiet {number}") for number in range(2)]

    held.may_go_on.set()
    await asyncio.gather(running, *tasks)
    workers.close()

    assert notes == ["noisy 0", "quiet 0", "noisy 1", "quiet 1", "noisy 2", "noisy 3"]


async def test_in_a_full_line_the_last_of_the_noisiest_gives_way(alone: Workers) -> None:
    held, notes = Held(), list[str]()
    running = asyncio.create_task(alone.run(held.steps()))
    await held.has_begun()
    noisy = [await asking(alone, "noisy", notes, f"noisy {number}") for number in range(2)]
    quiet = await asking(alone, "quiet", notes, "quiet")

    with pytest.raises(ModelUnavailable, match="2 texts in line"):
        await noisy[1]
    with pytest.raises(ModelUnavailable, match="2 texts in line"):
        await (await asking(alone, "third", notes, "third"))  # Nobody has more than one.
    held.may_go_on.set()
    await asyncio.gather(running, noisy[0], quiet)

    assert notes == ["noisy 0", "quiet"]
