"""What the bundled model can read: the tokens of a text, or None.

Invariant: texts that share their tokens are the same question. A similarity is never computed over a word
that the model did not see. Its tokenizer hides such words (docs/decisions/0005 has the table of what was
observed):

* A word that is not in the vocabulary becomes [UNK]: "what is 😀" and "what is 😂" are one text.
* Marks over and under letters are dropped: "año" is "ano", "drücken" is "drucken", "a ≠ b" is "a = b".
* Control and private characters and U+FFFD are dropped, and what stood around them is joined.
* Most letters of other scripts are known one by one: their words are spelled out, without a meaning.

So a text is not read (None) if any of these is in it:

* a word that gives [UNK]: emoji, rare symbols, most ideographs, more than 100 characters without punctuation;
* a mark that is dropped, also one that is part of a letter, as in é, й or ≠;
* two or more letters of other scripts than Latin in one word. One alone, as in "π r²" or "5 µm", is a symbol
  with a vocabulary entry of its own, as distinct as a Latin letter;
* a character that is dropped, except the invisible ones below;
* nothing at all: no token is left.

Texts that are read and share their tokens differ in upper and lower case, in white space, and in characters
that nobody sees. Words typed as "[MASK]" or "[SEP]" are words, not the model's own signs.
"""

import unicodedata
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from re import compile as pattern

from tokenizers import Tokenizer

# Zero-width spaces and joiners, soft hyphen, byte order mark, marks of direction, and the selectors of text
# or emoji form. Not here: overrides of direction, which show a reader other words, and tag characters and the
# other selectors, which can spell hidden ones.
_INVISIBLE = frozenset(
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
_BEYOND_PLAIN = pattern(r"[^\t\n\r -~]")


class _Kind(Enum):
    FAMILIAR = auto()  # Latin letters and ASCII digits.
    FOREIGN = auto()  # Letters of other scripts, and the spacing vowel signs among them.
    BETWEEN = auto()  # Spaces, punctuation and symbols: a word ends here. Unknown ones give [UNK].
    INVISIBLE = auto()
    LOST = auto()  # The tokenizer would drop it, and the meaning with it.


class Reader:
    """The model's tokenizer behind the rule above. Used by several threads at once."""

    def __init__(self, tokenizer_json: bytes) -> None:
        self._tokenizer = Tokenizer.from_buffer(tokenizer_json)
        # Otherwise "[SEP]" in a prompt would be the model's own sign for an end.
        self._tokenizer.encode_special_tokens = True
        self._unknown = self._id("[UNK]")
        self._first, self._last = self._id("[CLS]"), self._id("[SEP]")
        self._kind = lru_cache(maxsize=4_096)(self._kind_of)

    def read(self, text: str) -> list[int] | None:
        """The ids of the text's tokens, without the model's own; None if it is not read whole."""
        if not self._is_spared(text):
            return None
        # As a batch of one, which lets go of the interpreter lock: 65,536 characters take 30 ms, and `encode`
        # would stop the event loop for as long.
        (encoding,) = self._tokenizer.encode_batch([text], add_special_tokens=False)
        ids = encoding.ids
        return ids if ids and self._unknown not in ids else None

    @staticmethod
    def room(window: int) -> int:
        """How many tokens of a text a window holds beside the model's own two."""
        return window - 2

    def framed(self, ids: list[int]) -> list[int]:
        """`ids` as the model wants them: between its signs for a beginning and an end."""
        return [self._first, *ids, self._last]

    def framed_pair(self, ids: Sequence[int], other: Sequence[int]) -> list[int]:
        """Two texts as a model of pairs wants them."""
        return [self._first, *ids, self._last, *other, self._last]

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(f"the vocabulary has no {token}")
        return found

    def _is_spared(self, text: str) -> bool:
        """Whether the tokenizer takes no meaning from `text`, and no word of it is only spelled out."""
        if _BEYOND_PLAIN.search(text) is None:
            return True
        foreign = 0
        # Decomposed, as the tokenizer does it: é is then e and a mark, a Hangul syllable two or three
        # letters.
        for character in unicodedata.normalize("NFD", text):
            kind = self._kind(character)
            if kind is _Kind.LOST:
                return False
            if kind is _Kind.BETWEEN:
                foreign = 0
            elif kind is _Kind.FOREIGN:
                foreign += 1
                if foreign > 1:
                    return False
        return True

    def _kind_of(self, character: str) -> _Kind:
        if character in _INVISIBLE:
            return _Kind.INVISIBLE
        category = unicodedata.category(character)
        # The tokenizer is asked what it drops, not Python's tables: the two know different versions of
        # Unicode.
        if category == "Cs" or not self._tokenizer.normalizer.normalize_str(character):
            return _Kind.LOST
        if category[0] == "L" or category == "Mc":
            is_latin = unicodedata.name(character, "").startswith("LATIN ")
            return _Kind.FAMILIAR if is_latin else _Kind.FOREIGN
        return _Kind.FAMILIAR if character.isascii() and character.isalnum() else _Kind.BETWEEN
