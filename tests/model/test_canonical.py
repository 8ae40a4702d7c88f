"""Canonical prompts: each envelope is taken apart, and whatever leaves a doubt is not."""

import json
from typing import Any

import pytest

from askonce.model.canonical import Canonical, canonical

QUESTION = "How do I return shoes?"
USER = {"role": "user", "content": QUESTION}
BRIEF = {"role": "system", "content": "Be brief."}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/shoe.png"}}
TOOL = {"type": "function", "function": {"name": "orders", "parameters": {"a": {}, "b": {}}}}


def dumps(value: object) -> str:
    return json.dumps(value)


def langchain(*messages: tuple[str, dict[str, Any]]) -> str:
    """As `langchain_core.load.dumps` writes a list of messages."""
    return json.dumps(
        [
            {
                "lc": 1,
                "type": "constructor",
                "id": ["langchain", "schema", "messages", kind],
                "kwargs": kwargs,
            }
            for kind, kwargs in messages
        ]
    )


HUMAN = ("HumanMessage", {"content": QUESTION, "type": "human"})
AI = ("AIMessage", {"content": "Hi.", "type": "ai", "tool_calls": [], "invalid_tool_calls": []})
SYSTEM = ("SystemMessage", {"content": "Be brief.", "type": "system"})


@pytest.mark.parametrize(
    "prompt",
    [
        langchain(HUMAN),
        langchain(SYSTEM, HUMAN),
        langchain(SYSTEM, HUMAN, AI, HUMAN),
        langchain(("HumanMessageChunk", {"content": QUESTION, "type": "HumanMessageChunk"})),
        langchain(("ChatMessage", {"content": QUESTION, "type": "chat", "role": "user"})),
        langchain(
            ("HumanMessage", {"content": [{"type": "text", "text": QUESTION}, IMAGE], "type": "human"})
        ),
        langchain(("HumanMessage", {"content": ["A document.", QUESTION], "type": "human"})),
        dumps([USER]),
        dumps([BRIEF, USER, {"role": "assistant", "content": "Hi."}, USER]),
        dumps([{"role": "user", "content": [IMAGE, {"type": "text", "text": QUESTION}]}]),
        dumps([{"role": "user", "content": [{"type": "text", "text": QUESTION}, IMAGE]}]),
        dumps({"model": "gpt-x", "messages": [BRIEF, USER], "temperature": 0.2, "tools": [TOOL]}),
        dumps(
            {
                "model": "claude-x",
                "max_tokens": 9,
                "system": [{"type": "text", "text": "x"}],
                "messages": [USER],
            }
        ),
        dumps(
            [
                USER,
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "call_1", "function": {"name": "f"}}],
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "42"},
                USER,
            ]
        ),
        f"Human: {QUESTION}",
        f"System: Be brief.\nHuman: Hello\nthere\nAI: Hi.\nHuman: {QUESTION}",
        f"User: Hello\n\nAssistant: Hi.\n\nUser: {QUESTION}\n\nAssistant:",
        f"user: hi\nassistant: hi\nuser:{QUESTION}\n",
        f"app:shop | user:u-17 | {QUESTION}",
        f"app:shop | user:auth0|17 | session:9 | {QUESTION}",
        f"app: shop | user: u-17 | prompt: {QUESTION}",
        f"user:u-17 | {QUESTION}",
    ],
)
def test_the_last_user_message_of_an_envelope_is_the_question(prompt: str) -> None:
    found = canonical(prompt)

    assert found.question == QUESTION
    assert len(found.frame) == 32


@pytest.mark.parametrize(
    "prompt",
    [
        "How do I return shoes?",
        "",
        "  ",
        "Note: what does it mean?",
        "user experience: what is it?",
        "[1] what does the footnote mean?",
        "{name} is what kind of placeholder?",
        '{"content": "x"}',
        '["content"]',
        "[]",
        '{"messages": [], "content": ""}',
        dumps([{"role": "customer", "content": "hi"}]),
        dumps([USER, BRIEF]),
        dumps([USER, {"role": "assistant", "content": "Sure, here is"}]),
        dumps([USER, {"role": "tool", "tool_call_id": "c", "content": "42"}]),
        dumps([{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "42"}]}]),
        dumps([{"role": "user", "content": " "}]),
        dumps([{"role": "user", "content": None}]),
        dumps([{"role": "user", "content": [IMAGE]}]),
        dumps([{"role": ["user"], "content": "hi"}]),
        dumps([{"role": "user", "content": [{"type": ["text"], "text": "hi"}]}]),
        dumps([USER, "and what else?"]),
        dumps({"messages": {"role": "user", "content": "hi"}}),
        langchain(HUMAN, AI),
        langchain(HUMAN, ("ToolMessage", {"content": "42", "type": "tool", "tool_call_id": "c"})),
        '[{"lc": 1, "type": "not_implemented", "id": ["X"], "repr": "content", "kwargs": {"content": "hi"}}]',
        dumps([USER]) + " and more",
        dumps([USER])[:-1],
        '[{"role": "user", "role": "system", "content": "hi"}]',
        '[{"role": "user", "content": "hi", "n": NaN}]',
        '[{"role": "user", "content": "hi", "n": 1e999}]',
        '[{"role": "user", "content": "half a pair: \\ud83d"}]',
        "User: half a pair: \ud83d",
        '[{"role": "user", "content": "hi", "x": ' + "[" * 70 + "]" * 70 + "}]",
        "AI: What is it?",
        "User: hi\nAssistant: Sure, here",
        "User:",
        "User:\nAssistant:",
        "app:shop |",
        "app:shop | user:u-17 | ",
        "apple: a fruit | pear: another",
    ],
)
def test_a_text_that_leaves_a_doubt_is_its_own_question(prompt: str) -> None:
    assert canonical(prompt) == Canonical(prompt, "")


