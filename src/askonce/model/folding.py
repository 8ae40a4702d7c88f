"""Texts that are the same question but for case, white space and the punctuation around words."""

import re

# Quotes and brackets before a word, marks after it. Inside a word, and before a digit, punctuation carries
# meaning: "1.5", "C++", "node.js", ".5 mg" and "it's" keep theirs.
_AROUND_WORDS = re.compile(
    r"(?<!\S)[\"'“”‘’«(\[]+(?=\w)|(?<=\w)[.,!?;:\"'“”‘’»…)\]]+(?!\S)|(?<!\S)[.,!?;:…–—]+(?!\S)"
)


def folded(text: str) -> str:
    """`text` without what does not change a question. Two texts with one folding need no judge."""
    return " ".join(_AROUND_WORDS.sub(" ", text.casefold()).split())
