"""When an entry is over, and what a hit does to that."""

from dataclasses import replace

from askonce.model.entry import Entry

ENTRY = Entry("0" * 32, "Why?", "So.", {}, "", created_at_ms=100, expires_at_ms=1_100)


def test_a_hit_gives_an_entry_its_whole_life_again() -> None:
    once = ENTRY.renewed(600)
    twice = once.renewed(1_599)

    assert (once.expires_at_ms, once.renewed_at_ms) == (1_600, 600)
    assert (twice.expires_at_ms, twice.renewed_at_ms) == (2_599, 1_599)
    assert twice.created_at_ms == 100


def test_what_is_over_is_not_brought_back() -> None:
    assert ENTRY.renewed(1_100) is ENTRY
    assert ENTRY.renewed(1_099).expires_at_ms == 2_099


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    assert ENTRY.renewed(50) is ENTRY
    assert ENTRY.renewed(600).renewed(599).expires_at_ms == 1_600


def test_an_entry_without_an_end_gets_none() -> None:
    endless = replace(ENTRY, expires_at_ms=None)

    assert endless.renewed(600) is endless
