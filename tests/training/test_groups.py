"""The hand-written data: of its form, enough of it, and no group both learned and measured."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from training.data import group_pairs, is_validation
from training.groups import (
    FOLDER,
    HELD_OUT,
    BadGroup,
    Group,
    all_groups,
    faults_of,
    held_out_groups,
    read_groups,
)


def test_every_group_has_four_rewordings_and_three_twins_and_repeats_nothing() -> None:
    faults = [
        fault for folder in (FOLDER, HELD_OUT) for group in all_groups(folder) for fault in faults_of(group)
    ]

    assert faults == []


def test_there_are_three_thousand_groups_over_many_domains() -> None:
    groups = list(all_groups())

    assert len(groups) >= 3_000
    assert len({group.source for group in groups}) >= 15


def test_what_only_measures_shares_no_text_with_what_is_learned() -> None:
    def texts(groups: Iterable[Group]) -> set[str]:
        return {
            text.casefold() for group in groups for pair in group_pairs(group)[1] for text in (pair.a, pair.b)
        }

    held_out = held_out_groups()

    assert len(held_out) >= 100
    assert not texts(all_groups()) & texts(held_out)


def test_about_one_group_in_twelve_validates() -> None:
    validating = [group for group in all_groups() if is_validation(group)]

    assert 1 / 20 < len(validating) / len(list(all_groups())) < 1 / 8


def test_pairs_of_a_group_and_of_its_twins(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("= a\n~ b\n! name: c\n!~ d\n! number: e\n", "utf-8")

    (group,) = read_groups(path)
    same, other = group_pairs(group)

    assert {(pair.a, pair.b) for pair in same} == {("a", "b"), ("c", "d")}
    assert {(pair.a, pair.b) for pair in other} == {(a, b) for a in "ab" for b in "cde"}
    assert {pair.label for pair in same} == {1}
    assert {pair.label for pair in other} == {0}


@pytest.mark.parametrize(
    "text", ["~ no question first", "= a\n! what: b", "= a\nwithout a mark", "= a\n!~ no twin"]
)
def test_a_line_that_is_not_of_the_form_is_told_by_file_and_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text, "utf-8")

    with pytest.raises(BadGroup, match=r"x\.txt:\d"):
        list(read_groups(path))