REQUEST: dict[str, Any] = {
    "model": "m",
    "system": "Be brief.",
    "tools": [TOOL],
    "response_format": {"type": "json_object"},
    "temperature": 0.2,
    "messages": [BRIEF, USER, {"role": "assistant", "content": "Hi."}, USER],
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (QUESTION, dumps([USER])),
        (QUESTION, f"User: {QUESTION}"),
        (dumps([USER]), dumps({"messages": [USER]})),
        (dumps([USER]), dumps([USER, USER])),
        (dumps([BRIEF, USER]), dumps([{**BRIEF, "role": "developer"}, USER])),
        (dumps([BRIEF, USER]), dumps([{**BRIEF, "content": "Be brief!"}, USER])),
        (dumps([USER]), dumps([{**USER, "name": "bob"}])),
        (
            dumps([{"role": "user", "content": [{"type": "text", "text": QUESTION}, IMAGE]}]),
            dumps([{"role": "user", "content": [IMAGE, {"type": "text", "text": QUESTION}]}]),
        ),
        (
            dumps(
                [
                    {
                        "role": "user",
                        "content": [{"type": "text", "text": QUESTION}, {"type": "text", "text": None}],
                    }
                ]
            ),
            dumps(
                [
                    {
                        "role": "user",
                        "content": [{"type": "text", "text": None}, {"type": "text", "text": QUESTION}],
                    }
                ]
            ),
        ),
        (dumps(REQUEST), dumps({**REQUEST, "model": "n"})),
        (dumps(REQUEST), dumps({**REQUEST, "system": None})),
        (dumps(REQUEST), dumps({**REQUEST, "temperature": 0.3})),
        (dumps(REQUEST), dumps({**REQUEST, "temperature": "0.2"})),
        (dumps({**REQUEST, "n": 1}), dumps({**REQUEST, "n": 1.0})),
        (dumps(REQUEST), dumps({**REQUEST, "top_p": None})),
        (dumps(REQUEST), dumps({key: value for key, value in REQUEST.items() if key != "tools"})),
        (dumps(REQUEST), dumps({**REQUEST, "messages": REQUEST["messages"][1:]})),
        (dumps(REQUEST), dumps({**REQUEST, "response_format": {"type": "text"}})),
        # The order of a schema's properties is the order in which they are answered.
        ('{"messages": [%s], "f": {"a": 1, "b": 2}}', '{"messages": [%s], "f": {"b": 2, "a": 1}}'),
        (langchain(SYSTEM, HUMAN), langchain(HUMAN)),
        (
            langchain(AI, HUMAN),
            langchain(("AIMessage", {**AI[1], "tool_calls": [{"name": "f", "id": "1"}]}), HUMAN),
        ),
        (langchain(HUMAN), dumps([USER])),
        (f"System: a\nUser: {QUESTION}", f"System: b\nUser: {QUESTION}"),
        (f"System: a\nUser: {QUESTION}", f"System: a\nUser: {QUESTION}\nAssistant:"),
        (f"Human: {QUESTION}", f"User: {QUESTION}"),
        (f"User: a\nAI: b\nUser: {QUESTION}", f"User: a b\nUser: {QUESTION}"),
        (f"app:a | user:b | {QUESTION}", f"app:a | user:c | {QUESTION}"),
        (f"app:a | user:b | {QUESTION}", f"app:ab | {QUESTION}"),
    ],
)
def test_whatever_else_shapes_the_answer_changes_the_frame(one: str, other: str) -> None:
    left, right = (canonical(text.replace("%s", dumps(USER))) for text in (one, other))

    assert left.question == right.question == QUESTION
    assert left.frame != right.frame


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (dumps([BRIEF, USER]), json.dumps([BRIEF, USER], indent=2)),
        (dumps([BRIEF, USER]), "\n " + dumps([dict(reversed(BRIEF.items())), dict(reversed(USER.items()))])),
        (dumps(REQUEST), dumps(dict(reversed(REQUEST.items())))),
        (
            dumps([{"role": "system", "content": "naïve 🙂"}, USER]),
            json.dumps([{"role": "system", "content": "naïve 🙂"}, USER], ensure_ascii=False),
        ),
        (langchain(AI, HUMAN), langchain(("AIMessage", {**AI[1], "id": "run-1-0"}), HUMAN)),
        (langchain(HUMAN), langchain(("HumanMessage", {**HUMAN[1], "id": None}))),
        (f"User: {QUESTION}", f"\nUser:   {QUESTION}\n"),
    ],
)
def test_what_cannot_change_the_answer_does_not_change_the_frame(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_an_id_of_another_api_than_langchains_is_kept() -> None:
    one, other = (canonical(dumps([{**USER, "id": name}])) for name in "ab")

    assert one.frame != other.frame


@pytest.mark.parametrize(
    "piece",
    ["[", "{", '[{"content":', "User:\n", "User: x\n", " ", "app:", "app:x | ", '"content"', "\\", '{"a":'],
)
def test_odd_prompts_of_a_million_characters_are_read(piece: str) -> None:
    prompt = piece * (1_000_000 // len(piece))

    found = canonical(prompt)

    assert found.question in prompt
