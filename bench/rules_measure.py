"""What each rule of the judge vetoes by itself: of pairs that ask the same (harm), and of others (use).

`python -m bench.rules_measure` prints one table; `--rule NAME --mistakes 20` prints pairs that a rule vetoes
and should not, `--used 20` those that it rightly vetoes. Pairs that differ in case only are left out: they
match exactly. The hand-written groups are read from `training/groups`, or from the folder that `--groups`
names: a group's wordings ask the same, those of a twin do not. Nothing in `training/heldout` is read.
"""

import argparse
import itertools
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from training.groups import FOLDER, Group, all_groups

from askonce.judge.rules import DEFAULT_RULES, RULES, Rule
from askonce.judge.rules.reading import Reading
from bench.prompts import DATA

SETS = (
    "qqp.dev",
    "paws_wiki.dev",
    "text2sql_slots.dev",
    "opposite_actions.val",
    "schema2qa_human",
    "schema2qa_near_miss",
    "spider_same_sql",
    "spider_near_miss",
    "squad_near_miss",
    "graphquestions",
    "tatoeba_pivot",
    "convquestions",
    "disfl_qa",
    "rqe_medical.train",
    "sts16_question",
)


class Pair(NamedTuple):
    one: Reading
    other: Reading
    label: int


def main() -> None:
    options = _options()
    readings: dict[str, Reading] = {}
    sets = {name: list(_file_pairs(name, readings)) for name in SETS if options.set in (None, name)}
    if options.set in (None, "groups"):
        sets["groups"] = list(_group_pairs(options.groups, readings))
    rules = [rule for rule in RULES if options.rule in (None, rule.name)]
    if options.mistakes or options.used:
        for rule in rules:
            _print_samples(rule, sets, options.mistakes, label=1)
            _print_samples(rule, sets, options.used, label=0)
        return
    _print_table(rules, sets)
    if options.rule is None:
        _print_speed(sets)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=Path, default=FOLDER)
    parser.add_argument("--rule")
    parser.add_argument("--set")
    parser.add_argument("--mistakes", type=int, default=0)
    parser.add_argument("--used", type=int, default=0)
    return parser.parse_args()


def _print_table(rules: list[Rule], sets: dict[str, list[Pair]]) -> None:
    """Percent of the pairs vetoed: of those that ask the same / of those that do not."""
    print("| rule | " + " | ".join(sets) + " |\n|" + " --- |" * (len(sets) + 1))
    sizes = (f"{_count(pairs, 1)}, {_count(pairs, 0)}" for pairs in sets.values())
    print("| pairs: same, other | " + " | ".join(sizes) + " |")
    for rule in rules:
        _print_row(rule.name + ("" if rule in DEFAULT_RULES else " (off)"), [rule], sets)
    if len(rules) > 1:
        _print_row("**all of `DEFAULT_RULES`**", list(DEFAULT_RULES), sets)


def _print_row(title: str, rules: list[Rule], sets: dict[str, list[Pair]]) -> None:
    cells = [f"{_share(rules, pairs, 1)} / {_share(rules, pairs, 0)}" for pairs in sets.values()]
    print(f"| {title} | {' | '.join(cells)} |", flush=True)


def _share(rules: list[Rule], pairs: list[Pair], label: int) -> str:
    of_label = [pair for pair in pairs if pair.label == label]
    vetoed = sum(any(rule.differs(pair.one, pair.other) for rule in rules) for pair in of_label)
    return f"{100 * vetoed / len(of_label):.1f}" if of_label else "–"


def _count(pairs: list[Pair], label: int) -> int:
    return sum(pair.label == label for pair in pairs)


def _print_samples(rule: Rule, sets: dict[str, list[Pair]], count: int, label: int) -> None:
    print(f"\n{rule.name}: vetoed, label {label}")
    for name, pairs in sets.items():
        found = [pair for pair in pairs if pair.label == label and rule.differs(pair.one, pair.other)]
        random.Random(0).shuffle(found)
        for pair in found[:count]:
            print(f"  {name}: {pair.one.text[:160]}\n  {' ' * len(name)}  {pair.other.text[:160]}")


def _print_speed(sets: dict[str, list[Pair]]) -> None:
    pairs = [pair for pair in sets["qqp.dev"] if len(pair.one.words) > 11 and len(pair.other.words) > 11][
        :500
    ]
    texts = [pair.one.text for pair in pairs]
    started = time.process_time()
    for pair in pairs:
        for rule in RULES:
            rule.differs(pair.one, pair.other)
    warm = time.process_time() - started
    started = time.process_time()
    for text in texts:
        fresh = Reading(text)
        for rule in RULES:
            rule.differs(fresh, fresh)
    cold = time.process_time() - started
    print(f"\nAll rules: {1e6 * warm / len(pairs):.0f} µs a pair, {1e6 * cold / len(texts):.0f} µs a reading")


def _file_pairs(name: str, readings: dict[str, Reading]) -> Iterator[Pair]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield from _pair(row["a"], row["b"], row["label"], readings)


def _group_pairs(folder: Path, readings: dict[str, Reading]) -> Iterator[Pair]:
    for group in all_groups(folder):
        for one, other, label in _labelled(group):
            yield from _pair(one, other, label, readings)


def _labelled(group: Group) -> Iterator[tuple[str, str, int]]:
    for wordings in [group.texts, *(twin.texts for twin in group.twins)]:
        yield from ((one, other, 1) for one, other in itertools.combinations(wordings, 2))
    for twin in group.twins:
        yield from ((one, other, 0) for one in group.texts for other in twin.texts)


def _pair(one: str, other: str, label: int, readings: dict[str, Reading]) -> Iterator[Pair]:
    if one.casefold() != other.casefold():
        first, second = (readings.setdefault(text, Reading(text)) for text in (one, other))
        yield Pair(first, second, label)


if __name__ == "__main__":
    main()
