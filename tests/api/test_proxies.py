"""`X-Forwarded-*` is believed of trusted proxies only; the audit log tells who really called."""

from pathlib import Path
from typing import Any

import pytest
from starlette.types import Scope
from tests.api.world import World, open_world

from askonce.api.proxies import Proxies
from askonce.api.server import Front

PROXY, INNER_PROXY, OUTER_PROXY = "10.1.1.1", "10.1.1.2", "2001:db8:1::1"
CALLER, SPOOFED = "203.0.113.7", "198.51.100.66"
TRUSTED = ["10.0.0.0/8", OUTER_PROXY]


def seen(peer: str | None, *forwarded: str, proto: str | None = None) -> tuple[str | None, str]:
    """The address and the scheme that a request is taken to come with."""
    headers = [(b"x-forwarded-for", one.encode("latin-1")) for one in forwarded]
    if proto is not None:
        headers.append((b"x-forwarded-proto", proto.encode("latin-1")))
    scope: Scope = {
        "type": "http",
        "client": None if peer is None else (peer, 4711),
        "scheme": "http",
        "headers": headers,
    }
    through = Proxies(TRUSTED).seen_through(scope)
    return through["client"] and through["client"][0], through["scheme"]


def test_a_trusted_proxy_tells_who_called() -> None:
    assert seen(PROXY, CALLER, proto="https") == (CALLER, "https")


def test_every_trusted_proxy_on_the_way_is_seen_through() -> None:
    assert seen(PROXY, f"{CALLER}, {OUTER_PROXY}, {INNER_PROXY}") == (CALLER, "http")
    assert seen(PROXY, CALLER, f"{OUTER_PROXY},{INNER_PROXY}") == (CALLER, "http")


def test_what_a_caller_wrote_before_its_own_address_is_not_believed() -> None:
    assert seen(PROXY, f"{SPOOFED}, {CALLER}") == (CALLER, "http")
    assert seen(PROXY, SPOOFED, CALLER) == (CALLER, "http")
    assert seen(PROXY, f"{INNER_PROXY}, {CALLER}") == (CALLER, "http")


def test_nothing_is_believed_of_anyone_else() -> None:
    assert seen(CALLER, SPOOFED, proto="https") == (CALLER, "http")
    assert seen("11.1.1.1", SPOOFED, proto="https") == ("11.1.1.1", "http")
    assert seen(None, SPOOFED, proto="https") == (None, "http")
    assert seen("testclient", SPOOFED) == ("testclient", "http")


@pytest.mark.parametrize(
    "garbage", ["", ",", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "<script>", "\xff", "10.0.0.0/8", "[::1"]
)
def test_what_is_no_address_is_never_taken_for_one(garbage: str) -> None:
    assert seen(PROXY, garbage)[0] in (PROXY, "::1")
    assert seen(PROXY, f"{SPOOFED}, {garbage}, {INNER_PROXY}")[0] in (INNER_PROXY, "::1")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::5]:4711", "2001:db8::5"),
        ("2001:DB8:0::5", "2001:db8::5"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::5%eth0", "fe80::5"),
    ],
)
def test_an_address_is_read_in_every_form_that_proxies_write(written: str, address: str) -> None:
    assert seen(PROXY, written)[0] == address


def test_a_proxy_that_calls_over_ipv4_to_a_socket_for_both_is_known() -> None:
    assert seen(f"::ffff:{PROXY}", CALLER)[0] == CALLER


@pytest.mark.parametrize(
    ("proto", "scheme"), [("HTTPS", "https"), ("http, https", "https"), ("gopher", "http"), ("", "http")]
)
def test_the_scheme_is_what_the_last_proxy_says(proto: str, scheme: str) -> None:
    assert seen(PROXY, CALLER, proto=proto) == (CALLER, scheme)


def test_a_list_of_proxies_alone_leads_to_the_first_of_them() -> None:
    assert seen(PROXY, f"{OUTER_PROXY}, {INNER_PROXY}")[0] == OUTER_PROXY


async def address_of_act(world: World, forwarded: str) -> Any:
    headers = {"Authorization": f"Bearer {world.admin_token}", "X-Forwarded-For": forwarded}
    changed = await world.call("PATCH", "", {"name": "renamed"}, headers=headers)
    assert changed.status_code == 201
    return (await world.admin("GET", "/audit?limit=1")).json()["acts"][0]["address"]


async def test_the_audit_log_tells_the_callers_own_address(tmp_path: Path) -> None:
    front = Front(proxies=Proxies(["127.0.0.0/8"]))  # The tests call from 127.0.0.1.
    async with open_world(tmp_path / "data", front=front) as world:
        assert await address_of_act(world, f"{SPOOFED}, {CALLER}") == CALLER


async def test_the_audit_log_believes_nobody_by_default(world: World) -> None:
    assert await address_of_act(world, SPOOFED) == "127.0.0.1"
