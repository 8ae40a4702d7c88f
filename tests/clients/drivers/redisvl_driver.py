"""Drives `redisvl`'s `LangCacheSemanticCache`: its methods under their names, async ones with their `a`."""

from typing import Any

from redisvl.extensions.cache.llm import LangCacheSemanticCache
from tests.clients.drivers.talk import Arguments, Cache, serve

_caches: dict[tuple[str, ...], LangCacheSemanticCache] = {}


async def call(cache: Cache, method: str, colour: str, arguments: Arguments) -> Any:
    client = _client(cache, arguments.pop("options", {}))
    if colour == "async":
        return await getattr(client, f"a{method}")(**arguments)
    return getattr(client, method)(**arguments)


def _client(cache: Cache, options: dict[str, Any]) -> LangCacheSemanticCache:
    identity = (*cache.values(), repr(options))
    if identity not in _caches:
        _caches[identity] = LangCacheSemanticCache(**cache, **options)
    return _caches[identity]


if __name__ == "__main__":
    serve(call)
