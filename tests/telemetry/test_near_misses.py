"""The near-miss log: bounded, without words unless asked for, and never in a search's way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.toy_embedder import ToyEmbedder
from tests.support.toy_pair_model import ToyPairModel

from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.judge.panel import Panel
from askonce.model.attributes import AttributeNames
from askonce.model.cache import Cache
from askonce.model.entry import Entry
from askonce.model.judgement import Judgement, JudgeMode, Terms
from askonce.model.query import NearMiss, Put, Scope, Search, Strategy
from askonce.ports import NearMissLog
from askonce.service.embedding import Embedding
from askonce.service.entries import Entries
from askonce.service.lookup import Lookup
from askonce.telemetry import near_misses as room
from askonce.telemetry.near_misses import KeptNearMiss, Mode, NearMisses, read_near_misses

CACHE, OTHER = "ab" * 16, "cd" * 16
SECRET = "why does my rash itch"


@dataclass
class FakeClock:
    at_ms: int = 1_767_225_600_000

    def now_ms(self) -> int:
        return self.at_ms


def near_miss(stored: str = "how to treat a rash", confidence: float | None = 0.25) -> NearMiss:
    entry = Entry("ef" * 16, stored, "a long answer", {}, "", 0, None)
    return NearMiss(entry, 0.875, Judgement(("low-confidence",), confidence, ("rules", "toy")))


def made(folder: Path, mode: Mode = "prompts", most: int = 10) -> NearMisses:
    return NearMisses(folder, mode, most, FakeClock())


def kept(folder: Path, most: int = 10, cache_id: str = CACHE) -> list[KeptNearMiss]:
    return read_near_misses(folder, cache_id, most)


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def noted(log: NearMisses, *asked: str, cache_id: str = CACHE) -> None:
    for one in asked:
        log.note(cache_id, one, [near_miss()])
    await log.close()


async def test_with_prompts_a_near_miss_is_told_whole(tmp_path: Path) -> None:
    await noted(made(tmp_path), SECRET)

    assert kept(tmp_path) == [
        KeptNearMiss(
            at_ms=FakeClock().at_ms,
            entry_id="ef" * 16,
            similarity=0.875,
            reasons=("low-confidence",),
            judged_by=("rules", "toy"),
            confidence=0.25,
            asked=SECRET,
            stored="how to treat a rash",
        )
    ]
    assert b"a long answer" not in everything(tmp_path)


async def test_facts_hold_no_prompt_on_disk(tmp_path: Path) -> None:
    await noted(made(tmp_path, "facts"), SECRET)

    (one,) = kept(tmp_path)
    assert (one.similarity, one.confidence, one.asked, one.stored) == (0.875, 0.25, None, None)
    assert b"rash" not in everything(tmp_path)


async def test_off_keeps_nothing_and_touches_no_disk(tmp_path: Path) -> None:
    await noted(made(tmp_path / "log", "off"), SECRET)

    assert not (tmp_path / "log").exists()


async def test_a_cache_keeps_its_newest_and_never_more_than_twice_as_many(tmp_path: Path) -> None:
    log = made(tmp_path, most=10)
    for number in range(95):
        await noted(log, f"asked {number}")
        assert len(everything(tmp_path).splitlines()) <= 20

    assert [one.asked for one in kept(tmp_path)] == [f"asked {number}" for number in range(85, 95)]


async def test_a_burst_is_bounded_too(tmp_path: Path) -> None:
    await noted(made(tmp_path, most=10), *(f"asked {number}" for number in range(35)))

    assert [one.asked for one in kept(tmp_path, most=99)] == [f"asked {number}" for number in range(25, 35)]


async def test_what_waits_to_be_written_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_PENDING", 3)
    await noted(made(tmp_path), *(f"asked {number}" for number in range(9)))

    assert [one.asked for one in kept(tmp_path)] == ["asked 0", "asked 1", "asked 2"]


async def test_a_prompt_too_long_to_keep_is_kept_as_facts(tmp_path: Path) -> None:
    await noted(made(tmp_path), "x" * 5_000)

    (one,) = kept(tmp_path)
    assert (one.similarity, one.asked, one.stored) == (0.875, None, None)


async def test_half_a_surrogate_pair_is_kept_as_facts(tmp_path: Path) -> None:
    await noted(made(tmp_path), "x \ud800", "y")

    assert [one.asked for one in kept(tmp_path)] == [None, "y"]


async def test_it_survives_a_restart_and_a_line_cut_short_by_a_kill(tmp_path: Path) -> None:
    await noted(made(tmp_path), "first", "second")
    file = tmp_path / f"{CACHE}.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    await noted(made(tmp_path), "third")

    assert [one.asked for one in kept(tmp_path)] == ["first", "third"]


async def test_caches_are_kept_apart_and_one_can_be_forgotten(tmp_path: Path) -> None:
    log = made(tmp_path)
    await noted(log, "of one")
    await noted(log, "of the other", cache_id=OTHER)
    log.note(CACHE, "before", [near_miss()])
    log.forget(CACHE)
    log.note(CACHE, "after", [near_miss()])
    await log.close()

    assert [one.asked for one in kept(tmp_path)] == ["after"]
    assert [one.asked for one in kept(tmp_path, cache_id=OTHER)] == ["of the other"]


@pytest.mark.parametrize(("mode", "left"), [("facts", 2), ("off", 0)])
async def test_a_start_takes_away_what_was_switched_off(tmp_path: Path, mode: Mode, left: int) -> None:
    await noted(made(tmp_path), "rash", "itch")
    (tmp_path / "notes.txt").write_text("not ours")
    await made(tmp_path, mode).settle()

    assert b"rash" not in everything(tmp_path)
    assert len(kept(tmp_path)) == left
    assert (tmp_path / "notes.txt").exists()


async def test_what_is_kept_is_for_its_owner_only(tmp_path: Path) -> None:
    await noted(made(tmp_path / "log"), SECRET)

    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
    assert (tmp_path / "log" / f"{CACHE}.jsonl").stat().st_mode & 0o077 == 0


async def test_a_disk_that_fails_costs_near_misses_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file in the folder's place")
    log = made(tmp_path / "log")
    await noted(log, "lost")
    (tmp_path / "log").unlink()
    await noted(log, "kept")

    assert [one.asked for one in kept(tmp_path / "log")] == ["kept"]


class CrashingLog:
    def note(self, cache_id: str, asked: str, near_misses: Sequence[NearMiss]) -> None:
        raise RuntimeError(f"{cache_id} {asked} {len(near_misses)}")

    def forget(self, cache_id: str) -> None: ...


class Served:
    """The services over a real engine, with a judge that is as sure as it is told to be."""

    def __init__(self, engine: EmbeddedEngine, log: NearMissLog) -> None:
        embedder, clock, self.model = ToyEmbedder(), FakeClock(), ToyPairModel(answer=0.1)
        embedding = Embedding({"toy": embedder}, timeout_s=10)
        self.lookup = Lookup(engine, embedding, Panel(self.model, timeout_s=10), clock, log)
        self.entries = Entries(engine, embedding, clock, log)
        self.cache = Cache(
            id=CACHE,
            name="tests",
            attributes=AttributeNames.declared(("*",)),
            default_threshold=0.7,
            judge=JudgeMode.MODEL,
            min_confidence=0.5,
            default_ttl_ms=None,
            strategies=(Strategy.SEMANTIC,),
            embedder="toy",
            fingerprint=embedder.fingerprint,
            created_at_ms=0,
        )

    async def ask(self, prompt: str) -> list[str]:
        search = Search(prompt, Scope({}), (Strategy.SEMANTIC,), 0.7, 1, Terms(JudgeMode.MODEL, 0.5))
        return [hit.entry.response for hit in (await self.lookup.search(self.cache, search)).hits]


def engine_in(folder: Path) -> EmbeddedEngine:
    return EmbeddedEngine.open(folder, now_ms=FakeClock().at_ms, durability=Durability.PROCESS)


async def test_a_search_notes_what_it_did_not_serve_and_a_flush_forgets_it(tmp_path: Path) -> None:
    engine, log = engine_in(tmp_path), made(tmp_path / "log")
    served = Served(engine, log)
    await served.entries.put(served.cache, Put("red green blue", "colours", {}, None))

    assert await served.ask("red green blue black") == []
    await log.close()
    assert [(one.asked, one.stored) for one in kept(tmp_path / "log")] == [
        ("red green blue black", "red green blue")
    ]
    await served.entries.flush(served.cache)
    await log.close()
    assert kept(tmp_path / "log") == []
    engine.close()


async def test_a_crash_in_the_log_never_breaks_a_search(tmp_path: Path) -> None:
    engine = engine_in(tmp_path)
    served = Served(engine, CrashingLog())
    await served.entries.put(served.cache, Put("red green blue", "colours", {}, None))

    assert await served.ask("red green blue black") == []
    served.model.answer = 0.9
    assert await served.ask("red green blue black") == ["colours"]
    engine.close()
