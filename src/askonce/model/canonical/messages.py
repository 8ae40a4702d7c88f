"""Conversations as JSON: OpenAI's and Anthropic's `messages`, bare or in a request, and LangChain's messages.

The question is the last text of the last message, if that is the user's. The frame is the same JSON without
it: system prompts, earlier turns, tools, images, formats, parameters, roles, and where the question stood.

Normalised is only what cannot reach a model: white space, the way a character is escaped, and the order of
keys in a request, a message and a part of its content, which the APIs name one by one. The order of all other
keys is kept. It does shape answers: a JSON schema's properties are written in the schema's order.
"""

from askonce.model.canonical.conversation import Conversation
from askonce.model.canonical.strict_json import Json, Object, read, write

# Tuples: a value that JSON allows and no set does, like a list, is then simply not among them.
_ROLES = ("system", "developer", "user", "assistant", "model", "tool", "function")
_TEXT_PARTS = ("text", "input_text")
_HUMAN = ("human", "HumanMessageChunk")


def messages_json(prompt: str) -> Conversation | None:
    # Far cheaper than parsing what is no conversation. A key spelled with escapes is not worth the doubt.
    if '"content"' not in prompt:
        return None
    try:
        value = read(prompt)
        if isinstance(value, dict):
            return _request(value)
        return _list(value) if isinstance(value, list) else None
    except ValueError:
        return None


def _request(request: Object) -> Conversation | None:
    messages = request.get("messages")
    if not isinstance(messages, list) or (ordered := _chat_messages(messages)) is None:
        return None
    whole = _by_key({**request, "messages": [*ordered]})
    return _taken_apart("request", whole, _asking_chat(ordered))


def _list(messages: list[Json]) -> Conversation | None:
    if (chat := _chat_messages(messages)) is not None:
        return _taken_apart("chat", [*chat], _asking_chat(chat))
    if (langchain := _langchain_messages(messages)) is not None:
        return _taken_apart("langchain", [*langchain], _asking_langchain(langchain))
    return None


def _taken_apart(envelope: str, whole: Json, asking: Object | None) -> Conversation | None:
    """`asking` is the object in `whole` whose `content` asks. The question is taken out of it, in place."""
    content = None if asking is None else asking.get("content")
    if asking is not None and isinstance(content, str):
        asking["content"] = None
        return Conversation(envelope, content, (write(whole), "the content"))
    if not isinstance(content, list):
        return None
    # Several texts are kept apart: what is asked comes last, behind the documents that it is asked of.
    for at in range(len(content) - 1, -1, -1):
        part = content[at]
        if isinstance(part, str):
            content[at] = None
            return Conversation(envelope, part, (write(whole), f"part {at}"))
        if isinstance(part, dict) and part.get("type") in _TEXT_PARTS and isinstance(part.get("text"), str):
            question, part["text"] = str(part["text"]), None
            return Conversation(envelope, question, (write(whole), f"part {at}, text"))
    return None


def _chat_messages(messages: list[Json]) -> list[Object] | None:
    """The messages with their keys in order, as copies; None if one of them is something else."""
    ordered = []
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            return None
        ordered.append(_by_key(message))
    return ordered


def _asking_chat(messages: list[Object]) -> Object | None:
    return messages[-1] if messages and messages[-1]["role"] == "user" else None


def _langchain_messages(messages: list[Json]) -> list[Object] | None:
    ordered = []
    for message in messages:
        kwargs = message.get("kwargs") if isinstance(message, dict) and "lc" in message else None
        if not isinstance(message, dict) or not isinstance(kwargs, dict):
            return None
        # LangChain itself leaves `id` out before it asks a cache, in later versions: no model sees it.
        said = {key: value for key, value in kwargs.items() if key != "id" or not _is_id(value)}
        ordered.append(_by_key({**message, "kwargs": _by_key(said)}))
    return ordered


def _is_id(value: Json) -> bool:
    return value is None or isinstance(value, str)


def _asking_langchain(messages: list[Object]) -> Object | None:
    said = messages[-1]["kwargs"] if messages else None
    if not isinstance(said, dict):
        return None
    is_users = said.get("type") in _HUMAN or (said.get("type") == "chat" and said.get("role") == "user")
    return said if is_users else None


def _by_key(known: Object) -> Object:
    """A copy with the keys in order, its own and those of each part of its content."""
    copy = {key: known[key] for key in sorted(known)}
    content = copy.get("content")
    if isinstance(content, list):
        copy["content"] = [_by_key(part) if isinstance(part, dict) else part for part in content]
    return copy
