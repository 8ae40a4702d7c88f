"""Train the judge from the bundled embedder's published weights.

    python -m training.train MODEL_FOLDER OUTPUT_FOLDER

MODEL_FOLDER holds `model.safetensors` and `tokenizer.json` of all-MiniLM-L6-v2. The word table is left as it
is: what the training never saw keeps its meaning, and a third of the time is saved.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from training.data import Share, Source
from training.encoding import Encoder, batch_of, batches
from training.measure import report
from training.network import Network, from_embedder

SEED = 20261124
RATE, HEAD_RATE = 1.5e-4, 1e-3
WARMUP, WARMUP_LATER = 0.12, 0.02  # Parts of an epoch: of the first; of others, for their fresh optimizer.


@dataclass(frozen=True, slots=True)
class Epoch:
    """The rates fall in a line from `start` to `end`, parts of `RATE` and `HEAD_RATE`."""

    start: float
    end: float
    share: Share
    without: tuple[str, ...] = ()  # Files of groups that were not written yet.
    with_opposite_actions: bool = True


# Groups were written in rounds, and the training went on with what was there: this is how it went. The first
# round: the other files.
SECOND_ROUND = ("mixed_traps", "mixed_styles", "more_a", "more_b")
_TOPICS = ("direction", "condition", "negation", "opposite", "forum", "facts", "everyday")
THIRD_ROUND = _TOPICS
FOURTH_ROUND = tuple(f"{topic}_more" for topic in _TOPICS)
FIFTH_ROUND = ("balanced", "short", "weak_kinds", "people")
LATE = THIRD_ROUND + FOURTH_ROUND + FIFTH_ROUND
# The generators teach the traps quickly, people's words take longer.
EPOCHS = (
    # Without opposite_actions: the figures after these are those of a run that never saw its source.
    Epoch(1.0, 0.75, Share(9, 8, 1.0), SECOND_ROUND + LATE, with_opposite_actions=False),
    Epoch(0.75, 0.375, Share(7, 7, 0.6), LATE, with_opposite_actions=False),
    Epoch(0.375, 0.19, Share(5, 6, 0.35, 0.5), LATE),
    Epoch(0.19, 0.0, Share(5, 6, 0.35, 0.5), LATE),
    Epoch(0.4, 0.0, Share(6, 9, 0.3, 0.35), LATE),
    Epoch(0.85, 0.7, Share(8, 8, 0.3, 0.3, known=0.4), FOURTH_ROUND + FIFTH_ROUND),
    Epoch(0.7, 0.5, Share(8, 8, 0.3, 0.3, known=0.4), FIFTH_ROUND),
    Epoch(0.5, 0.22, Share(8, 8, 0.25, 0.25, known=0.3)),
    Epoch(0.22, 0.0, Share(8, 9, 0.25, 0.25, known=0.4)),
)
REPORTED_EVERY = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.train")
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--after", type=int, default=0, help="go on after this epoch's checkpoint in OUTPUT")
    chosen = parser.parse_args()
    train(chosen.model, chosen.output, after=chosen.after)


def train(model: Path, output: Path, *, after: int = 0) -> Path:
    """The checkpoint of the last epoch, as safetensors."""
    torch.manual_seed(SEED)
    output.mkdir(parents=True, exist_ok=True)
    encoder = Encoder(model / "tokenizer.json")
    network = from_embedder(model / "model.safetensors")
    if after:
        network.load_state_dict(torch.load(output / f"epoch{after}.pt", weights_only=True))
    network.embeddings.word_embeddings.requires_grad_(requires_grad=False)
    for epoch in range(after + 1, len(EPOCHS) + 1):
        if epoch > 1:
            torch.manual_seed(SEED + epoch)  # So that going on after a checkpoint gives what one run gives.
        _train_epoch(network, encoder, output, epoch)
        torch.save(network.state_dict(), output / f"epoch{epoch}.pt")
        report(network, encoder, 600)
    trained = output / "judge.safetensors"
    save_file({name: one.contiguous() for name, one in network.state_dict().items()}, trained)
    return trained


def _train_epoch(network: Network, encoder: Encoder, output: Path, epoch: int) -> None:
    plan = EPOCHS[epoch - 1]
    source = Source(with_opposite_actions=plan.with_opposite_actions, without=plan.without, fresh=LATE)
    encoded = encoder.pairs(source.epoch(SEED + epoch, plan.share))
    print(f"epoch {epoch}: {len(source.groups)} groups, {len(encoded)} pairs", flush=True)
    optimizer, parameters = _optimizer(network)
    network.train()
    seen, lost, began = 0, 0.0, time.monotonic()
    for number, batch in enumerate(batches(encoded, Random(SEED + epoch)), 1):
        factor = _factor(epoch, seen / len(encoded))
        for group, rate in zip(optimizer.param_groups, (RATE, HEAD_RATE), strict=True):
            group["lr"] = rate * factor
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(*batch_of([(a, b) for a, b, _ in batch]))
        labels = torch.tensor([float(label) for _, _, label in batch])
        loss = functional.binary_cross_entropy_with_logits(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        seen += len(batch)
        lost += loss.item() * len(batch)
        if number % REPORTED_EVERY == 0:
            speed = seen / (time.monotonic() - began)
            print(f"  {seen} of {len(encoded)}, loss {lost / seen:.4f}, {speed:.0f} pairs/s", flush=True)
            torch.save(network.state_dict(), output / "latest.pt")


def _optimizer(network: Network) -> tuple[torch.optim.Optimizer, list[nn.Parameter]]:
    """A fresh one for each epoch, and what it moves."""
    head = [*network.dense.parameters(), *network.head.parameters()]
    body = [
        one
        for name, one in network.named_parameters()
        if one.requires_grad and not name.startswith(("dense", "head"))
    ]
    groups = [{"params": body, "lr": RATE}, {"params": head, "lr": HEAD_RATE}]
    return torch.optim.AdamW(groups, weight_decay=0.01, fused=True), body + head


def _factor(epoch: int, done: float) -> float:
    """What the rates are multiplied by when the part `done` of an epoch is behind."""
    plan = EPOCHS[epoch - 1]
    warm = done / (WARMUP if epoch == 1 else WARMUP_LATER)
    return min(1.0, warm) * (plan.start + (plan.end - plan.start) * done)


if __name__ == "__main__":
    main()
