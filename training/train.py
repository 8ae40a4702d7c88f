"""Train the judge from the bundled embedder's published weights.

    python -m training.train MODEL_FOLDER OUTPUT_FOLDER

MODEL_FOLDER holds `model.safetensors` and `tokenizer.json` of all-MiniLM-L6-v2. The word table is left as it is: what
the training never saw keeps its meaning, and a third of the time is saved.
"""

import argparse
import time
from pathlib import Path
from random import Random

import torch
from torch.nn import functional

from training.data import Source
from training.encoding import Encoder, batch_of, batches
from training.measure import report
from training.network import Network, from_embedder

SEED = 20261124
RATE, HEAD_RATE = 1e-4, 1e-3
WARMUP = 0.05
# How much of the generators' pairs each epoch takes: they teach the traps quickly, people's words take longer.
GENERATED = (1.0, 0.6, 0.4)
OPPOSITE_ACTIONS_FROM = 3  # The epoch from which on that source is read; the figures before it were made without.
# Files of groups that were written while the first epoch ran: what it read is kept as it was.
AFTER_FIRST_EPOCH = ("travel", "assistant", "mixed_traps", "mixed_styles")
REPORTED_EVERY = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.train")
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=int, default=len(GENERATED))
    chosen = parser.parse_args()
    torch.manual_seed(SEED)
    chosen.output.mkdir(parents=True, exist_ok=True)
    encoder = Encoder(chosen.model / "tokenizer.json")
    network = from_embedder(chosen.model / "model.safetensors")
    train(network, encoder, chosen.output, chosen.epochs)


def train(network: Network, encoder: Encoder, output: Path, epochs: int) -> None:
    network.embeddings.word_embeddings.requires_grad_(requires_grad=False)
    head = [*network.dense.parameters(), *network.head.parameters()]
    body = [
        one
        for name, one in network.named_parameters()
        if one.requires_grad and not name.startswith(("dense", "head"))
    ]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": RATE}, {"params": head, "lr": HEAD_RATE}], weight_decay=0.01, fused=True
    )
    total = 0.0  # In epochs.
    done = 0.0

    def factor() -> float:
        part = done / total
        return min(1.0, part / WARMUP) * max(0.0, 1 - part)

    total = float(epochs)
    for epoch in range(1, epochs + 1):
        source = Source(
            with_opposite_actions=epoch >= OPPOSITE_ACTIONS_FROM,
            without=AFTER_FIRST_EPOCH if epoch == 1 else (),
        )
        encoded = encoder.pairs(source.epoch(SEED + epoch, generated=GENERATED[epoch - 1]))
        print(f"epoch {epoch}: {len(source.groups)} groups, {len(encoded)} pairs", flush=True)
        network.train()
        seen, lost, began = 0, 0.0, time.monotonic()
        for number, batch in enumerate(batches(encoded, Random(SEED + epoch)), 1):
            done = epoch - 1 + seen / len(encoded)
            for group, rate in zip(optimizer.param_groups, (RATE, HEAD_RATE), strict=True):
                group["lr"] = rate * factor()
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(*batch_of([(a, b) for a, b, _ in batch]))
            labels = torch.tensor([float(label) for _, _, label in batch])
            loss = functional.binary_cross_entropy_with_logits(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body + head, 1.0)
            optimizer.step()
            seen += len(batch)
            lost += loss.item() * len(batch)
            if number % REPORTED_EVERY == 0:
                speed = seen / (time.monotonic() - began)
                print(f"  {seen} of {len(encoded)}, loss {lost / seen:.4f}, {speed:.0f} pairs/s", flush=True)
                torch.save(network.state_dict(), output / "latest.pt")
        torch.save(network.state_dict(), output / f"epoch{epoch}.pt")
        report(network, encoder, 600)


if __name__ == "__main__":
    main()
