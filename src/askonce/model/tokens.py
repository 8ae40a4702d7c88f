"""The opaque tokens that an index finds an entry by: of its prompt, its context, its attributes."""

from askonce.model.attributes import Attributes, attribute_tokens
from askonce.model.entry import NO_CONTEXT, context_token, prompt_token


def scope_tokens(attributes: Attributes, context: str) -> list[bytes]:
    """What an entry must carry for a search in this scope to see it."""
    return [*context_tokens(context), *attribute_tokens(attributes)]


def entry_tokens(prompt: str, attributes: Attributes, context: str) -> list[bytes]:
    """What an entry carries: its prompt first."""
    return [prompt_token(prompt, context), *scope_tokens(attributes, context)]


def context_tokens(context: str) -> list[bytes]:
    """None for entries that stand alone."""
    return [] if context == NO_CONTEXT else [context_token(context)]
