"""`askonce near-misses`: what the log kept, for people and for scripts."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.telemetry.test_near_misses import made, near_miss

from askonce import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["askonce", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture
def cache_id(run: Run) -> str:
    found: str = json.loads(run("cache", "create", "support", "--json")[1])["cacheId"]
    return found


def note(folder: Path, cache_id: str, asked: str) -> None:
    async def noted() -> None:
        log = made(folder / "askonce-data" / "near-misses")
        log.note(cache_id, asked, [near_miss()])
        await log.close()

    asyncio.run(noted())


def test_near_misses_are_shown_with_what_was_kept(run: Run, cache_id: str, tmp_path: Path) -> None:
    note(tmp_path, cache_id, "how to \x1b[2J treat it")
    code, shown, _ = run("near-misses", cache_id)
    rows = json.loads(run("near-misses", cache_id, "--json")[1])

    assert code == 0
    assert "similarity 0.875  confidence 0.25  low-confidence" in shown
    assert "how to treat a rash" in shown
    assert "\x1b" not in shown  # A prompt does not get to speak to the terminal.
    assert [(row["asked"], row["entryId"]) for row in rows] == [("how to \x1b[2J treat it", "ef" * 16)]


def test_a_cache_without_near_misses_has_none(run: Run, cache_id: str) -> None:
    assert json.loads(run("near-misses", cache_id, "--json")[1]) == []


@pytest.mark.parametrize("cache_id", ["0" * 32, "../catalog"])
def test_an_unknown_cache_is_refused(run: Run, cache_id: str) -> None:
    run("cache", "create", "support")
    code, _, error = run("near-misses", cache_id)

    assert code == 2
    assert "There is no cache" in error
