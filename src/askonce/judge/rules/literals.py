"""What counts letter by letter: quoted words, code, flags, file names, URLs, e-mail addresses, ids.

A literal is in the other text if that has the same letters and digits, whatever marks stand between them.
"""

import re
from collections.abc import Iterable, Mapping

from askonce.judge.rules.reading import Reading, squash

_ENDINGS = (
    "py js ts tsx jsx java c cpp cs go rs rb php htm html css json yaml yml toml xml csv tsv txt md pdf doc "
    "docx xls xlsx ppt pptx png jpg jpeg gif svg webp mp3 mp4 mov avi wav zip gz tar exe dll apk ini cfg "
    "conf env lock sql db log sh bat ipynb parquet"
)
# For each kind a mark without which a text has none of it, and the pattern. Every part of a pattern is
# bounded, so a long text costs time in proportion.
_KINDS: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "URL": ("/", re.compile(r"\b(?:https?://|www\.)[^\s<>\"'()]{1,2000}", re.IGNORECASE)),
    "e-mail address": ("@", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    "path": ("/", re.compile(r"(?<![\w/.])(?:~|\.{1,2})?/[\w.-]{1,100}(?:/[\w.-]{1,100}){0,30}")),
    "file": (
        ".",
        re.compile(rf"(?<![\w.-])[\w-]{{1,100}}\.(?:{'|'.join(_ENDINGS.split())})(?![\w-])", re.IGNORECASE),
    ),
    "flag": ("-", re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]{0,60}")),
    "name in code": ("_", re.compile(r"\b[a-zA-Z][a-zA-Z0-9]{0,60}(?:_[a-zA-Z0-9]{1,60}){1,20}\b")),
    "call": ("(", re.compile(r"\b[a-zA-Z_]\w{0,60}(?:\.\w{1,60}){0,8}\(\)")),
    "id": ("-", re.compile(r"\b(?=[A-Z-]{0,20}\d|\d{1,20}-?[A-Z])[A-Z0-9]{2,20}(?:-[A-Z0-9]{1,20}){1,8}\b")),
    "UUID": ("-", re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")),
    "number sign": ("#", re.compile(r"#\w{2,40}")),
}
_QUOTED = re.compile(
    r"\"([^\"\n]{1,300})\"|`([^`\n]{1,300})`|(?<![\w'])'([^'\n]{2,300})'(?![\w'])|«([^«»\n]{1,300})»"
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})

Literals = Mapping[str, frozenset[str]]


def quotes_differ(one: Reading, other: Reading) -> bool:
    """Each text quotes words that the other has not at all."""
    return _lacks_one(one.fact(quoted), other) and _lacks_one(other.fact(quoted), one)


def identifiers_differ(one: Reading, other: Reading) -> bool:
    """Each text has a URL, an address, a file and the like that the other has not."""
    left, right = one.fact(identifiers_of), other.fact(identifiers_of)
    return any(
        _lacks_one(left[kind], other) and _lacks_one(right[kind], one) for kind in left.keys() & right.keys()
    )


def an_identifier_is_missing(one: Reading, other: Reading) -> bool:
    """One text has a URL, an address, a file and the like that the other has not."""
    return any(
        _lacks_one(literals, yours)
        for mine, yours in ((one, other), (other, one))
        for literals in mine.fact(identifiers_of).values()
    )


def _lacks_one(literals: frozenset[str], other: Reading) -> bool:
    return any(literal not in other.squashed for literal in literals)


def quoted(reading: Reading) -> frozenset[str]:
    found = _QUOTED.findall(reading.text.translate(_QUOTES))
    return _squashed(text for groups in found for text in groups)


def identifiers_of(reading: Reading) -> Literals:
    text = reading.text
    return {
        kind: found
        for kind, (mark, pattern) in _KINDS.items()
        if mark in text and (found := _squashed(pattern.findall(text)))
    }


def _squashed(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(squash, texts)))
