"""How an import is sent: in the order of the file, in batches that fit, again where it is for the moment."""

import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from askonce.commands.importing import FIRST_BATCH, MOST_LINES, BadLines, Importer
from askonce.talk import Refused
from askonce.transfer.notes import Notes, Progress
from askonce.transfer.opening import open_source

Json = Any


@dataclass
class Server:
    """Takes what it is sent, unless `refuse` raises."""

    refuse: Callable[[list[bytes]], None] = lambda _: None
    embeds: bool = False
    batches: list[int] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)

    def send(self, method: str, target: str, content: bytes) -> Json:
        assert (method, target) == ("POST", "/there")
        lines = content.split(b"\n")
        self.refuse(lines)
        self.batches.append(len(lines))
        self.prompts += [json.loads(line)["prompt"] for line in lines]
        return {"stored": len(lines), "embedded": len(lines) if self.embeds else 0, "over": 0}

    def stream(self, target: str) -> Iterator[bytes]:
        raise NotImplementedError(target)


def file_of(folder: Path, count: int, response: str = "r") -> Path:
    path = folder / "lines.jsonl"
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"prompt": str(number), "response": response}) + "\n")
    return path


def sent(
    server: Server, path: Path, progress: Progress | None = None, pauses: list[float] | None = None
) -> Progress:
    notes = Notes(path.with_name("notes"), "there")
    pause = (pauses if pauses is not None else []).append
    importer = Importer(server, "/there", open_source(path), notes, pause)
    return importer.run(progress or Progress(), lambda _: None)


def refusing(
    status: int, times: int, problem: Mapping[str, Json] | None = None
) -> Callable[[list[bytes]], None]:
    left = [times]

    def refuse(_: list[bytes]) -> None:
        if left[0]:
            left[0] -= 1
            raise Refused(status, problem or {})

    return refuse


def test_batches_grow_while_nothing_is_embedded_and_stay_small_where_all_is(tmp_path: Path) -> None:
    path = file_of(tmp_path, 1_000)
    fast, slow = Server(), Server(embeds=True)

    assert sent(fast, path).stored == sent(slow, path).stored == 1_000
    assert fast.prompts == slow.prompts == [str(number) for number in range(1_000)]
    assert fast.batches[:3] == [FIRST_BATCH, 2 * FIRST_BATCH, 4 * FIRST_BATCH]
    assert max(fast.batches) == MOST_LINES
    assert max(slow.batches) == FIRST_BATCH


@pytest.mark.parametrize("status", [413, 424])
def test_a_batch_that_is_too_much_is_sent_in_smaller_ones(tmp_path: Path, status: int) -> None:
    def refuse(lines: list[bytes]) -> None:
        if len(lines) > 5:
            raise Refused(status, {})

    server = Server(refuse)

    assert sent(server, file_of(tmp_path, 100)).stored == 100
    assert server.prompts == [str(number) for number in range(100)]


def test_what_is_refused_for_the_moment_is_sent_again_after_pauses_and_given_up_in_the_end(
    tmp_path: Path,
) -> None:
    path = file_of(tmp_path, 3)
    pauses: list[float] = []

    assert sent(Server(refusing(429, 3)), path, pauses=pauses).stored == 3
    assert pauses == [1, 2, 4]
    for status, times in ((429, 9), (424, 9), (503, 1), (403, 1), (404, 1)):
        with pytest.raises(Refused):
            sent(Server(refusing(status, times)), path)


def test_bad_lines_are_told_by_their_numbers_in_the_file(tmp_path: Path) -> None:
    path = file_of(tmp_path, 2)
    path.write_text("\n\n" + path.read_text())
    faults = [
        {"field": "line 2.prompt", "rule": "length", "message": "It is too long."},
        {"field": "body", "rule": "count", "message": "There are 3 more faults."},
    ]

    with pytest.raises(BadLines) as refused:
        sent(Server(refusing(400, 1, {"fields": faults})), path)

    assert str(refused.value).splitlines() == [
        "line 4, prompt: It is too long. (length)",
        "body: There are 3 more faults. (count)",
    ]


def test_after_every_batch_it_can_go_on_from_the_notes(tmp_path: Path) -> None:
    path = file_of(tmp_path, 100)
    whole = Server()

    with pytest.raises(Refused):
        sent(Server(refusing_from(FIRST_BATCH)), path)
    noted = Notes(tmp_path / "notes", "there").read(open_source(path))

    assert noted.stored == noted.mark.number == FIRST_BATCH
    assert sent(whole, path, noted).stored == 100
    assert whole.prompts == [str(number) for number in range(FIRST_BATCH, 100)]


def refusing_from(number: int) -> Callable[[list[bytes]], None]:
    def refuse(lines: list[bytes]) -> None:
        if json.loads(lines[0])["prompt"] == str(number):
            raise Refused(503, {})

    return refuse


def test_a_file_of_40_mb_is_sent_with_less_than_8_in_memory(tmp_path: Path) -> None:
    path = file_of(tmp_path, 10_000, "x" * 4_000)
    server = Server()
    tracemalloc.start()
    try:
        done = sent(server, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert done.stored == 10_000
    assert path.stat().st_size > 40_000_000
    assert peak < 8_000_000
