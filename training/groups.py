"""The hand-written groups: one question, its true rewordings, and its near-miss twins.

A file of `training/groups/` holds groups with a blank line between them:

    = How do I turn on two-factor authentication?
    ~ switch 2fa on, how?
    ! opposite: How do I turn off two-factor authentication?
    !~ steps for disabling two-step login

`=` is the question, `~` a rewording of it (one answer serves both), `! kind:` a twin (another answer is due)
and `!~` a rewording of the twin above it. `#` starts a comment line.

    python -m training.groups training/groups/support.txt    # checks the file and counts
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "groups"
HELD_OUT = Path(__file__).parent / "heldout"
LEAST_REWORDINGS = 4
LEAST_TWINS = 3
KINDS = frozenset(
    [
        "opposite",
        "number",
        "date",
        "name",
        "negation",
        "scope",
        "question",
        "subject",
        "direction",
        "form",
        "compare",
        "condition",
    ]
)


@dataclass
class Twin:
    """Another question that lies close; `texts` are its wordings, the first one first."""

    kind: str
    texts: list[str]


@dataclass
class Group:
    """One question in its wordings (`texts`, all of which one answer serves) and its twins."""

    source: str
    line: int
    texts: list[str]
    twins: list[Twin] = field(default_factory=list)


class BadGroup(ValueError):
    """A line that is not of the form; the message names file, line and rule."""


def read_groups(path: Path) -> Iterator[Group]:
    """The groups of one file, in its order."""
    group: Group | None = None
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = " ".join(raw.split())
        if not line or line.startswith("#"):
            continue
        mark, _, text = line.partition(" ")
        if mark == "=" and text:
            if group:
                yield group
            group = Group(path.stem, number, [text])
        elif group is None or not text:
            raise BadGroup(f"{path.name}:{number}: a group starts with '= question'")
        elif mark == "~":
            group.texts.append(text)
        elif mark == "!~" and group.twins:
            group.twins[-1].texts.append(text)
        elif mark == "!":
            kind, _, words = text.partition(": ")
            if kind not in KINDS or not words:
                raise BadGroup(f"{path.name}:{number}: a twin is '! kind: text', kind one of {sorted(KINDS)}")
            group.twins.append(Twin(kind, [words]))
        else:
            raise BadGroup(f"{path.name}:{number}: a line starts with '=', '~', '! kind:' or '!~'")
    if group:
        yield group


def all_groups(folder: Path = FOLDER) -> Iterator[Group]:
    """The groups of every file of a folder, by file name."""
    for path in sorted(folder.glob("*.txt")):
        yield from read_groups(path)


def held_out_groups() -> list[Group]:
    """The groups that only measure, of another writer: without those that share a text with what is learned."""
    learned = {text.casefold() for group in all_groups() for text in _texts(group)}
    return [
        group for group in all_groups(HELD_OUT) if not learned & {text.casefold() for text in _texts(group)}
    ]


def _texts(group: Group) -> list[str]:
    return [*group.texts, *(text for twin in group.twins for text in twin.texts)]


def faults_of(group: Group) -> Iterator[str]:
    """What breaks the rules for a whole group."""
    place = f"{group.source}:{group.line}"
    if len(group.texts) < 1 + LEAST_REWORDINGS:
        yield f"{place}: fewer than {LEAST_REWORDINGS} rewordings"
    if len(group.twins) < LEAST_TWINS:
        yield f"{place}: fewer than {LEAST_TWINS} twins"
    texts = [text.casefold() for text in _texts(group)]
    for text, count in Counter(texts).items():
        if count > 1:
            yield f"{place}: written twice: {text!r}"


def main(paths: list[str]) -> int:
    """Check files; prints every fault, then the counts."""
    faults, groups = 0, 0
    kinds: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    for path in [Path(p) for p in paths] or sorted(FOLDER.glob("*.txt")):
        for group in read_groups(path):
            groups += 1
            kinds.update(twin.kind for twin in group.twins)
            for text in group.texts:
                words = len(text.split())
                lengths[
                    "3-5" if words < 6 else "6-15" if words < 16 else "16-40" if words < 41 else "41+"
                ] += 1
            for fault in faults_of(group):
                faults += 1
                print(fault)
    print(f"{groups} groups, {faults} faults; twins {dict(kinds)}; words {dict(lengths)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
