"""The settings of what stands before a server, on one that is started with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import ADMIN_TOKEN, PRESET, Server, serving

ORIGIN = "https://chat.example.org"
CALLER = "203.0.113.7"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    settings = {"cors_origins": f"{ORIGIN},http://localhost:3000", "trusted_proxies": "127.0.0.0/8"}
    with serving(tmp_path, settings=settings) as server:
        yield server


def test_a_started_server_lets_pages_call_and_sees_through_its_proxies(server: Server) -> None:
    connection = server.connection()
    entries = f"/v1/caches/{PRESET.cache_id}/entries"
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "DELETE"}
    connection.request("OPTIONS", entries, headers=asked)
    preflight = connection.getresponse()
    preflight.read()
    forwarded = {"Authorization": f"Bearer {ADMIN_TOKEN}", "X-Forwarded-For": f"198.51.100.66, {CALLER}"}
    connection.request("DELETE", entries, headers=forwarded)
    flushed = connection.getresponse()
    flushed.read()
    acts = server.request("GET", "/v1/audit?limit=1", key=ADMIN_TOKEN).body["acts"]

    assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert flushed.status == 204
    assert [(act["what"], act["address"]) for act in acts] == [("cache.flush", CALLER)]
