"""`askonce eval`: with the real embedder and judge, as a user calls it.

No figure is promised here: the judge's weights change. What is promised is what is counted, and the forms it
is told in.
"""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from tests.support.command import Run

from askonce import cli

PAIRS = [
    ("How do I reset my password?", "how can I reset my password", 1, "paraphrase"),
    ("How do I reset my password?", "How do I reset my password", 1, "paraphrase"),
    ("the 5 best films", "the 10 best films", 0, "number"),
    ("What is <b>bold</b> & \x08 why?", "What is <i>italic</i> & why?", 0, "markup"),
]


@pytest.fixture(autouse=True)
def no_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    rows = [{"a": a, "b": b, "label": label, "kind": kind} for a, b, label, kind in PAIRS]
    (tmp_path / "own.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return "own.jsonl"


def test_the_table_tells_served_and_wrong_of_every_method(run: Run, pairs: str) -> None:
    done = run("eval", pairs)

    assert done.code == 0
    assert done.stderr == ""  # No progress bar where nobody watches it.
    assert "own: 2 pairs that ask the same, 2 that do not" in done.stdout
    for shown in ("cosine alone", "with rules", "with rules and model", "numbers", "markup", "5 %"):
        assert shown in done.stdout


def test_the_json_counts_both_sides_and_gives_every_curve(run: Run, pairs: str) -> None:
    found = json.loads(run("eval", pairs, "--json", "--threshold", "0.9", "--min-confidence", "0.4").stdout)
    (report,) = found["pairs"]

    assert (found["similarityThreshold"], found["minConfidence"], found["judge"]) == (0.9, 0.4, "model")
    assert (report["same"], report["other"], report["judgeFailed"]) == (2, 2, 0)
    assert list(report["methods"]) == ["off", "rules", "model"]
    for method in report["methods"].values():
        assert list(method["bestAtCap"]) == ["0.005", "0.01", "0.02", "0.05"]
        served = [point["served"] for point in method["byThreshold"]]
        assert served == sorted(served, reverse=True)
    assert report["categories"]["number"] == {"same": 0, "other": 1} | {
        "methods": report["categories"]["number"]["methods"]
    }
    assert sum(report["similarities"]["same"]) == 2
    # Equal after folding: served by every judge that there will be.
    assert report["methods"]["model"]["atSettings"]["served"] >= 0.5


def test_a_stricter_method_serves_no_pair_more(run: Run, pairs: str) -> None:
    (report,) = json.loads(run("eval", pairs, "--json").stdout)["pairs"]
    off, rules, model = (report["methods"][name]["atSettings"] for name in ("off", "rules", "model"))

    assert off["served"] >= rules["served"] >= model["served"]
    assert off["wrong"] >= rules["wrong"] >= model["wrong"]


def test_a_lesser_judge_is_measured_without_the_model(run: Run, pairs: str) -> None:
    (report,) = json.loads(run("eval", pairs, "--judge", "rules", "--json").stdout)["pairs"]

    assert list(report["methods"]) == ["off", "rules"]
    assert report["confidences"] is None


def test_the_page_is_well_formed_and_needs_nothing_else(run: Run, pairs: str, tmp_path: Path) -> None:
    assert run("eval", pairs, "--html", "page.html").code == 0
    page = (tmp_path / "page.html").read_text()
    tree = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>"))

    names = {element.tag for element in tree.iter()}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "i"}
    assert not [
        (element.tag, name)
        for element in tree.iter()
        for name in element.attrib
        if name in {"src", "href", "srcset", "style"} or name.startswith("on")
    ]
    assert "://" not in page
    assert "@import" not in page
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page
    assert len(list(tree.iter("svg"))) == 3
    assert "<b>bold" not in page  # What stands in a file is text, never markup.


def test_several_files_are_told_apart_and_together(run: Run, pairs: str, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("a,b,label\nred,blue,0\n")
    found = json.loads(run("eval", pairs, "more.csv", "--json").stdout)

    assert [report["name"] for report in found["pairs"]] == ["own", "more", "all files"]
    assert list(found["pairs"][2]["categories"]) == ["more", "own"]
    assert found["pairs"][2]["other"] == 3


def test_what_was_measured_is_kept_for_the_next_run_and_without_a_text(
    run: Run, pairs: str, tmp_path: Path
) -> None:
    first = run("eval", pairs)
    kept = tmp_path / "user-cache" / "askonce" / "measurements.db"

    assert kept.exists()
    assert b"password" not in kept.read_bytes()
    assert run("eval", pairs).stdout == first.stdout


def test_no_cache_keeps_nothing(run: Run, pairs: str, tmp_path: Path) -> None:
    assert run("eval", pairs, "--no-cache").code == 0
    assert not (tmp_path / "user-cache").exists()


def test_a_broken_file_ends_it_before_anything_is_measured(run: Run, pairs: str, tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text('{"a": "x", "b": "y", "label": 7}')
    done = run("eval", pairs, "broken.jsonl")

    assert done.code == 2
    assert done.stdout == ""
    assert "broken.jsonl, line 1: 'label'" in done.stderr


def test_an_unknown_embedder_is_refused(run: Run, pairs: str) -> None:
    done = run("eval", pairs, "--embedder", "gone")

    assert done.code == 2
    assert "Known: bundled" in done.stderr


def test_intents_run_as_a_stream(run: Run, tmp_path: Path) -> None:
    texts = ["How do I reset my password?", "how do I reset my password", "What is the weather in Rome?"]
    rows = [{"text": text, "intent": "weather" if "weather" in text else "password"} for text in texts]
    (tmp_path / "intents.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = run("eval", "intents.jsonl", "--html", "page.html")
    (stream,) = json.loads(run("eval", "intents.jsonl", "--json").stdout)["streams"]

    assert "3 requests of 2 intents, from an empty cache" in done.stdout
    assert (stream["requests"], stream["intents"]) == (3, 2)
    for method in stream["methods"].values():
        # The two differ in what folding takes away, whichever comes first.
        assert (method["hits"], method["precision"]) == (pytest.approx(1 / 3), 1.0)
        assert [window["to"] for window in method["overTime"]] == [1, 2, 3]
    page = (tmp_path / "page.html").read_text()
    assert len(list(ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>")).iter("svg"))) == 2


@pytest.mark.usefixtures("run")
def test_an_interrupted_run_keeps_what_it_measured(
    pairs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("askonce.tune.evaluate._reports", _interrupt)
    with pytest.raises(SystemExit, match="1"):
        cli.cli(["eval", pairs])
    monkeypatch.undo()

    assert (tmp_path / "user-cache" / "askonce" / "measurements.db").stat().st_size > 4_096


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
