"""What holds for the canonical form of every prompt: hypothesis writes the conversations and damages them."""

import json
from dataclasses import dataclass, replace
from typing import TypeAlias

from hypothesis import assume, given
from hypothesis import strategies as st

from askonce.model.canonical import Canonical, canonical

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

LINE = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() and "|" not in text and ":" not in text
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@dataclass(frozen=True)
class Talk:
    system: str
    history: tuple[str, ...]  # The user's and the model's turns in turn.
    question: str
    extra: str

    def as_chat(self) -> str:
        return json.dumps(self._messages())

    def as_request(self) -> str:
        return json.dumps({"model": self.extra, "messages": self._messages()})

    def as_parts(self) -> str:
        image: Json = {"type": "image_url", "image_url": {"url": self.extra}}
        asked: Json = {"role": "user", "content": [image, {"type": "text", "text": self.question}]}
        return json.dumps([*self._messages()[:-1], asked])

    def as_langchain(self) -> str:
        kinds = {
            "system": ("SystemMessage", "system"),
            "user": ("HumanMessage", "human"),
            "assistant": ("AIMessage", "ai"),
        }
        messages: list[Json] = []
        for message in self._messages():
            name, kind = kinds[str(message["role"])]
            kwargs: Json = {"content": message["content"], "type": kind}
            messages.append({"lc": 1, "type": "constructor", "id": ["langchain", name], "kwargs": kwargs})
        return json.dumps(messages)

    def as_transcript(self) -> str:
        labels = {"system": "System", "user": "User", "assistant": "Assistant"}
        return "\n".join(f"{labels[str(turn['role'])]}: {turn['content']}" for turn in self._messages())

    def as_scoped(self) -> str:
        return f"app:{self.system} | user:{self.extra} | {self.question}"

    def _messages(self) -> list[dict[str, Json]]:
        said = [("system", self.system)]
        said += [(("user", "assistant")[at % 2], text) for at, text in enumerate(self.history)]
        return [{"role": role, "content": text} for role, text in [*said, ("user", self.question)]]


TALKS = st.builds(Talk, system=LINE, history=st.lists(LINE, max_size=4).map(tuple), question=LINE, extra=LINE)
ENVELOPES = st.sampled_from(
    [Talk.as_chat, Talk.as_request, Talk.as_parts, Talk.as_langchain, Talk.as_transcript, Talk.as_scoped]
)


@given(TALKS, ENVELOPES, LINE)
def test_another_question_changes_the_question_only(talk: Talk, envelope: object, question: str) -> None:
    assert callable(envelope)

    one, other = canonical(envelope(talk)), canonical(envelope(replace(talk, question=question)))

    assert (one.question, other.question) == (talk.question, question)
    assert one.frame == other.frame != ""


@given(TALKS, ENVELOPES, st.sampled_from(["system", "history", "extra"]), LINE)
def test_another_frame_changes_the_frame_only(talk: Talk, envelope: object, part: str, text: str) -> None:
    assert callable(envelope)
    changed = {
        "system": replace(talk, system=text),
        "history": replace(talk, history=(*talk.history, text, text)),
        "extra": replace(talk, extra=text),
    }[part]
    assume(envelope(changed) != envelope(talk))

    one, other = canonical(envelope(talk)), canonical(envelope(changed))

    assert one.question == other.question == talk.question
    assert one.frame != other.frame


@given(JSON, JSON)
def test_any_change_of_a_parameter_changes_the_frame(one: Json, other: Json) -> None:
    assume(json.dumps(one) != json.dumps(other))
    message: Json = {"role": "user", "content": "hi"}

    found = [canonical(json.dumps({"messages": [message], "tools": tools})) for tools in (one, other)]

    assert found[0].frame != found[1].frame


@given(st.text() | JSON.map(json.dumps))
def test_no_text_raises_and_each_reads_the_same_twice(prompt: str) -> None:
    assert canonical(prompt) == canonical(prompt)


@given(TALKS, ENVELOPES, st.data())
def test_a_damaged_envelope_is_whole_or_still_loses_nothing(
    talk: Talk, envelope: object, data: st.DataObject
) -> None:
    """Two damaged texts with the same canonical form must say the same but for white space."""
    assert callable(envelope)
    text = str(envelope(talk))
    found: dict[Canonical, str] = {}
    for _ in range(4):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 3))
        inserted = data.draw(
            st.sampled_from(["", '"', "{", "}", "[", "]", ",", ":", "User:", "\n", "\\", " | ", "\ud800"])
        )
        damaged = text[:at] + inserted + text[at + length :]
        before = found.setdefault(canonical(damaged), damaged)

        assert _bare(before) == _bare(damaged)


def _bare(text: str) -> str:
    """The text as JSON that keeps its order, or without white space."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return "".join(text.split())
