"""What a 201 promises, tried for real: writers at work, the process killed at random moments."""

import http.client
import json
import random
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.server import ADMIN_TOKEN, PRESET, Server, serving, start

ROUNDS = 6
WRITERS = 8
LONGEST_ROUND_S = 0.8
SUBJECTS = ("password", "invoice", "passport", "router", "garden", "visa", "mortgage", "violin")


@dataclass
class Writer:
    """One client that sets, replaces and deletes, and knows what it was promised.

    `kept` holds, by question number, the response of the last set that was answered 201; `gone` the questions
    whose deletion was answered 204. `unsure` is the question whose last change was not answered.
    """

    name: int
    kept: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    unsure: int | None = None
    next_number: int = 0
    ids: dict[int, str] = field(default_factory=dict)

    def prompt(self, number: int) -> str:
        subject = SUBJECTS[number % len(SUBJECTS)]
        return f"How do I look after the {subject} of customer {number} of shop {self.name}?"

    def attributes(self, number: int) -> dict[str, str]:
        return {"shop": str(self.name), "customer": str(number)}

    def work(self, url: str, random_: random.Random) -> None:
        """Change entries until the server is gone."""
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        with suppress(OSError, http.client.HTTPException):
            while True:
                act = random_.random()
                if act < 0.15 and self.kept:
                    self._delete(connection, random_.choice(sorted(self.kept)))
                elif act < 0.35 and self.kept:
                    self._set(connection, random_.choice(sorted(self.kept)))
                else:
                    self.next_number += 1
                    self._set(connection, self.next_number)

    def _set(self, connection: http.client.HTTPConnection, number: int) -> None:
        response = f"answer {number}.{random.random()} " + "x" * 1_000
        body = {"prompt": self.prompt(number), "response": response, "attributes": self.attributes(number)}
        self.unsure = number
        answer = self._call(connection, "POST", "/entries", body)
        assert answer.status == 201, answer.body
        self.ids[number] = answer.body["entryId"]
        self.kept[number] = response
        self.gone.discard(number)
        self.unsure = None

    def _delete(self, connection: http.client.HTTPConnection, number: int) -> None:
        self.unsure = number
        answer = self._call(connection, "DELETE", f"/entries/{self.ids[number]}", None)
        assert answer.status == 204, answer.body
        del self.kept[number]
        self.gone.add(number)
        self.unsure = None

    @staticmethod
    def _call(connection: http.client.HTTPConnection, method: str, path: str, body: object) -> "Reply":
        content = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {PRESET.api_key}"}
        connection.request(method, f"/v1/caches/{PRESET.cache_id}{path}", content, headers)
        response = connection.getresponse()
        text = response.read()
        return Reply(response.status, json.loads(text) if text else None)

    def settle_unsure(self, server: Server) -> None:
        """Take what a killed change left behind as the truth from now on: all of it, or nothing."""
        if self.unsure is None:
            return
        found = self.search(server, self.unsure, "exact", self.prompt(self.unsure))
        if found:
            assert found[0]["response"].startswith(f"answer {self.unsure}.")
            assert len(found[0]["response"]) > 1_000, "half an answer"
            self.ids[self.unsure] = found[0]["id"]
            self.kept[self.unsure] = found[0]["response"]
        else:
            self.kept.pop(self.unsure, None)
        self.unsure = None

    def search(self, server: Server, number: int, strategy: str, prompt: str) -> list[dict[str, str]]:
        body = {
            "prompt": prompt,
            "searchStrategies": [strategy],
            "similarityThreshold": 0.8,
            "attributes": self.attributes(number),
            "maxResults": 10,
        }
        answer = server.call("POST", "/entries/search", body)
        assert answer.status == 200, answer.body
        return list(answer.body["data"])


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any  # What the JSON says.


