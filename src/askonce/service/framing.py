"""The context that an entry is kept in and looked for in: the conversation it was named with, and the frame
that its own prompt carries. A search by similarity never leaves it.
"""

from askonce.model.digest import digest_of


def framed(context: str, frame: str) -> str:
    """One context of the two. A prompt without a frame stands in its conversation's context alone."""
    if not frame:
        return context
    return digest_of("framed-context", context, frame).hex()
