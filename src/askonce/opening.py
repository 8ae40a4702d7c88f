"""Opening what the settings name beside the data directory (engines, a shared catalog): a part of the
composition root.

redis-py is an extra, so nothing of the Redis engine is imported before the settings ask for one.
"""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING, Protocol

from askonce.engine.embedded.catalog import CATALOG_NAME, EmbeddedCatalog
from askonce.engine.embedded.usage import USAGE_NAME, EmbeddedUsage
from askonce.errors import BadSetting, EngineUnavailable, StartRefused
from askonce.model.cache import DEFAULT_DATABASE
from askonce.ports import Catalog, KeyRegister, Keyring, Register, UsageStore
from askonce.service.caches import DATABASES
from askonce.service.engines import Engines, KeptEngine
from askonce.settings import EngineSettings, Settings

if TYPE_CHECKING:
    from askonce.engine.redis.engine import RedisEngine
    from askonce.engine.redis.options import Options

log = logging.getLogger(__name__)

REDIS = "Redis"  # Such an engine, for people.


class KeptCatalog(Catalog, Register, Keyring, KeyRegister, Protocol):
    """Everything a server needs of a catalog."""


def databases_of(settings: Settings) -> Mapping[str, str]:
    """Every `databaseId`, with its name for people. `default` is where whoever says nothing else is kept: in
    the data directory, or in the engine that keeps the catalog.
    """
    named = dict.fromkeys(settings.engines, REDIS)
    return {**DATABASES, **named} if not settings.catalog else {DEFAULT_DATABASE: REDIS, **named}


@asynccontextmanager
async def catalog_of(
    settings: Settings, environ: Mapping[str, str]
) -> AsyncIterator[tuple[KeptCatalog, UsageStore]]:
    """What keeps caches and keys, and when they were used. Raises `StartRefused`."""
    if not settings.catalog:
        with closing(EmbeddedCatalog.open(settings.data / CATALOG_NAME)) as opened:
            yield opened, EmbeddedUsage.open(settings.data / USAGE_NAME)
        return
    if settings.catalog not in settings.engines:
        raise BadSetting("catalog", "the settings", f"there is no [engines.{settings.catalog}].")
    with _redis_is_needed():
        from askonce.engine.redis.catalog import RedisCatalog
    name = settings.catalog
    shared = RedisCatalog(_redis_options(name, settings.engines[name], environ))
    try:
        await _read_once(shared, name)
        yield shared, shared
    finally:
        await shared.close()


async def _read_once(catalog: Catalog, name: str) -> None:
    try:
        await catalog.caches()
    except EngineUnavailable as error:
        raise StartRefused(f"The catalog in [engines.{name}] can not be read: {error}") from error


@asynccontextmanager
async def engines_of(
    settings: Settings, embedded: KeptEngine | None, environ: Mapping[str, str], catalog: Catalog
) -> AsyncIterator[KeptEngine]:
    """The embedded engine, and before it, if there are others, what knows which cache each of them keeps.
    Without an embedded engine the one that keeps the catalog is the default.
    """
    if embedded is not None and not settings.engines:
        yield embedded
        return
    async with redis_engines(settings, environ) as others:
        for name, engine in others.items():
            try:
                await engine.refuse_other_servers()
            except EngineUnavailable:
                # Its caches answer 424 until it is there, and those of others are none the worse for it.
                log.warning("an engine does not answer yet", extra={"database": name})
        yield Engines({DEFAULT_DATABASE: embedded or others[settings.catalog], **others}, catalog)


@asynccontextmanager
async def redis_engines(
    settings: Settings, environ: Mapping[str, str]
) -> "AsyncIterator[dict[str, RedisEngine]]":
    """None of them is connected to before it is asked for something."""
    if not settings.engines:
        yield {}
        return
    with _redis_is_needed():
        from askonce.engine.redis.engine import RedisEngine
    async with AsyncExitStack() as stack:
        engines = {}
        for name, one in settings.engines.items():
            engines[name] = RedisEngine(_redis_options(name, one, environ))
            stack.push_async_callback(engines[name].close)
        yield engines


@contextmanager
def _redis_is_needed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise StartRefused(
            f"Engines in Redis need what `pip install 'askonce[redis]'` installs: {error}."
        ) from error


def _redis_options(name: str, one: EngineSettings, environ: Mapping[str, str]) -> "Options":
    from askonce.engine.redis.options import Index, Options

    return Options(
        url=one.url,
        password=secret_of("password_env", one.password_env, f"[engines.{name}]", environ),
        ca_file=one.ca_file or None,
        key_prefix=one.key_prefix,
        index=Index(one.index),
        timeout_s=one.timeout_ms / 1_000,
        retries=one.retries,
        connections=one.connections,
    )


def secret_of(setting: str, variable: str, source: str, environ: Mapping[str, str]) -> str | None:
    """The secret in the variable that the setting names; None if it names none."""
    if not variable:
        return None
    if not environ.get(variable):
        raise BadSetting(setting, source, f"the environment has no variable {variable!r}.")
    return environ[variable]
