"""How well a trained network tells pairs apart, set by set: what it serves where wrong answers are capped.

python -m training.measure CHECKPOINT.pt [--limit 1500]
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from training.data import Pair, group_pairs, is_validation, rows
from training.encoding import Encoder, batch_of
from training.groups import all_groups, held_out_groups
from training.network import Network

SETS = (
    "qqp.dev", "text2sql_slots.dev", "opposite_actions.val", "paws_wiki.dev", "squad_near_miss", "spider_same_sql",
    "spider_near_miss", "sts16_question", "disfl_qa", "mrpc.val",
)  # fmt: skip


def own_pairs(groups: Iterable, random: Random, *, each: int = 6) -> list[Pair]:
    pairs: list[Pair] = []
    for group in groups:
        same, other = group_pairs(group)
        pairs += random.sample(same, min(each, len(same))) + random.sample(other, min(each, len(other)))
    return pairs


def measured_sets(limit: int) -> Mapping[str, list[Pair]]:
    random = Random(5)
    sets = {
        "groups, validation": own_pairs((group for group in all_groups() if is_validation(group)), random),
        "groups, held out": own_pairs(held_out_groups(), random),
    }
    for name in SETS:
        listed = rows(name)
        chosen = random.sample(listed, min(limit, len(listed)))
        sets[name] = [Pair(row["a"], row["b"], int(row["label"]), row.get("kind", "")) for row in chosen]
    return sets


@torch.inference_mode()
def probabilities(network: Network, encoder: Encoder, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """The mean of both orders; 0 for a pair that is too long."""
    network.eval()
    read = encoder.read(pairs)
    result = np.zeros(len(pairs))
    fitting = [place for place, sides in enumerate(read) if sides is not None]
    sides = {place: read[place] for place in fitting}
    fitting.sort(key=lambda place: sum(map(len, sides[place])))
    for start in range(0, len(fitting), 64):
        places = fitting[start : start + 64]
        for turn in (1, -1):
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(*batch_of([sides[place][::turn] for place in places]))
            result[places] += torch.sigmoid(logits).double().numpy() / 2
    return result


def served_at(probability: NDArray[np.float64], labels: NDArray[np.int64], cap: float) -> float:
    """The share of the same-question pairs above the least threshold that lets at most `cap` of the others
    through.
    """
    others = np.sort(probability[labels == 0])
    threshold = others[int(np.ceil(len(others) * (1 - cap))) - 1] if len(others) else 0.0
    return float((probability[labels == 1] > threshold).mean()) if (labels == 1).any() else float("nan")


def report(network: Network, encoder: Encoder, limit: int) -> None:
    print(
        f"{'set':24} {'same':>5} {'other':>5} | at 0.5: served wrong | at 0.9: served wrong | served at 1 %, 3 %, 5 % wrong"
    )
    for name, pairs in measured_sets(limit).items():
        if not pairs:
            continue
        found = probabilities(network, encoder, pairs)
        labels = np.array([pair.label for pair in pairs])
        same, other = found[labels == 1], found[labels == 0]
        cells = [
            f"{100 * (side > least).mean() if len(side) else float('nan'):6.1f}"
            for least in (0.5, 0.9)
            for side in (same, other)
        ]
        caps = " ".join(f"{100 * served_at(found, labels, cap):5.1f}" for cap in (0.01, 0.03, 0.05))
        print(
            f"{name:24} {len(same):5} {len(other):5} | {' '.join(cells[:2])} | {' '.join(cells[2:])} | {caps}",
            flush=True,
        )
        kinds = sorted({pair.kind for pair in pairs if pair.label == 0})
        if name.startswith("groups") and kinds:
            parts = []
            for kind in kinds:
                these = np.array([pair.kind == kind and pair.label == 0 for pair in pairs])
                parts.append(f"{kind} {100 * (found[these] > 0.5).mean():.0f}")
            print(f"    wrong at 0.5 by kind: {', '.join(parts)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.measure")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1_500)
    chosen = parser.parse_args()
    network = Network()
    network.load_state_dict(torch.load(chosen.checkpoint, weights_only=True))
    report(network, Encoder(chosen.tokenizer), chosen.limit)


if __name__ == "__main__":
    main()
