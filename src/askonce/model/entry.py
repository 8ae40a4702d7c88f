"""An entry (a question with its answer), what makes two entries the same one, and when one is over.

Invariant: an entry's id is a function of its question alone (prompt without case, attributes, context), so
that setting the same question again replaces its answer instead of piling up copies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from askonce.model.attributes import Attributes
from askonce.model.digest import digest_of

MAX_TTL_MS = 31_556_952_000  # One year, the published LangCache limit; a longer one is refused with 400.

NO_CONTEXT = ""  # The context of an entry or a search that stands alone.


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored answer. Times are milliseconds since the epoch; without `expires_at_ms` it never expires.

    `renewed_at_ms` is when a hit last began its life anew; None: none did.
    """

    id: str
    prompt: str
    response: str
    attributes: Attributes
    context: str  # The digest of the earlier questions it belongs to (`context_digest`), or NO_CONTEXT.
    created_at_ms: int
    expires_at_ms: int | None
    renewed_at_ms: int | None = None

    def is_over(self, now_ms: int) -> bool:
        return self.expires_at_ms is not None and now_ms >= self.expires_at_ms

    def renewed(self, now_ms: int) -> Self:
        """With a whole life before it, as after a hit. What is over stays so, and a clock that goes back
        takes nothing away.
        """
        begun_ms = self.created_at_ms if self.renewed_at_ms is None else self.renewed_at_ms
        if self.expires_at_ms is None or self.is_over(now_ms) or now_ms <= begun_ms:
            return self
        return replace(self, expires_at_ms=self.expires_at_ms + now_ms - begun_ms, renewed_at_ms=now_ms)


def entry_id(prompt: str, attributes: Attributes, context: str = NO_CONTEXT) -> str:
    """32 lowercase hex characters: equal for questions that differ in the case of the prompt only."""
    parts = [context, prompt.casefold()]
    for name, value in sorted(attributes.items()):
        parts += (name, value)
    return digest_of("entry", *parts).hex()


def prompt_token(prompt: str, context: str = NO_CONTEXT) -> bytes:
    """What an exact search looks for: equal for prompts that differ in case only, within one context."""
    return digest_of("prompt", context, prompt.casefold())


def context_token(context: str) -> bytes:
    """What ties an entry to its context; no attribute can forge it."""
    return digest_of("context-token", context)


def context_digest(questions: Sequence[str]) -> str:
    """The context that these earlier questions (oldest first) make; none of them make NO_CONTEXT."""
    if not questions:
        return NO_CONTEXT
    return digest_of("context", *(question.casefold() for question in questions)).hex()
