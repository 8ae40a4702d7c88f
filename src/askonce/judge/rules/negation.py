"""Negation: "is it safe" against "is it not safe", "with sugar" against "without".

A question can be asked with and without a "not" ("can't turn on", "won't start", "stays dark"). So the rule
speaks only where one text negates, the other does not, and both are otherwise of nearly the same words: then
the "not" is the difference.
"""

import re

from askonce.judge.rules.reading import Reading

_NEGATION = re.compile(
    r"""\b(?:
        not | never | without | none | neither | nor | cannot | nothing | nobody | nowhere
      | except | excluding | unless | lack | lacks | lacking | minus | fails? | failed | unable | impossible
      | (?:ca|do|does|did|is|are|was|were|wo|would|could|should|has|have|had|must|need|ai)n'?t
      | \w{2,30}(?:less|-free)
        # Alone, "no" is also an answer, or a slip of the tongue.
      | (?:with|has|have|had|having|is|are|was|were|there|of|got|gets?|contains?|containing|for|wants?|needs?
          |by|makes?)\ no
    )\b""",
    re.VERBOSE,
)
# Where these stand, nothing is denied.
_HARMLESS = re.compile(
    r"""\b(?:
        whether\ or\ not | or\ not | if\ not | not\ only | not\ (?:to\ mention|just|sure|certain) | why\ not
      | no\ (?:more|less|fewer|later|earlier)\ than
      | not\ (?:more|less|fewer|over|under|above|below|exceeding|at\ all)
      | no\ (?:matter|problem|idea|clue|doubt|worries|one\ else|longer) | no\.\ ?\d
      | (?:i|we)\ (?:do\ not|don'?t)\ (?:know|understand|get|remember|want|mind|care|see)
      | can(?:'?t|\ ?not)\ (?:figure|remember|find|wait|help|tell|recall|decide|seem)
      | (?:do\ not|don'?t)\ (?:worry|forget|mind) | never\ ?mind | unless\ otherwise
      | regardless | less | free
    )\b""",
    re.VERBOSE,
)
# "Isn't it true", "Shouldn't we", "Why don't we": they ask the same as without, or suggest it.
_RHETORICAL = re.compile(
    r"""
        (?:^|[.!?,;:]\ ?|\band\ |\bbut\ )
        (?:is|are|was|were|do|does|did|has|have|had|would|could|should|ca|wo|ai)n'?t\b
      | \bwhy\ (?:don't|not)\ (?:we|i|you)\b
    """,
    re.VERBOSE,
)
LEAST_SHARED = 0.8  # Of the words that carry content, in both texts. Measured: docs/decisions/0009.


def negation_differs(one: Reading, other: Reading) -> bool:
    if one.fact(is_negated) == other.fact(is_negated):
        return False
    mine, yours = one.fact(_asserted), other.fact(_asserted)
    return bool(mine & yours) and len(mine & yours) >= LEAST_SHARED * len(mine | yours)


def is_negated(reading: Reading) -> bool:
    """Whether a text denies something, and is in earnest about it."""
    text = _RHETORICAL.sub(" ", _HARMLESS.sub(" ", reading.plain))
    return _NEGATION.search(text) is not None


def _asserted(reading: Reading) -> frozenset[str]:
    """The content without the words that deny."""
    return frozenset(stem for stem in reading.content if not _NEGATION.fullmatch(stem))
