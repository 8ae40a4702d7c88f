"""What the bundled model reads. `docs/decisions/0005-reading-and-windows.md` gives the reasons."""

import sys
import unicodedata
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askonce.inference.reading import Reader

READ = {
    "plain English": "How do I reset my password?",
    "several lines": "def f():\n\treturn 1\r\n",
    "typographic punctuation": "“Wait…” it’s ‘here’ – or — there, «so»",
    "a no-break space": "10\u00a0km",
    "currencies": "$5, €5, £5, ¥5 and ₹5",
    "mathematics with symbols of its own": "x² ≤ y³ ± 2 × 3 ÷ 4 → ∞",
    "a lone Greek letter": "What is π r²?",
    "a unit with a Greek letter": "5 µm and 5 μm",
    "letters that Latin languages add": "Straße, Łodz, smørbrød, æon",
    "one ideograph": "What does 水 mean?",
    "a soft hyphen, a joiner and a byte order mark": "\ufeffco\u00adoper\u200dation",
    "a heart in its emoji form": "I ♥\ufe0f NY",
    "signs of the model typed as words": "[MASK] [UNK] [SEP] [CLS] [PAD]",
    "a word of a hundred characters": "a" * 100,
    "base64, which has punctuation": "aGVsbG8gd29ybGQ+/=" * 10,
}
NOT_READ = {
    "nothing": "",
    "white space": " \t\n\u2003",
    "characters that nobody sees": "\u200b\ufeff",
    "an emoji": "What does 😀 mean?",
    "a family of emoji": "👩\u200d💻",
    "a flag": "🇩🇪",
    "a number in a key": "Press 1\ufe0f\u20e3",
    "Chinese": "translate 谢谢",
    "Chinese of characters that are all in the vocabulary": "translate 日本",
    "Japanese": "ありがとう",
    "Korean": "안녕",
    "one Korean syllable, which is three letters": "What is 한?",
    "Russian": "привет",
    "Greek": "καλημέρα",
    "Arabic": "مرحبا",
    "Hebrew": "שלום",
    "Hindi": "नमस्ते",
    "Thai": "สวัสดี",
    "Georgian": "გამარჯობა",
    "a Russian word in English": "What does привет mean?",
    "an accent that tells words apart in Spanish": "año",
    "an accent that tells words apart in German": "Wie kann ich drücken?",
    "accents that tell words apart in Vietnamese": "giá bán",
    "an accent as a character of its own": "an\u0303o",
    "a stroke that makes equal unequal": "Is a ≠ b?",
    "a mark over a letter of another script": "й",
    "fullwidth letters": "ＡＢＣ",
    "mathematical letters": "𝐀𝐁",
    "a symbol outside the vocabulary": "How do I write ∃?",
    "a null": "foo\x00bar",
    "a form feed, which would join two words": "the\x0crapist",
    "an escape": "\x1b[31mred",
    "the sign of a damaged text": "caf\ufffd",
    "half of a surrogate pair": "a\ud83d",
    "a private character": "the \uf8ff logo",
    "hidden tag characters": "hi\U000e0068\U000e0069",
    "a hidden selector": "hi\U000e0101",
    "an override of direction": "\u202eabc",
    "a word of more than a hundred characters": "a" * 101,
}


@pytest.mark.parametrize("text", READ.values(), ids=READ.keys())
def test_the_model_reads(text: str, reader: Reader) -> None:
    assert reader.read(text)


@pytest.mark.parametrize("text", NOT_READ.values(), ids=NOT_READ.keys())
def test_the_model_does_not_read(text: str, reader: Reader) -> None:
    assert reader.read(text) is None


def test_one_unread_word_makes_a_long_text_unread(reader: Reader) -> None:
    assert reader.read("word " * 5_000 + "привет") is None


def test_case_white_space_and_invisible_characters_do_not_change_the_tokens(reader: Reader) -> None:
    assert reader.read("What  is\nthe co\u00adst?") == reader.read("what is the cost?")


def test_the_model_s_own_signs_are_never_made_from_a_text(reader: Reader) -> None:
    framed = reader.framed([])

    ids = reader.read("[CLS] one [SEP] two [CLS] [SEP]")

    assert ids
    assert not set(ids) & set(framed)


@pytest.fixture(scope="module")
def characters_by_tokens(reader: Reader) -> dict[tuple[int, ...], set[str]]:
    """Every assigned character of Unicode that is read within a word, by the tokens of that word."""
    alike: dict[tuple[int, ...], set[str]] = defaultdict(set)
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(character) not in ("Cn", "Co", "Cs"):
            ids = reader.read(f"x{character}y")
            if ids is not None:
                alike[tuple(ids)].add(unicodedata.normalize("NFD", character).lower())
    return alike


def test_no_two_characters_that_are_read_share_their_tokens(
    reader: Reader, characters_by_tokens: dict[tuple[int, ...], set[str]]
) -> None:
    """But for case, white space and the invisible. This found ≠ behind =, and a sign behind nothing."""
    blank = [tuple(reader.read(text) or ()) for text in ("xy", "x y")]

    alike = [group for ids, group in characters_by_tokens.items() if len(group) > 1 and ids not in blank]

    assert len(characters_by_tokens) > 500
    assert alike == []


def test_no_character_vanishes_but_the_invisible_ones(
    reader: Reader, characters_by_tokens: dict[tuple[int, ...], set[str]]
) -> None:
    vanishing = characters_by_tokens[tuple(reader.read("xy") or ())]

    assert {unicodedata.category(character) for character in vanishing} == {"Cf", "Mn"}
    assert len(vanishing) == 16


def test_only_white_space_is_read_as_white_space(
    reader: Reader, characters_by_tokens: dict[tuple[int, ...], set[str]]
) -> None:
    assert all(character.isspace() for character in characters_by_tokens[tuple(reader.read("x y") or ())])


@given(st.text(max_size=300))
def test_reading_any_text_ends_in_tokens_or_none(reader: Reader, text: str) -> None:
    ids = reader.read(text)

    assert ids is None or ids
