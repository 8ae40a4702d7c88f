"""Transcripts: `role: text` turns, as LangChain's older `Human: …` strings and hand-made prompts have them.

    System: Be brief.
    User: Hello
    Assistant: Hi! How can I help?
    User: How do I return shoes?

The question is the last turn, if it is the user's. All before it is the frame, word for word, its label
included. So a label that is really a line of somebody's text moves the border between question and frame,
and loses nothing. One turn alone, `User: x`, is a conversation of one message: `x` under its label.
"""

import re

from askonce.model.canonical.conversation import Conversation

# Only at the start of a line. A label takes no more than one space before its colon, in any case of letters.
_LABEL = re.compile(
    r"^(?:(?P<user>user|human)|system|developer|assistant|ai|bot|model|chatbot|tool|function) ?:",
    re.IGNORECASE | re.MULTILINE,
)


def transcript(prompt: str) -> Conversation | None:
    text = prompt.strip()
    labels = list(_LABEL.finditer(text))
    if not labels or labels[0].start() > 0:
        return None
    end = len(text)
    # Prompts for completion end in the label of the one who is to speak. An empty turn is a cue, no message.
    if labels[-1].end() == end and len(labels) > 1:
        end = labels.pop().start()
    last = labels[-1]
    if last["user"] is None:
        return None
    return Conversation("transcript", text[last.end() : end].strip(), (text[: last.end()], text[end:]))
