"""The rules: pairs that each must veto, pairs that it must let pass, and what holds for every pair."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askonce.judge.rules import long_texts_differ, negation_differs, numbers_differ, read, vetoes

LONG = "I have been using your service for about three years now and until last week everything worked well. "


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("top 5 films", "top 10 films"),
        ("python 3.11 or later", "python 3.12 or later"),
        ("flights on 2026-11-24", "flights on 2026-11-25"),
        ("is 2 more than 3", "is 3 more than 33"),
        ("restart node-1", "restart node-2"),
        ("the 1990s", "the decade"),
        ("pay 5 and 5", "pay 5"),
    ],
)
def test_other_numbers_are_another_question(one: str, other: str) -> None:
    assert numbers_differ(read(one), read(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("top 5 films", "films, the top 5"), ("is 1,000 enough?", "would 1000 be enough?"), ("hi", "hello")],
)
def test_the_same_numbers_pass(one: str, other: str) -> None:
    assert not numbers_differ(read(one), read(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("which cheeses are safe?", "which cheeses are not safe?"),
        ("what did he do?", "what didn't he do?"),
        ("why can i log in", "why can’t i log in"),
        ("coffee with sugar", "coffee without sugar"),
        ("always tip", "never tip"),
        ("can i park here", "can i park here except on sundays"),
    ],
)
def test_a_negation_on_one_side_is_another_question(one: str, other: str) -> None:
    assert negation_differs(read(one), read(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("why can't i log in", "why is it not possible to log in"),
        ("is there a notary nearby", "where is the nearest notary"),
        ("tell me about norway", "what about norway"),
    ],
)
def test_negations_on_both_sides_or_none_pass(one: str, other: str) -> None:
    assert not negation_differs(read(one), read(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG + "how do i enable it", LONG + "how do i disable it"),
        (LONG + "how do i enable it", "how do i enable it"),
        (LONG + "how do i write this in c++", LONG + "how do i write this in c#"),
    ],
)
def test_a_long_text_that_is_not_the_same_is_another_question(one: str, other: str) -> None:
    assert long_texts_differ(read(one), read(other))


def test_a_long_text_passes_with_other_punctuation_and_spacing() -> None:
    one, other = LONG + "how do i enable it?", LONG.replace(" ", "  ") + "\nHow do i enable it"

    assert not long_texts_differ(read(one), read(other))


def test_short_rewordings_are_accepted() -> None:
    assert not vetoes("How do I reset my password?", "what is the way to reset my PASSWORD")


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_order_of_the_two_does_not_matter(one: str, other: str) -> None:
    assert vetoes(one, other) == vetoes(other, one)


@given(st.text(max_size=400))
def test_a_text_is_the_same_as_itself_whatever_it_holds(text: str) -> None:
    assert not vetoes(text, text)


def test_odd_long_texts_are_judged_in_time_that_grows_with_their_length() -> None:
    for piece in ("n'", "a.", "1,", "'", " .", "-1"):
        vetoes(piece * 30_000, piece * 29_999)
