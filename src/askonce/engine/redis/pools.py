"""Where connections come from: one address, or the primary that Sentinels name.

redis://…  rediss://…  unix://…                 as redis-py reads them
redis+sentinel://[user:password@]host:port[,host:port …]/SERVICE[/NUMBER]
rediss+sentinel://…                             TLS to the primary (and none to the Sentinels)
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import ConnectionPool, Sentinel
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import NoBackoff

from askonce.engine.redis.options import Options
from askonce.errors import StartRefused

Connected = Callable[[AbstractConnection], Awaitable[None]]

SENTINEL_PORT = 26_379
_SENTINEL_SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}  # To whether the primary has TLS.


def pool_of(options: Options, connected: Connected) -> ConnectionPool:
    """`connected` is called with each new connection, in place of redis-py's own greeting."""
    given: dict[str, Any] = {
        "password": options.password,
        "ssl_ca_certs": options.ca_file,
    }
    settings: dict[str, Any] = {
        "socket_timeout": options.timeout_s,
        "socket_connect_timeout": options.timeout_s,
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),  # `Connection` repeats, and knows what may be repeated.
        "redis_connect_func": connected,
        **{name: value for name, value in given.items() if value is not None},
    }
    try:
        if urlsplit(options.url).scheme in _SENTINEL_SCHEMES:
            return _by_sentinels(options.url, settings)
        return ConnectionPool.from_url(options.url, **settings)
    except (ValueError, TypeError) as error:
        raise StartRefused(f"The URL of a Redis engine can not be read: {error}") from error


def _by_sentinels(url: str, settings: dict[str, Any]) -> ConnectionPool:
    sentinel: Any = Sentinel  # redis-py leaves the two untyped.
    pool: Any = SentinelConnectionPool
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    service, _, number = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("after the Sentinels' addresses it must name the service, /SERVICE.")
    user, _, password = login.partition(":")
    own = {"username": unquote(user) or None, "password": unquote(password) or None}
    timeouts = {name: value for name, value in settings.items() if name.startswith("socket_")}
    sentinels = sentinel([_address(one) for one in hosts.split(",")], sentinel_kwargs=timeouts)
    made: ConnectionPool = pool(
        service,
        sentinels,
        db=int(number or 0),
        ssl=_SENTINEL_SCHEMES[parts.scheme],
        **{name: value for name, value in own.items() if value is not None} | settings,
    )
    return made


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and host:
        return host.strip("[]"), int(port)
    return text.strip("[]"), SENTINEL_PORT
