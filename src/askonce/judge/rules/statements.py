"""Long statements of nearly the same words: who did what to whom hangs on their order alone."""

from collections import Counter

from askonce.judge.rules.reading import Reading

FEWEST_WORDS = 10
# Share of all words, repeats counted, that both have. Of PAWS's sentences, in which two words of one changed
# places, 93 % of those that then say something else share as many; of the hand-written pairs that ask the
# same 0.3 % do.
MOST_SHARED = 0.75

_ASKING = frozenset(
    """who whom whose what when where which why how is are was were am do does did can could will would should
    shall may might must has have had i i'm i'd we show list find give tell get please write make explain
    describe compare translate summarise summarize help let need want suggest recommend plan create draft set
    remind cancel""".split()
)


def statements_differ(one: Reading, other: Reading) -> bool:
    """Both say something and ask for nothing, in nearly the same words, and are not the same."""
    if not (one.fact(_is_long_statement) and other.fact(_is_long_statement)) or one.words == other.words:
        return False
    mine, yours = Counter(one.words), Counter(other.words)
    return (mine & yours).total() >= MOST_SHARED * (mine | yours).total()


def _is_long_statement(reading: Reading) -> bool:
    words = reading.words
    return len(words) >= FEWEST_WORDS and words[0] not in _ASKING and "?" not in reading.text
