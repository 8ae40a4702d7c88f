"""The embedders that the settings name: a part of the composition root."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing

from askonce.embed.bundled import BundledEmbedder, bundled_fingerprint
from askonce.embed.memo import Memo
from askonce.embed.openai import OpenAIEmbedder, OpenAIEndpoint, openai_fingerprint
from askonce.inference.workers import Workers
from askonce.model.cache import Cache, Fingerprint
from askonce.opening import secret_of
from askonce.ports import Embedder, Vector
from askonce.service.embedding import Embedding
from askonce.settings import BUNDLED_EMBEDDER, EmbedderSettings, Settings


class LateVectors:
    """Satisfies `Vectors`. The models are loaded by the first text: most commands need none."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], stack: AsyncExitStack) -> None:
        self._settings = settings
        self._environ = environ
        self._stack = stack
        self._embedding: asyncio.Task[Embedding] | None = None

    async def of(self, text: str, cache: Cache) -> Vector | None:
        if self._embedding is None:
            self._embedding = asyncio.create_task(self._load())
        # Whoever gives up waiting does not end the loading for the others.
        return await (await asyncio.shield(self._embedding)).of(text, cache)

    async def _load(self) -> Embedding:
        workers = self._stack.enter_context(closing(Workers(self._settings.embed_threads)))
        opened = embedders_of(self._settings, self._environ, workers)
        embedders = await self._stack.enter_async_context(opened)
        return Embedding(embedders, timeout_s=self._settings.embed_timeout_ms / 1_000)


@asynccontextmanager
async def embedders_of(
    settings: Settings, environ: Mapping[str, str], workers: Workers
) -> AsyncIterator[dict[str, Embedder]]:
    """Every embedder of the settings by its name, each behind a memo of its own."""
    async with AsyncExitStack() as stack:
        bundled = Memo(BundledEmbedder(workers), entries=settings.memo_entries)
        embedders: dict[str, Embedder] = {BUNDLED_EMBEDDER: bundled}
        for name, one in settings.embedders.items():
            remote = remote_embedder(name, one, environ)
            stack.push_async_callback(remote.close)
            embedders[name] = Memo(remote, entries=settings.memo_entries)
        yield embedders


def remote_embedder(name: str, settings: EmbedderSettings, environ: Mapping[str, str]) -> OpenAIEmbedder:
    api_key = secret_of("api_key_env", settings.api_key_env, f"[embedders.{name}]", environ)
    return OpenAIEmbedder(_endpoint(settings, api_key))


def fingerprints(settings: Settings) -> dict[str, Fingerprint]:
    remote = {name: openai_fingerprint(_endpoint(one, None)) for name, one in settings.embedders.items()}
    return {BUNDLED_EMBEDDER: bundled_fingerprint(), **remote}


def _endpoint(settings: EmbedderSettings, api_key: str | None) -> OpenAIEndpoint:
    return OpenAIEndpoint(
        base_url=settings.base_url,
        model=settings.model,
        dimensions=settings.dimensions,
        api_key=api_key,
        send_dimensions=settings.send_dimensions,
        timeout_s=settings.timeout_ms / 1_000,
        retries=settings.retries,
        batch_size=settings.batch_size,
        max_chars=settings.max_chars,
    )
