"""What the judge learns from: an epoch's pairs, drawn anew for every epoch from groups, labelled sets and
generators.

Only sources whose licence allows it: our own groups and generators, and of `../shared/data` the sets of
`LABELLED` and `INTENTS` (CC BY, MIT). Nothing from QQP, MRPC, PAWS, or the share-alike sets (SQuAD, Spider,
CANARD), which stay for measuring. A group's number decides its split; no group is in two.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from random import Random

from training import traps
from training.groups import Group, all_groups

DATA = Path(__file__).parents[2] / "shared" / "data"
# Rows drawn an epoch; 0 for all of them.
LABELLED = {
    "schema2qa_human": 3_000,
    "schema2qa_near_miss": 0,
    "graphquestions": 0,
    "tatoeba_pivot": 0,
    "convquestions": 0,
    "rqe_medical.train": 1_500,
}
OPPOSITE_ACTIONS = ("opposite_actions.train", 4_000)  # Apart, so that a run can leave it out.
INTENTS = {"banking77.train": 3_000, "clinc150.val": 1_500}
TRAPPED, DISGUISED = 14_000, 14_000
VALIDATED = 12  # One group in so many validates.
NOISY = 0.25  # Of all pairs, either side.


@dataclass(frozen=True, slots=True)
class Pair:
    a: str
    b: str
    label: int
    kind: str


@dataclass(frozen=True, slots=True)
class Share:
    """How much an epoch takes: pairs of each group, and the part, 0 to 1, of generated and of labelled pairs.

    `known` is the part taken of groups that earlier epochs learned from already.
    """

    same: int
    other: int
    generated: float
    labelled: float = 1.0
    known: float = 1.0


def is_validation(group: Group) -> bool:
    """By the question's own digest, so that a group stays in its split wherever it moves in a file."""
    return blake2b(group.texts[0].encode(), digest_size=4).digest()[0] % VALIDATED == 0


def group_pairs(group: Group) -> tuple[list[Pair], list[Pair]]:
    """Every pair of a group: those that ask the same, and those that do not."""
    same = [Pair(a, b, 1, "rewording") for a, b in combinations(group.texts, 2)]
    other = []
    for twin in group.twins:
        same += [Pair(a, b, 1, "rewording") for a, b in combinations(twin.texts, 2)]
        other += [Pair(a, b, 0, twin.kind) for a in group.texts for b in twin.texts]
    return same, other


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Source:
    """Everything there is to draw from, read once."""

    def __init__(
        self, *, with_opposite_actions: bool, without: Collection[str] = (), fresh: Collection[str] = ()
    ) -> None:
        """`without`: files of groups to leave out, by name; `fresh`: those that are not `known` yet."""
        self.fresh = fresh
        kept = (group for group in all_groups() if group.source not in without)
        self.groups = [group for group in kept if not is_validation(group)]
        self.labelled = [(rows(name), count) for name, count in LABELLED.items()]
        if with_opposite_actions:
            self.labelled.append((rows(OPPOSITE_ACTIONS[0]), OPPOSITE_ACTIONS[1]))
        self.intents = [(rows(name), count) for name, count in INTENTS.items()]
        self.texts = sorted(set(self._texts()))

    def _texts(self) -> Iterator[str]:
        """What the generators work on."""
        for group in self.groups:
            yield from group.texts[:3]
            yield from (twin.texts[0] for twin in group.twins)
        for listed, _ in self.labelled:
            for row in listed[:1_500]:
                yield row["a"]
        for listed, _ in self.intents:
            for row in listed[:1_500]:
                yield row["text"]

    def epoch(self, seed: int, share: "Share") -> list[Pair]:
        """The pairs of one epoch, in no order."""
        random = Random(seed)
        pairs = list(self._of_groups(random, share))
        for listed, most in self.labelled:
            count = int((most or len(listed)) * share.labelled)
            chosen = random.sample(listed, count) if count < len(listed) else listed
            pairs += [Pair(row["a"], row["b"], int(row["label"]), "labelled") for row in chosen]
        for listed, count in self.intents:
            pairs += _other_intents(listed, int(count * share.labelled), random)
        pairs += self._trapped(random, int(TRAPPED * share.generated))
        pairs += self._disguised(random, int(DISGUISED * share.generated))
        return [_with_noise(pair, random) for pair in pairs if pair.a.strip() and pair.b.strip()]

    def _of_groups(self, random: Random, share: "Share") -> Iterator[Pair]:
        for group in self.groups:
            if group.source not in self.fresh and random.random() >= share.known:
                continue
            same, other = group_pairs(group)
            yield from random.sample(same, min(len(same), share.same))
            yield from random.sample(other, min(len(other), share.other))
            # The closest ones: most of `other` pairs a rewording with a twin and shares few words.
            close = [Pair(group.texts[0], twin.texts[0], 0, twin.kind) for twin in group.twins]
            yield from random.sample(close, min(len(close), 3))
        for one, another in zip(self.groups, self.groups[1:] + self.groups[:1], strict=True):
            yield Pair(random.choice(one.texts), random.choice(another.texts), 0, "unrelated")

    def _trapped(self, random: Random, count: int) -> Iterator[Pair]:
        kinds = list(traps.TRAPS)
        while count:
            kind = random.choice(kinds)
            text, changed = _changed(traps.TRAPS[kind], self.texts, random)
            if (
                random.random() < 0.4
            ):  # Reworded as well, so that a trap is not known by how little else differs.
                changed = _disguise(changed, random)
            if kind in ("scope", "form") and random.random() < 0.4:
                other = traps.TRAPS[kind](text, random)
                if other is not None and other != changed:
                    text = other
            yield Pair(text, changed, 0, f"trap {kind}")
            count -= 1

    def _disguised(self, random: Random, count: int) -> Iterator[Pair]:
        while count:
            text = random.choice(self.texts)
            if random.random() < 0.35:  # Both sides carry the same addition.
                text = (traps.scope if random.random() < 0.6 else traps.form)(text, random) or text
            changed = _disguise(text, random)
            if random.random() < 0.5:
                changed = _disguise(changed, random)
            if changed == text:
                continue
            yield Pair(text, changed, 1, "disguise")
            count -= 1


def _changed(trap: traps.Change, texts: list[str], random: Random) -> tuple[str, str]:
    """A text to which the trap applies, and what it made of it."""
    while True:
        text = random.choice(texts)
        changed = trap(text, random)
        if changed is not None and changed.casefold() != text.casefold():
            return text, changed


def _disguise(text: str, random: Random) -> str:
    for _ in range(6):
        changed = traps.DISGUISES[random.choice(list(traps.DISGUISES))](text, random)
        if changed is not None and changed != text:
            return changed
    return text


def _other_intents(listed: list[dict[str, str]], count: int, random: Random) -> Iterator[Pair]:
    """Questions of two intents that share a word or more where that can be had: another answer is due."""
    while count:
        one = random.choice(listed)
        words = set(one["text"].casefold().split())
        others = [row for row in random.sample(listed, 40) if row["intent"] != one["intent"]]
        other = max(others, key=lambda row: len(words & set(row["text"].casefold().split())))
        yield Pair(one["text"], other["text"], 0, "intent")
        count -= 1


def _with_noise(pair: Pair, random: Random) -> Pair:
    a, b = pair.a, pair.b
    if random.random() < NOISY:
        b = traps.noisy(b, random)
    if random.random() < NOISY / 2:
        a = traps.noisy(a, random)
    return Pair(b, a, pair.label, pair.kind) if random.random() < 0.5 else Pair(a, b, pair.label, pair.kind)
