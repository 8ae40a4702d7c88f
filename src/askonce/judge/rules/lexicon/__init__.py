"""Word lists. Each says what it is for. None is complete, and none need be: a rule is silent on the rest."""


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as prose is, so that it can be read as such."""
    return frozenset(text.split())
