"""Labelling near misses at the prompt: a sample of what a cache met, into a file that `askonce eval` reads.

Invariants: a label is on disk before the next question is shown, so that whoever stops loses nothing; and
what has a label is not asked again.
"""

import json
import random
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from askonce.errors import StartRefused
from askonce.telemetry.near_misses import KeptNearMiss
from askonce.tune.labelled import SEED, Pair, read_labelled

QUESTION = "Does one answer serve both?"


class Answer(StrEnum):
    YES = "y"
    NO = "n"
    SKIP = "s"  # Not labelled, and asked again the next time.
    QUIT = "q"


Ask = Callable[[str], Answer]  # Shows a text, and waits.


def unlabelled(kept: Sequence[KeptNearMiss], labels: Path, most: int) -> list[Pair]:
    """At most `most` pairs, drawn at random, each once, that have no label in the file yet."""
    known = {_words(pair) for pair in read_labelled(labels).pairs} if labels.exists() else set()
    found: dict[frozenset[str], Pair] = {}
    for one in kept:
        if one.asked is None or one.stored is None:
            continue
        pair = Pair(0, one.stored, one.asked, is_same=False, kind=", ".join(one.reasons) or None)
        if _words(pair) not in known:
            found.setdefault(_words(pair), pair)
    pairs = list(found.values())
    return random.Random(SEED).sample(pairs, min(most, len(pairs)))


def label(pairs: Sequence[Pair], labels: Path, ask: Ask) -> int:
    """Ask for each until all are asked or the answer is to quit; the number of new labels."""
    count = 0
    for at, pair in enumerate(pairs, 1):
        answer = ask(_shown(pair, at, len(pairs)))
        if answer is Answer.QUIT:
            break
        if answer is not Answer.SKIP:
            _append(labels, pair, is_same=answer is Answer.YES)
            count += 1
    return count


def on_one_line(text: str) -> str:
    """A prompt may hold anything; a line break or a terminal's control sequence in it must not act."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def _words(pair: Pair) -> frozenset[str]:
    """The same for both orders: whichever came first, the label holds."""
    return frozenset((pair.stored, pair.asked))


def _shown(pair: Pair, at: int, of: int) -> str:
    stored, asked = on_one_line(pair.stored), on_one_line(pair.asked)
    return f"\n{at} of {of}\n  stored  {stored}\n  asked   {asked}\n{QUESTION}"


def _append(labels: Path, pair: Pair, *, is_same: bool) -> None:
    row: dict[str, object] = {"a": pair.stored, "b": pair.asked, "label": int(is_same)}
    if pair.kind is not None:
        row["kind"] = pair.kind
    try:
        labels.touch(mode=0o600)  # Prompts of users: for its owner's eyes.
        is_torn = not _ends_whole(labels)
        with labels.open("a", encoding="utf-8") as file:
            file.write("\n" * is_torn + json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StartRefused(f"{labels} can not be written: {error.strerror}.") from error


def _ends_whole(file: Path) -> bool:
    """Somebody may have edited it, and left the last line without its end."""
    content = file.read_bytes()
    return not content or content.endswith(b"\n")
