"""Pairs of opposites, one a line of a text file: the words of one side, a bar, the words of the other.

Words are compared without their endings (`stems.py`), so only irregular forms are spelled out; `turn_on`
stands for the words "turn on", also with a word or two between them ("turn it on").
"""

from importlib.resources import files


def _lines(name: str) -> tuple[str, ...]:
    return tuple(files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines())


# A pair here vetoes if half of what else the texts say is the same.
OPPOSITES = _lines("opposites.txt")
# The same may be asked from either side ("can I buy", "do they sell"), or a word of the pair has other
# meanings. These veto only if nearly all else is the same.
CONVERSES = _lines("converses.txt")
