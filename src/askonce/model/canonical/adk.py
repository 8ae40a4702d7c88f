"""Google ADK with Redis (`adk-redis`): `app:shop | user:u-17 | session:9 | How do I return shoes?`.

Its cache puts the app, the user and the session before the prompt, each if so configured, always in this
order. Some write `prompt:` before the last part as well. Ids may hold a `|`, but not one between spaces.
"""

from askonce.model.canonical.conversation import Conversation

_FIELDS = ("app:", "user:", "session:")
_BETWEEN = " | "
_LABEL = "prompt:"


def scoped_prompt(prompt: str) -> Conversation | None:
    start = 0
    for field in _FIELDS:
        if prompt.startswith(field, start):
            end = prompt.find(_BETWEEN, start)
            if end < 0 or (start == 0 and not _is_first_field(prompt[start:end])):
                return None
            start = end + len(_BETWEEN)
    if start == 0:
        return None
    if prompt.startswith(_LABEL, start):
        start += len(_LABEL)
    return Conversation("adk", prompt[start:].strip(), (prompt[:start],))


def _is_first_field(field: str) -> bool:
    """Only ADK starts with `app:`. A chat may start with `user: hello | world`, but then with a space."""
    return field.startswith("app:") or len(field.split()) == 1
