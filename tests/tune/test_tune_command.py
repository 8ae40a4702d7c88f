"""`askonce tune`: from labelled files, and from near misses labelled at the prompt."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from askonce import cli
from askonce.model.entry import Entry
from askonce.model.judgement import Judgement
from askonce.model.query import NearMiss
from askonce.telemetry.near_misses import Mode, NearMisses
from askonce.tune.labelled import read_labelled

Run = Callable[..., tuple[int, str, str]]


class FakeClock:
    def now_ms(self) -> int:
        return 1_767_225_600_000


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: str, answers: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["askonce", *arguments])
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        code = end.value.code
        return code if isinstance(code, int) else 1, captured.out, captured.err

    return run


@pytest.fixture
def cache_id(run: Run) -> str:
    found: str = json.loads(run("cache", "create", "support", "--json")[1])["cacheId"]
    return found


def note(folder: Path, cache_id: str, mode: Mode = "prompts") -> None:
    """Four near misses, of which two are one pair."""

    async def noted() -> None:
        log = NearMisses(folder / "askonce-data" / "near-misses", mode, 100, FakeClock())
        for stored, asked in (("red", "green"), ("green", "red"), ("one", "two"), ("a \x1b b", "c\nd")):
            entry = Entry("ef" * 16, stored, "answer", {}, "", 0, None)
            log.note(cache_id, asked, [NearMiss(entry, 0.9, Judgement(("numbers",)))])
        await log.close()

    asyncio.run(noted())


def test_too_few_pairs_are_refused_a_promise_with_exit_code_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("a,b,label\nred,red!,1\nthe 5 best,the 10 best,0\n")
    code, told, _ = run("tune", "own.csv", "--cap", "0.05")
    as_json = json.loads(run("tune", "own.csv", "--cap", "0.05", "--json")[1])

    assert code == 1
    assert "can not promise a cap of 5 %" in told
    assert "without a promise" in told
    assert (as_json["isPromised"], as_json["recommended"], as_json["other"]) == (False, None, 1)
    assert as_json["otherNeeded"] == 73


def test_enough_pairs_get_both_settings_and_their_uncertainty(run: Run, tmp_path: Path) -> None:
    same = [f"the plan number {number},the plan number {number}!,1" for number in range(20)]
    other = [f"the plan number {number},the plan number {number + 1},0" for number in range(150)]
    (tmp_path / "own.csv").write_text("\n".join(["a,b,label", *same, *other]))
    code, told, _ = run("tune", "own.csv", "--cap", "0.05")
    as_json = json.loads(run("tune", "own.csv", "--cap", "0.05", "--json")[1])

    # The ones are equal after folding, the others have another number: no judge's weights matter.
    assert code == 0
    assert "similarityThreshold" in told
    assert "minConfidence" in told
    assert as_json["recommended"]["served"] == 1.0
    assert as_json["recommended"]["wrong"] == 0.0
    assert 0 < as_json["recommended"]["wrongInterval"][1] <= 0.05
    assert as_json["triedOnTheOtherHalf"]["wrong"] == 0.0


def test_near_misses_are_labelled_at_the_prompt_and_the_rest_the_next_time(
    run: Run, cache_id: str, tmp_path: Path
) -> None:
    note(tmp_path, cache_id)
    labels = tmp_path / f"labels-{cache_id}.jsonl"
    run("tune", "--near-misses", cache_id, answers="y\ns\nq\n")
    after_one = read_labelled(labels).pairs
    code, told, asked = run("tune", "--near-misses", cache_id, answers="n\nn\nn\n")
    after_all = read_labelled(labels).pairs

    assert [(pair.is_same, pair.kind) for pair in after_one] == [(True, "numbers")]
    assert [pair.is_same for pair in after_all] == [True, False, False]
    assert len({frozenset((pair.stored, pair.asked)) for pair in after_all}) == 3
    assert "2 of 2" in asked
    assert "\x1b" not in asked
    assert code == 1
    assert "the judge vetoed every one" in told
    assert run("eval", labels.name)[0] == 0


def test_whoever_stops_loses_no_label(run: Run, cache_id: str, tmp_path: Path) -> None:
    note(tmp_path, cache_id)
    run("tune", "--near-misses", cache_id, "--labels", "mine.jsonl", answers="y\n")

    assert len(read_labelled(tmp_path / "mine.jsonl").pairs) == 1


def test_near_misses_without_prompts_can_not_be_labelled(run: Run, cache_id: str, tmp_path: Path) -> None:
    note(tmp_path, cache_id, "facts")
    code, _, error = run("tune", "--near-misses", cache_id)

    assert code == 2
    assert "--near-miss-log prompts" in error


def test_without_anything_to_tune_by_it_says_what_to_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text('{"text": "red", "intent": "colour"}')

    assert run("tune")[0] == 2
    assert "needs pairs" in run("tune", "own.jsonl")[2]
