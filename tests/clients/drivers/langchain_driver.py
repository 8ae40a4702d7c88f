"""Drives `langchain-redis`'s `LangCacheSemanticCache` as the LLM cache of LangChain, with fake models.

A fake model answers with the next of its `responses`: an answer that comes a second time came from the cache.
"""

from typing import Any

from langchain_core.globals import set_llm_cache  # type: ignore[import-not-found]
from langchain_core.language_models import (  # type: ignore[import-not-found]
    FakeListChatModel,
    FakeListLLM,
)
from langchain_core.messages import (  # type: ignore[import-not-found]
    AIMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.outputs import Generation  # type: ignore[import-not-found]
from langchain_redis import LangCacheSemanticCache
from tests.clients.drivers.talk import Arguments, Cache, serve

MODELS: dict[str, Any] = {"chat": FakeListChatModel, "llm": FakeListLLM}
MESSAGES: dict[str, Any] = {"system": SystemMessage, "human": HumanMessage, "ai": AIMessage}


async def call(cache: Cache, method: str, colour: str, arguments: Arguments) -> Any:
    client = LangCacheSemanticCache(**cache, **arguments.pop("options", {}))
    match method:
        case "ask":
            return await _ask(client, colour, **arguments)
        case "lookup":
            return await _lookup(client, colour, **arguments)
        case "update":
            return await _update(client, colour, **arguments)
        case _:
            return await _clear(client, colour)


async def _ask(
    client: LangCacheSemanticCache,
    colour: str,
    model: str,
    responses: list[str],
    prompts: list[Any],
    parameters: Arguments | None = None,
) -> list[str]:
    """What one model says to each of `prompts` in turn. A chat prompt is a list of [role, text]."""
    set_llm_cache(client)
    bound = parameters or {}
    asked = MODELS[model](responses=responses)
    said = []
    for prompt in prompts:
        messages = prompt if isinstance(prompt, str) else [MESSAGES[role](text) for role, text in prompt]
        answer = (
            await asked.ainvoke(messages, **bound) if colour == "async" else asked.invoke(messages, **bound)
        )
        said.append(answer if isinstance(answer, str) else answer.content)
    return said


async def _lookup(
    client: LangCacheSemanticCache, colour: str, prompt: str, llm_string: str
) -> list[str] | None:
    if colour == "async":
        found = await client.alookup(prompt, llm_string)
    else:
        found = client.lookup(prompt, llm_string)
    return None if found is None else [generation.text for generation in found]


async def _update(
    client: LangCacheSemanticCache, colour: str, prompt: str, llm_string: str, texts: list[str]
) -> None:
    generations = [Generation(text=text) for text in texts]
    if colour == "async":
        await client.aupdate(prompt, llm_string, generations)
    else:
        client.update(prompt, llm_string, generations)


async def _clear(client: LangCacheSemanticCache, colour: str) -> None:
    if colour == "async":
        await client.aclear()
    else:
        client.clear()


if __name__ == "__main__":
    serve(call)
