"""What a first start prints can be pasted, and is printed once."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.installs import clean_environment, python_with
from tests.clients.published import NEWEST
from tests.support.server import PRESET, Server, serving

SNIPPET_TIMEOUT_S = 60
ANSWER = "Settings > Security > Reset."  # What both snippets set and search for.
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: NOT TESTED.")


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("first-start") / "data", is_preset=False) as server:
        yield server


def pasted(*command: str) -> str:
    done = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, timeout=SNIPPET_TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def curl_snippet(printed: str) -> str:
    return printed.split("With curl:")[1].split("With Python")[0]


def python_snippet(printed: str) -> str:
    return printed[printed.index("from langcache import") :]


@needs_curl
def test_the_curl_snippet_stores_an_answer_and_finds_it(first_start: Server) -> None:
    assert ANSWER in pasted("sh", "-c", curl_snippet(first_start.stdout()))


def test_the_python_snippet_finds_what_it_stores(first_start: Server) -> None:
    python = python_with(NEWEST.name, f"langcache=={NEWEST.version}")

    assert ANSWER in pasted(str(python), "-c", python_snippet(first_start.stdout()))


def test_the_first_start_shows_a_cache_a_key_and_an_admin_token(first_start: Server) -> None:
    shown = re.findall(r"^ +(cache id|api key|admin token) +\S{32,}$", first_start.stdout(), re.MULTILINE)

    assert shown == ["cache id", "api key", "admin token"]


def test_a_second_start_shows_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "data", is_preset=False):
        pass

    with serving(tmp_path / "data", is_preset=False) as second:
        pass

    assert second.stdout() == ""


def test_the_key_of_the_first_start_still_opens_the_second(tmp_path: Path) -> None:
    with serving(tmp_path / "data", is_preset=False) as first:
        pass

    with serving(tmp_path / "data", is_preset=False) as second:
        snippet = curl_snippet(first.stdout()).replace(first.url, second.url)
        key = re.search(r"Bearer (\S+)'", snippet)
        path = re.search(r"/v1/caches/\w+", snippet)
        assert key
        assert path
        answer = second.request("POST", f"{path.group()}/entries/search", {"prompt": "Ping?"}, key=key[1])

    assert answer.status == 200


def test_what_is_preset_is_not_shown(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        pass

    assert PRESET.api_key not in server.stdout() + server.log()


def test_the_log_holds_no_key(first_start: Server) -> None:
    key = re.search(r"Bearer (\S+)'", first_start.stdout())

    assert key
    assert key[1] not in first_start.log()
