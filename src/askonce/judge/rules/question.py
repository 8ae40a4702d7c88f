"""The kind of question: when against where, why against how many.

Only the words that a text opens with count, and only kinds that people do not use for each other: "where can
I" and "how can I" may ask the same, "where" and "why" do not. The kinds apart are those that asked for
another answer in at least 85, and most in 95 or more, of 100 pairs of the hand-written groups
(docs/decisions/0009).
"""

import re
from collections.abc import Mapping

from askonce.judge.rules.reading import Reading, share_in_common

# The first that matches counts: special ones stand before "how" and "what".
_OPENINGS: Mapping[str, str] = {
    "who": r"who(?:'s)?|whom|whose",
    "when": r"when(?:'s)?|(?:in |on |at )?(?:what|which) (?:year|date|day|month|time)",
    "where": r"where(?:'s)?|in (?:what|which) (?:city|country|place|state|town)",
    "why": r"why(?:'s)?|how come",
    "how_many": r"how many",
    "how_much": r"how much",
    "how_long": r"how long",
    "how_often": r"how often",
    "how_far": r"how far",
    "how_old": r"how old",
    "how": r"how(?:'s)?",
    "which": r"which",
    "is": r"(?:is|are|was|were|am)(?:n't)?",
    "do": r"(?:do|does|did|has|have|had|will|would)(?:n't)?",
    "can": r"(?:can|could|should|may|must|shall)(?:n't|'t)?",
}
_COURTESY = r"(?:(?:hi|hello|hey|so|ok|okay|and|but|please|well|also|quick question)[ ,!.:]{1,3}){0,3}"
_OPENING = re.compile(_COURTESY + "(?:" + "|".join(rf"({pattern})\b" for pattern in _OPENINGS.values()) + ")")
_NAMES = tuple(_OPENINGS)
_QUANTITIES = "how_many how_much how_long how_often how_far"
# For each kind those that it is never taken for.
_APART: Mapping[str, frozenset[str]] = {
    kind: frozenset(others.split())
    for kind, others in {
        "who": f"when why how_old {_QUANTITIES}",
        "when": "who where why can how_many how_much how_often",
        "where": f"when why do is how_old {_QUANTITIES}",
        "why": f"who when where which do can how how_old {_QUANTITIES}",
        "how": f"why how_old {_QUANTITIES}",
        "which": "why how_many how_much how_long how_often",
        "is": f"where {_QUANTITIES}",
        "do": f"where why {_QUANTITIES}",
        "can": f"when why {_QUANTITIES}",
        "how_many": "who when where why which how is do can",
        "how_much": "who when where why which how is do can",
        "how_long": "who where why which how is do can how_far",
        "how_often": "who when where why which how is do can",
        "how_far": "who where why how is do can how_long",
        "how_old": "who where why how",
    }.items()
}
LEAST_SHARED = 0.5  # Of the content of the text that has less of it.


def kinds_differ(one: Reading, other: Reading) -> bool:
    """The texts open as two kinds of question that are never the same, and are about the same things."""
    apart = _APART.get(one.fact(kind_of), frozenset())
    return other.fact(kind_of) in apart and share_in_common(one, other) >= LEAST_SHARED


def kind_of(reading: Reading) -> str:
    """The kind that the text opens with; "" if it opens with none."""
    found = _OPENING.match(reading.plain.lstrip())
    return _NAMES[found.lastindex - 1] if found and found.lastindex else ""
