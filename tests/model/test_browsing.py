"""A prefix is compared as an exact search compares: whatever the case, where folding makes texts longer."""

from hypothesis import given
from hypothesis import strategies as some

from askonce.model.browsing import Selection

TEXTS = some.text(alphabet=some.sampled_from("aAßẞsSİiıIfiffi ΐΣςσ"), max_size=8)


@given(prefix=TEXTS, rest=TEXTS)
def test_a_prompt_has_every_prefix_of_its_own_in_either_case(prefix: str, rest: str) -> None:
    for written in (prefix, prefix.upper(), prefix.casefold()):
        is_same = written.casefold() == prefix.casefold()  # Not so for a few letters of few languages.
        assert not is_same or Selection(prefix=written).has_prompt(prefix + rest)


@given(prefix=TEXTS, prompt=TEXTS)
def test_it_says_what_the_whole_of_both_say(prefix: str, prompt: str) -> None:
    assert Selection(prefix=prefix).has_prompt(prompt) == prompt.casefold().startswith(prefix.casefold())
