"""Rules that veto a stored question which is similar, yet not the same. A rule only ever vetoes.

Similarity can not see what these see: a number, a "not", or one word of many. Each rule is a sentence, stands
for itself, and is measured alone by `python -m bench.rules_measure` (docs/decisions/0009). A model judges
after them, so each must nearly never veto a true rewording; what a rule can not tell for sure it leaves to
the model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askonce.judge.rules import (
    dates,
    form,
    literals,
    long_text,
    names,
    negation,
    numbers,
    opposites,
    order,
    question,
    scope,
    statements,
    unknown,
)
from askonce.judge.rules.reading import Reading, read

__all__ = ["DEFAULT_RULES", "RULES", "Reading", "Rule", "read", "vetoes"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`sentence` explains a veto to a user: it completes "Not served, because …" for two questions."""

    name: str
    sentence: str
    differs: Callable[[Reading, Reading], bool]


# The cheap ones that speak most often come first; the order is also the one in which reasons are told.
DEFAULT_RULES: Sequence[Rule] = (
    Rule("numbers", "each has a number that the other has not", numbers.numbers_differ),
    Rule("number-added", "one has a number more", numbers.a_number_is_added),
    Rule("ordinals", "they are about another place in an order, as first and third", numbers.ordinals_differ),
    Rule("dates", "they are about another day, month, season or time of day", dates.dates_differ),
    Rule("names", "each has a name that the other has not", names.names_differ),
    Rule("rare-words", "each has a term that the other has not", names.rare_words_differ),
    Rule("quotes", "each quotes words that the other has not", literals.quotes_differ),
    Rule(
        "identifiers",
        "each has a URL, address, file, flag or id that the other has not",
        literals.identifiers_differ,
    ),
    Rule("negation", "one of them says not, no, never or without", negation.negation_differs),
    Rule("opposites", "one says the opposite of a word of the other", opposites.opposites_differ),
    Rule("question-kind", "they ask for another thing, as when and why", question.kinds_differ),
    Rule("direction", "they go the other way, as from A to B and from B to A", order.direction_differs),
    Rule("word-order", "they are the same, but for two parts that changed places", order.words_are_swapped),
    Rule(
        "statements",
        "they are long statements of nearly the same words, and not the same",
        statements.statements_differ,
    ),
    Rule("scope", "they are the same, but for what follows in, for, at or without", scope.phrases_differ),
    Rule("scope-added", "one of them asks within a limit that the other has not", scope.a_phrase_is_added),
    Rule("form", "they want the answer in another language, format, length or unit", form.forms_differ),
    Rule("language-added", "one wants the answer in a language", form.a_language_is_added),
    Rule("form-added", "one wants the answer in a format or of a length", form.a_form_is_added),
    Rule("programming", "they are about another programming language", form.programming_differs),
    Rule(
        "unreadable",
        "one is in a script or language that is read too poorly here",
        unknown.texts_are_unreadable,
    ),
)
# Off by default: each vetoes too many true rewordings to stand before a model that could tell them.
STRICT_RULES: Sequence[Rule] = (
    Rule("date-missing", "one has a date, the other none", dates.a_date_is_missing),
    Rule(
        "identifier-missing",
        "one has a URL, address, file, flag or id more",
        literals.an_identifier_is_missing,
    ),
    Rule("long-text", "one is longer than 20 words, and they are not the same", long_text.long_texts_differ),
)
RULES: Sequence[Rule] = (*DEFAULT_RULES, *STRICT_RULES)


def vetoes(asked: str, stored: str, rules: Sequence[Rule] = DEFAULT_RULES) -> tuple[str, ...]:
    """The names of the rules that veto, in their order."""
    one, other = read(asked), read(stored)
    return tuple(rule.name for rule in rules if rule.differs(one, other))
