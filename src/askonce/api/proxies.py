"""Seeing through proxies: who called, where a proxy of ours stands before the server.

Anyone can send `X-Forwarded-For`. Each proxy on the way adds the address that it was called from at the end,
so the list is read from its end, and only as long as it was a trusted proxy that wrote what is read.

Invariant: what is believed is an address. Where the list holds anything else, the caller is the last address
before it.
"""

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

from starlette.types import Scope

from askonce.api import headers
from askonce.forms import network

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
SCHEMES = ("http", "https")


class Proxies:
    """`trusted` are of the form `forms.network`."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [network(one) for one in trusted]

    def seen_through(self, scope: Scope) -> Scope:
        """`scope` with the caller's own address and scheme, as far as a trusted proxy told them."""
        peer = _address(headers.client_address(scope))
        if peer is None or not self._is_trusted(peer):
            return scope
        caller = self._caller(peer, headers.values_of(scope, b"x-forwarded-for"))
        return {**scope, "client": (str(caller), 0), "scheme": _scheme(scope)}

    def _caller(self, peer: Address, forwarded: Sequence[bytes]) -> Address:
        hops = b",".join(forwarded).decode("latin-1").split(",")
        nearest = peer
        for hop in reversed(hops):
            told = _address(_without_port(hop.strip()))
            if told is None:
                break
            nearest = told
            if not self._is_trusted(told):
                break
        return nearest

    def _is_trusted(self, address: Address) -> bool:
        return any(address in one for one in self._trusted)


def _scheme(scope: Scope) -> str:
    """Of the last proxy's own word: those before it are its to believe or not."""
    told = headers.values_of(scope, b"x-forwarded-proto")
    scheme = told[-1].decode("latin-1").rpartition(",")[2].strip().lower() if told else ""
    return scheme if scheme in SCHEMES else str(scope["scheme"])


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])  # A zone is nothing but a name.
    except ValueError:
        return None
    # A socket that listens on `::` tells an IPv4 caller so.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _without_port(hop: str) -> str:
    """Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
