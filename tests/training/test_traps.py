"""The generators: each trap changes its own kind of thing, and disguises keep the words that matter."""

from random import Random

import pytest

from training import traps

SEEDS = range(20)


def made(trap: traps.Change, text: str) -> set[str]:
    return {changed for seed in SEEDS if (changed := trap(text, Random(seed))) is not None}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("opposite", "How do I enable it?", "How do I disable it?"),
        ("direction", "flights from Oslo to Rome", "flights from Rome to Oslo"),
        ("negation", "Coffee without sugar", "Coffee with sugar"),
    ],
)
def test_a_trap_makes_the_other_question(kind: str, text: str, expected: str) -> None:
    outcomes = made(traps.TRAPS[kind], text)

    assert expected in outcomes
    assert text not in outcomes


@pytest.mark.parametrize(
    ("text", "swapped", "same"),
    [
        ("from Rome to New York now", "from New York to Rome now", "to New York from Rome now"),
        ("convert from miles to metres", "convert from metres to miles", "convert to metres from miles"),
        ("a bus to Oslo from Bergen", "a bus to Bergen from Oslo", "a bus from Bergen to Oslo"),
    ],
)  # fmt: skip
def test_places_are_swapped_or_told_in_another_order(text: str, swapped: str, same: str) -> None:
    assert made(traps.direction, text) == {swapped}
    assert made(traps.other_order, text) == {same}


@pytest.mark.parametrize(
    "text", ["learn it from scratch to use", "from Rome today to Oslo", "read from the start to finish"]
)
def test_what_names_no_two_places_is_left_in_its_order(text: str) -> None:
    assert made(traps.other_order, text) == set()


def test_a_distance_has_no_direction() -> None:
    assert made(traps.direction, "How far is it from Oslo to Bergen?") == set()


def test_a_list_may_stand_in_another_order() -> None:
    assert made(traps.other_order, "the difference between Python and Rust?") == {
        "the difference between Rust and Python?"
    }
    assert made(traps.other_order, "first bread and butter?") == set()


def test_a_name_gives_way_to_one_of_its_pool_in_its_own_case() -> None:
    outcomes = made(traps.name, "weather in Oslo")

    assert outcomes
    assert all(outcome.startswith("weather in ") and outcome[11].isupper() for outcome in outcomes)


def test_a_number_gives_way_to_another() -> None:
    assert made(traps.number, "top 5 films") & {"top 6 films", "top 10 films", "top 50 films", "top 4 films"}


def test_two_names_that_only_stand_in_a_list_are_not_swapped() -> None:
    assert made(traps.swap, "the weather in Oslo and Rome") == set()


@pytest.mark.parametrize("kind", list(traps.DISGUISES))
def test_a_disguise_keeps_numbers_and_names(kind: str) -> None:
    text = "How do I send 25 euros to Anna in Lisbon before Friday?"
    outcomes = made(traps.DISGUISES[kind], text)

    for outcome in outcomes:
        assert "25" in outcome or "twenty-five" in outcome
        assert "lisbon" in outcome.casefold()
        assert "anna" in outcome.casefold()


def test_the_same_seed_gives_the_same_change() -> None:
    text = "Which hotels in Paris have more than 4 stars?"

    for trap in (*traps.TRAPS.values(), *traps.DISGUISES.values()):
        assert trap(text, Random(7)) == trap(text, Random(7))
