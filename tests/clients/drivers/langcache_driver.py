"""Drives any version of the Python client `langcache`, written as its README of that version says."""

from typing import Any

from langcache import LangCache, __version__, models
from tests.clients.drivers.talk import Arguments, Cache, serve

_clients: dict[tuple[str, ...], LangCache] = {}


async def call(cache: Cache, method: str, colour: str, arguments: Arguments) -> Any:
    client = _client(cache)
    if "search_strategies" in arguments:
        arguments["search_strategies"] = [
            models.SearchStrategy(one) for one in arguments["search_strategies"]
        ]
    if colour == "async":
        answer = await getattr(client, f"{method}_async")(**arguments)
    else:
        answer = getattr(client, method)(**arguments)
    return answer.model_dump(mode="json", by_alias=True) if answer is not None else None


def _client(cache: Cache) -> LangCache:
    """One client for each cache, as an application has it, so that its connections are used again."""
    identity = tuple(cache.values())
    if identity not in _clients:
        # 0.9 calls the key by another name.
        key_name = "service_key" if __version__.startswith("0.9.") else "api_key"
        options = {key_name: cache["api_key"]} if "api_key" in cache else {}
        _clients[identity] = LangCache(server_url=cache["server_url"], cache_id=cache["cache_id"], **options)
    return _clients[identity]


if __name__ == "__main__":
    serve(call)
