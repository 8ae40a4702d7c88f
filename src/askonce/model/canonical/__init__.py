"""Canonical prompts: the question inside the envelope that an application sends, and the rest.

Applications seldom send a bare question. They send a serialized conversation, in which most words are the
envelope's own, so that to an embedder all of them look alike. `canonical` takes such a prompt apart: the
question is what is embedded and judged, the frame stands for everything else. A semantic match needs an equal
frame, so that "cancel it" in one conversation never answers "cancel it" in another.

Invariant: two prompts with the same `Canonical` deserve the same answer. So nothing is ever dropped but what
provably cannot change it, and a text that leaves any doubt is not taken apart: it is its own question.

Seeing an envelope where there is none does no harm beyond a miss: the frame keeps the rest word for word.
"""

import re
from dataclasses import dataclass

from askonce.model.canonical.adk import scoped_prompt
from askonce.model.canonical.conversation import Conversation
from askonce.model.canonical.messages import messages_json
from askonce.model.canonical.transcript import transcript
from askonce.model.digest import digest_of

__all__ = ["Canonical", "canonical"]

# Plain text, which is most of what is asked, leaves after this one match.
_START = re.compile(r"\s*(?:[\[{]|[a-z]{2,9} ?:)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Canonical:
    """`frame` is a hex digest of everything else that shapes the answer; "" if there is nothing else."""

    question: str
    frame: str


def canonical(prompt: str) -> Canonical:
    """Never raises, and takes time that grows with the length of `prompt` and no faster."""
    start = _START.match(prompt)
    if start is None:
        return Canonical(prompt, "")
    try:
        found = _conversation(prompt, is_json=start[0][-1] in "[{")
        if found is None or not found.question.strip():
            return Canonical(prompt, "")
        found.question.encode("utf-8")
        return Canonical(found.question, digest_of("canonical frame", found.envelope, *found.frame).hex())
    except UnicodeEncodeError:  # Half a surrogate pair: no model can read it and no digest can hold it.
        return Canonical(prompt, "")


def _conversation(prompt: str, *, is_json: bool) -> Conversation | None:
    if is_json:
        return messages_json(prompt)
    return scoped_prompt(prompt) or transcript(prompt)
