"""Opening the engines that the settings name beside the embedded one: a part of the composition root.

redis-py is an extra, so nothing of the Redis engine is imported before the settings ask for one.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from askonce.errors import BadSetting, EngineUnavailable, StartRefused
from askonce.model.cache import DEFAULT_DATABASE
from askonce.ports import Catalog
from askonce.service.engines import Engines, KeptEngine
from askonce.settings import EngineSettings, Settings

if TYPE_CHECKING:
    from askonce.engine.redis.engine import RedisEngine
    from askonce.engine.redis.options import Options

log = logging.getLogger(__name__)

REDIS = "Redis"  # Such an engine, for people.


@asynccontextmanager
async def engines_of(
    settings: Settings, embedded: KeptEngine, environ: Mapping[str, str], catalog: Catalog
) -> AsyncIterator[KeptEngine]:
    """The embedded engine, and before it, if there are others, what knows which cache each of them keeps."""
    if not settings.engines:
        yield embedded
        return
    async with redis_engines(settings, environ) as others:
        for name, engine in others.items():
            try:
                await engine.refuse_other_servers()
            except EngineUnavailable:
                # Its caches answer 424 until it is there, and those of others are none the worse for it.
                log.warning("an engine does not answer yet", extra={"database": name})
        yield Engines({DEFAULT_DATABASE: embedded, **others}, catalog)


@asynccontextmanager
async def redis_engines(
    settings: Settings, environ: Mapping[str, str]
) -> "AsyncIterator[dict[str, RedisEngine]]":
    """None of them is connected to before it is asked for something."""
    if not settings.engines:
        yield {}
        return
    try:
        from askonce.engine.redis.engine import RedisEngine
    except ImportError as error:
        raise StartRefused(
            f"Engines in Redis need what `pip install 'askonce[redis]'` installs: {error}."
        ) from error
    async with AsyncExitStack() as stack:
        engines = {}
        for name, one in settings.engines.items():
            engines[name] = RedisEngine(_redis_options(name, one, environ))
            stack.push_async_callback(engines[name].close)
        yield engines


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