def check(data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "askonce", "check", "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, cwd=data, timeout=120)


def kill_while_writing(data: Path, writers: list[Writer], random_: random.Random) -> None:
    server = start(data)
    threads = [
        threading.Thread(target=writer.work, args=(server.url, random.Random(random_.random())))
        for writer in writers
    ]
    for thread in threads:
        thread.start()
    # The moment of the kill is the point of the test: any time will do, and another one at every round.
    threading.Event().wait(random_.uniform(0.05, LONGEST_ROUND_S))
    server.kill()
    for thread in threads:
        thread.join()


@pytest.fixture(params=range(2), ids=lambda seed: f"seed {seed}")
def random_(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


def test_what_was_acknowledged_survives_kills_and_nothing_else_is_half_there(
    tmp_path: Path, random_: random.Random
) -> None:
    writers = [Writer(name) for name in range(WRITERS)]
    for _ in range(ROUNDS):
        unsure_before = [writer.next_number for writer in writers]
        kill_while_writing(tmp_path, writers, random_)

        checked = check(tmp_path)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        with serving(tmp_path) as server:
            for writer, before in zip(writers, unsure_before, strict=True):
                writer.settle_unsure(server)
                assert_all_there(server, writer, semantic_from=before)

    assert sum(len(writer.kept) for writer in writers) > ROUNDS * WRITERS, "hardly anything was written"


def assert_all_there(server: Server, writer: Writer, semantic_from: int) -> None:
    for number, response in writer.kept.items():
        exact = writer.search(server, number, "exact", writer.prompt(number).upper())
        assert [hit["response"] for hit in exact] == [response]
        if number >= semantic_from:
            reworded = writer.prompt(number).removesuffix("?") + ", please"
            near = writer.search(server, number, "semantic", reworded)
            assert [hit["response"] for hit in near] == [response]
    for number in writer.gone - {writer.unsure}:
        assert writer.search(server, number, "exact", writer.prompt(number)) == []


def set_until_killed(url: str, writer: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    with suppress(OSError, http.client.HTTPException):
        for number in range(100_000):
            body = {"prompt": f"question {number} of {writer}", "response": "x" * (number * 97 % 900)}
            assert Writer._call(connection, "POST", "/entries", body).status == 201


@pytest.mark.parametrize("policy", ["lru", "lfu", "oldest"])
def test_a_kill_leaves_a_cache_within_its_bounds(tmp_path: Path, random_: random.Random, policy: str) -> None:
    path = f"/v1/caches/{PRESET.cache_id}"
    bounds = {"maxEntries": 30, "maxBytes": 40_000, "evictionPolicy": policy}
    with serving(tmp_path) as server:
        assert server.request("PATCH", path, bounds, key=ADMIN_TOKEN).status == 201
    for _ in range(2):
        server = start(tmp_path)
        threads = [threading.Thread(target=set_until_killed, args=(server.url, n)) for n in range(4)]
        for thread in threads:
            thread.start()
        threading.Event().wait(random_.uniform(0.3, LONGEST_ROUND_S))
        server.kill()
        for thread in threads:
            thread.join()

        assert check(tmp_path).returncode == 0
        show = [sys.executable, "-m", "askonce", "cache", "show", PRESET.cache_id, "--json"]
        shown = subprocess.run(
            [*show, "--data", str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, timeout=60
        )
        told = json.loads(shown.stdout)  # Read from the file: no server has had a chance to mend it.
        assert 0 < told["entryCount"] <= 30
        assert told["bytes"] <= 40_000


def test_a_server_that_is_told_to_stop_finishes_what_is_under_way_and_ends_with_0(tmp_path: Path) -> None:
    writer = Writer(0)
    server = start(tmp_path)
    thread = threading.Thread(target=writer.work, args=(server.url, random.Random(0)))
    thread.start()
    threading.Event().wait(0.3)

    assert server.stop() == 0
    thread.join()
    assert check(tmp_path).returncode == 0
    with serving(tmp_path) as again:
        writer.settle_unsure(again)
        assert_all_there(again, writer, semantic_from=0)


def test_a_second_server_on_the_same_data_directory_is_told_who_holds_it(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        second = subprocess.run(
            [sys.executable, "-m", "askonce", "serve", "--port", "0", "--data", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
        )

        assert second.returncode == 2
        assert str(tmp_path) in second.stderr
        assert str(server.pid) in second.stderr
        assert server.call("GET", "/health").status == 200
