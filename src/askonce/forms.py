"""Forms that the text of a setting must have. Each raises `ValueError` with a sentence on what it must be."""

import ipaddress
import re
from collections.abc import Callable
from typing import TypeAlias

Form: TypeAlias = Callable[[str], object]

ANY_ORIGIN = "*"
# As a browser sends it: lowercase, no path, no port that is the usual one of its scheme.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_USUAL_PORTS = (("http://", ":80"), ("https://", ":443"))


def origin(text: str) -> str:
    if text == ANY_ORIGIN:
        return text
    if not _ORIGIN.fullmatch(text):
        raise ValueError(
            "an origin is a scheme, host and port in small letters, like https://chat.example.org."
        )
    for scheme, port in _USUAL_PORTS:
        if text.startswith(scheme) and text.endswith(port):
            raise ValueError(f"browsers leave {port} away in the origin of a {scheme} page.")
    return text


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{error}; it must be an address or a network like 10.0.0.0/8.") from None
