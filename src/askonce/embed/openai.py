"""Any OpenAI-compatible embeddings endpoint as an `Embedder`."""

from dataclasses import dataclass, field

import httpx2

from askonce.embed.batches import Batches
from askonce.embed.openai_http import EmbeddingsResource
from askonce.errors import BadSetting
from askonce.model.cache import Fingerprint
from askonce.model.digest import digest_of
from askonce.ports import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIEndpoint:
    """Where an embedding model is served, and how we treat it. `base_url` goes up to and with `/v1`."""

    base_url: str
    model: str
    dimensions: int
    api_key: str | None = field(default=None, repr=False)
    send_dimensions: bool = False
    timeout_s: float = 5.0  # For one text, with its wait in line and every retry.
    retries: int = 2
    batch_size: int = 64
    requests: int = 4  # At once. A guess: enough to hide the network, few enough for batches to form.
    most_waiting: int = 1_024  # Texts in line; one more is refused at once.
    # A longer text is not embedded. Some servers (Ollama for one) cut in silence what does not fit the
    # model's window, and then texts that begin alike are one text. 8,192 characters of English are about
    # 2,048 tokens.
    max_chars: int = 8_192


class OpenAIEmbedder:
    """Vectors by request. A text that is blank or longer than `max_chars` is not read: None."""

    def __init__(self, endpoint: OpenAIEndpoint) -> None:
        self._endpoint = endpoint
        # The environment is not trusted: a proxy set there for other ends would be shown the key and the
        # prompts.
        self._client = httpx2.AsyncClient(headers=_headers(endpoint), timeout=None, trust_env=False)
        resource = EmbeddingsResource(
            client=self._client,
            url=_url(endpoint),
            model=endpoint.model,
            dimensions=endpoint.dimensions,
            send_dimensions=endpoint.send_dimensions,
            retries=endpoint.retries,
        )
        self._batches = Batches(
            resource.vectors_of,
            batch_size=endpoint.batch_size,
            requests=endpoint.requests,
            most_waiting=endpoint.most_waiting,
            timeout_s=endpoint.timeout_s,
        )
        self._fingerprint = openai_fingerprint(endpoint)

    @property
    def fingerprint(self) -> Fingerprint:
        return self._fingerprint

    async def embed(self, text: str) -> Vector | None:
        if len(text) > self._endpoint.max_chars or not text.strip() or not _is_sendable(text):
            return None
        return await self._batches.embed(text)

    async def close(self) -> None:
        """End what is under way and refuse what comes."""
        await self._batches.close()
        await self._client.aclose()


def openai_fingerprint(endpoint: OpenAIEndpoint) -> Fingerprint:
    """What the endpoint's model is, without asking it."""
    # Not the address: the same model may move to another. Nor can we see a provider change it under its name.
    digest = digest_of("openai-embedder", endpoint.model, str(endpoint.dimensions))
    return Fingerprint(endpoint.model, endpoint.dimensions, digest.hex())


def _headers(endpoint: OpenAIEndpoint) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if endpoint.api_key:
        # The HTTP library would quote such a key in its error.
        if not (endpoint.api_key.isascii() and endpoint.api_key.isprintable()) or " " in endpoint.api_key:
            raise _bad("api_key", endpoint, "it has characters that no key has, such as a line's end.")
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    return headers


def _url(endpoint: OpenAIEndpoint) -> httpx2.URL:
    try:
        base = httpx2.URL(endpoint.base_url)
    except httpx2.InvalidURL:
        base = httpx2.URL("")
    if base.scheme not in ("http", "https") or not base.host:
        raise _bad("base_url", endpoint, "it must be an address such as https://example.org/v1.")
    # Path only: a query, as in `?api-version=…`, stays behind it.
    return base.copy_with(path=base.path.rstrip("/") + "/embeddings")


def _bad(name: str, endpoint: OpenAIEndpoint, problem: str) -> BadSetting:
    return BadSetting(name, f"the embedder of model {endpoint.model!r}", problem)


def _is_sendable(text: str) -> bool:
    """Whether it is Unicode throughout: half of a surrogate pair has no form in JSON's UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
