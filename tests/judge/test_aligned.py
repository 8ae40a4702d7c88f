"""Long pairs: what is shown to the model holds every difference."""

from hypothesis import given, settings
from hypothesis import strategies as st

from askonce.judge.aligned import AROUND, differing

IDS = st.lists(st.integers(0, 3), max_size=300)


def test_a_changed_word_is_shown_with_what_stands_around_it() -> None:
    one = list(range(1_000))
    other = [*one[:500], -1, *one[501:]]

    shown = differing(one, other, 250)

    assert shown == (one[500 - AROUND : 501 + AROUND], other[500 - AROUND : 501 + AROUND])


def test_differences_further_apart_than_the_model_can_read_are_not_cut() -> None:
    one = list(range(1_000))
    other = [-1, *one[1:-1], -1]

    assert differing(one, other, 250) is None


@settings(deadline=None)
@given(IDS, IDS, st.integers(0, 400))
def test_what_is_left_out_is_the_same_in_both(one: list[int], other: list[int], room: int) -> None:
    shown = differing(one, other, room)

    if shown is None:
        return
    assert len(shown[0]) + len(shown[1]) <= room
    starts = [start for start in range(len(one) + 1) if one[start : start + len(shown[0])] == shown[0]]
    assert any(other == one[:start] + shown[1] + one[start + len(shown[0]) :] for start in starts), (
        "the parts do not stand in one place of both"
    )


@settings(deadline=None)
@given(IDS, IDS, st.integers(0, 400))
def test_it_does_the_same_either_way_round(one: list[int], other: list[int], room: int) -> None:
    shown, turned = differing(one, other, room), differing(other, one, room)

    assert (shown is None) == (turned is None)
    assert shown is None or turned is None or shown == turned[::-1]
