"""The documented curl calls: `accept` and `Authorization` only, so that curl announces a form."""

import json
import shutil
import subprocess

import pytest
from tests.clients.conftest import emptied
from tests.clients.installs import clean_environment
from tests.support.server import PRESET, Json, Server

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: NOT TESTED.")

PROMPT = "How do I reset my password?"
CURL_TIMEOUT_S = 30


@pytest.fixture(autouse=True)
def _empty_cache(server: Server) -> None:
    emptied(server)


def curl(server: Server, method: str, path: str, body: Json = None) -> tuple[int, Json]:
    """Status and body of a call written as LangCache documents it."""
    headers = ["-H", "accept: application/json", "-H", f"Authorization: Bearer {PRESET.api_key}"]
    content = ["-d", json.dumps(body)] if body is not None else []
    url = f"{server.url}/v1/caches/{PRESET.cache_id}{path}"
    command = ["curl", "-s", "-w", "\n%{http_code}", "-X", method, url, *headers, *content]
    done = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, timeout=CURL_TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    text, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(text) if text else None


def test_a_set_answers_201_with_the_entry_s_id(server: Server) -> None:
    status, body = curl(server, "POST", "/entries", {"prompt": PROMPT, "response": "Settings."})

    assert (status, list(body)) == (201, ["entryId"])


@pytest.mark.parametrize("path", ["/entries/search", "/search"])
def test_a_search_finds_the_entry_on_the_new_path_and_on_the_older_one(server: Server, path: str) -> None:
    curl(server, "POST", "/entries", {"prompt": PROMPT, "response": "Settings."})

    status, body = curl(server, "POST", path, {"prompt": PROMPT})

    assert (status, [hit["response"] for hit in body["data"]]) == (200, ["Settings."])


def test_a_delete_by_attributes_counts(server: Server) -> None:
    body = {"prompt": PROMPT, "response": "Settings.", "attributes": {"tenant": "acme"}}
    curl(server, "POST", "/entries", body)

    deleted = curl(server, "DELETE", "/entries", {"attributes": {"tenant": "acme"}})

    assert deleted == (200, {"deletedEntriesCount": 1})


def test_a_delete_by_id_has_no_body(server: Server) -> None:
    _, made = curl(server, "POST", "/entries", {"prompt": PROMPT, "response": "Settings."})

    assert curl(server, "DELETE", f"/entries/{made['entryId']}") == (204, None)


def test_a_flush_has_no_body(server: Server) -> None:
    assert curl(server, "POST", "/flush") == (204, None)


def test_the_health_of_a_cache_is_told(server: Server) -> None:
    status, body = curl(server, "GET", "/health")

    assert (status, type(body)) == (200, dict)
