"""What every envelope comes to: a question, and around it the rest in order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conversation:
    """`frame` holds all of the prompt but the question, in an order and form that lose nothing.

    `envelope` names the form it came in, and is part of the frame: the same words in another envelope may
    reach the model in another way.
    """

    envelope: str
    question: str
    frame: tuple[str, ...]
