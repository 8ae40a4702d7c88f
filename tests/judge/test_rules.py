"""The rules: pairs that each must veto, pairs that it must let pass, and what holds for every pair."""

import sys
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.tables import PASSED, VETOED, each_of

from askonce.judge.rules import DEFAULT_RULES, RULES, STRICT_RULES, Reading, Rule, read, vetoes
from askonce.model.judgement import WITHOUT_MODEL

BY_NAME = {rule.name: rule for rule in RULES}
LEAST_PAIRS = 10
# Repeated, each of these has much of what one rule or another looks for.
ODD_PIECES = [
    *(
        "n'",
        "a.",
        "1,",
        "'",
        " .",
        "-1",
        "a_",
        "a-",
        "/a",
        "@a.",
        "A-1",
        "--a",
        '"',
        "`",
        "no ",
        "from a to ",
    ),
    *(
        "in ",
        "twenty ",
        "and ",
        "5 ",
        "may 5 ",
        "5/6/",
        "Lima ",
        "how ",
        "more ",
        "(a",
        "x.py",
        "#a",
        "http://a",
    ),
    *("qwrt ", "as a ", "in at most ", "no. ", "aa", ", ", "Aa "),
]
# Pieces of texts that rules look for, so that hypothesis meets more of their paths than by letters alone.
WORDS = """
5 1,000 3pm 15:00 May 5/6/2026 not n't without from to Lima Rome enable disable more than or and in why how
many "a" `x` a_b f() http://a.b/c --x French JSON twenty - five hundred % $ k th . ’s ² ٣ ǅ ß
"""
PIECES = st.sampled_from([*WORDS.split(), "\ud800"])
TEXTS = (
    st.text(max_size=200)
    | st.lists(PIECES, max_size=20).map(" ".join)
    | st.lists(PIECES, max_size=20).map("".join)
)


@pytest.mark.parametrize(("name", "one", "other"), each_of(VETOED))
def test_a_rule_vetoes_what_it_is_for(name: str, one: str, other: str) -> None:
    assert BY_NAME[name].differs(read(one), read(other))


@pytest.mark.parametrize(("name", "one", "other"), each_of(PASSED))
def test_a_rule_lets_pass_what_is_the_same_to_it(name: str, one: str, other: str) -> None:
    assert not BY_NAME[name].differs(read(one), read(other))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_enough_pairs_of_both_kinds(rule: Rule) -> None:
    assert len(VETOED[rule.name]) >= LEAST_PAIRS
    assert len(PASSED[rule.name]) >= LEAST_PAIRS


@given(TEXTS, TEXTS)
def test_the_order_of_the_two_does_not_matter(one: str, other: str) -> None:
    assert vetoes(one, other, RULES) == vetoes(other, one, RULES)


@given(TEXTS)
def test_a_text_is_the_same_as_itself_whatever_it_holds(text: str) -> None:
    assert vetoes(text, text, RULES) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I reset my password?", "what is the way to reset my PASSWORD"),
        ("Which phone is the lightest?", "lightest phone please"),
        ("When did the Berlin Wall come down?", "date the wall between east and west berlin was opened"),
        ("How far is the Moon in kilometres?", "Earth-Moon distance, km"),
        ("wifi keeps dropping", "WiFi keeps disconnecting"),
        ("Please cancel my order 1234.", "could you cancel order no. 1234 for me"),
    ],
)
def test_true_rewordings_pass_all_the_default_rules(one: str, other: str) -> None:
    assert vetoes(one, other) == ()


def test_vetoes_are_named_in_the_order_of_the_rules() -> None:
    found = vetoes("How do I enable 2FA for 5 users?", "Why do I disable 2FA for 6 users?")

    assert found == ("numbers", "opposites", "question-kind")


def test_only_the_rules_that_are_asked_for_speak() -> None:
    assert vetoes("top 5 films", "top 10 films", [BY_NAME["names"]]) == ()


def test_names_are_unlike_each_other_and_sentences_explain() -> None:
    names = [rule.name for rule in RULES]

    assert len(set(names)) == len(names)
    assert set(DEFAULT_RULES) < set(RULES)
    assert all(rule.sentence and rule.name == rule.name.lower().replace(" ", "-") for rule in RULES)


def test_the_strict_rules_pass_short_rewordings_and_no_long_ones() -> None:
    long = "I have been using your service for three years and until last week everything worked quite well. "

    assert not vetoes("How do I reset my password?", "what is the way to reset my PASSWORD", RULES)
    assert vetoes(f"{long}How do I write this in c++", f"{long}How do I write this in c#", RULES)
    assert not vetoes(f"{long}How do I enable it?", f"{long}  \nHow do I enable it", RULES)


@pytest.mark.parametrize("piece", ODD_PIECES)
def test_the_work_grows_with_the_length_of_a_text(piece: str) -> None:
    """Counted in calls, not in seconds: eight times the text, and at most ten times the calls."""
    short, long = (_calls(piece * count) for count in (250, 2_000))

    assert long <= 10 * short


def test_odd_texts_of_many_words_are_judged() -> None:
    """Calls do not tell what a regular expression does: one that tried all ways would never come back."""
    for piece in ODD_PIECES:
        vetoes(piece * 2_000, piece * 1_999 + "z", RULES)


def _calls(text: str) -> int:
    """How many functions are called to judge a text against one much like it, and against another."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        # Not by `vetoes`, which remembers short texts only.
        one, other, short = Reading(text), Reading(text[:-1] + "z"), Reading("which one of the two is it")
        for rule in RULES:
            rule.differs(one, other)
            rule.differs(one, short)
    finally:
        sys.setprofile(None)
    return count


def test_the_strict_rules_are_those_that_speak_without_a_model_only() -> None:
    assert {rule.name for rule in STRICT_RULES} == WITHOUT_MODEL
