"""Folding: what never changes a question, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askonce.model.folding import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How are you?", "how are you"),
        ("Reset it, please!", "reset it please"),
        ("  a \t b\n", "A b."),
        ("“smart” quotes", '"smart" quotes'),
        ("wait… what??", "wait what"),
        ("(really) now", "really now"),
        ("hello - there , you", "hello - there you"),
    ],
)
def test_case_space_and_punctuation_around_words_are_folded(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("take .5 mg", "take 5 mg"),
        ("is 1.5 enough", "is 15 enough"),
        ("learn C", "learn C++"),
        ("learn C", "learn C#"),
        ("a < b", "a > b"),
        ("x != y", "x = y"),
        ("-5 degrees", "5 degrees"),
        ("its cover", "it's cover"),
        ("50% of", "50 of"),
        ("$5 note", "5 note"),
        ("ls -a", "ls a"),
        ("/etc", "etc"),
        ("@sam", "sam"),
        ("*args", "args"),
        ("résumé", "resume"),
        ("a\\b", "a b"),
    ],
)
def test_what_may_carry_meaning_is_kept(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_long_odd_texts_are_folded_in_time_that_grows_with_their_length() -> None:
    for piece in ("(", ".", "a.", " .", '"', "…)"):
        folded(piece * 100_000)
