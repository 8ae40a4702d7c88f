"""Build the judge's files from a checkpoint of `training.train`.

    python -m pip install -r tools/requirements-embedder.txt
    python -m tools.build_judge CHECKPOINT.safetensors TOKENIZER.json --name "askonce-judge 2" [--output
    FOLDER]

The same checkpoint and tools give the same bytes.
"""

import argparse
import json
from hashlib import sha256
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load
from tokenizers import Tokenizer
from tools.build_embedder.bert import Linear, encode, read_bert
from tools.build_embedder.folder import LICENSE, TOOLS, serialize, strip_tokenizer
from tools.build_embedder.graph import CONFIDENCE, INPUT, TYPES, Head, Recipe, build_pair_graph
from tools.build_embedder.source import SAFETENSORS_SHA256
from tools.build_embedder.taming import Peaks
from training.groups import all_groups

FOLDER = Path(__file__).parents[2] / "src" / "askonce" / "judge" / "weights"
WINDOW = 256  # Tokens of both texts and the three marks: the longest pairs that it was trained on.
WATCHED_GROUPS = 40
CLS, SEP = 101, 102
NOTICE = """\
The judge of AskOnce: a cross-encoder that tells whether one answer serves two questions. Trained by the
AskOnce authors (training/ in the repository; docs/model-card.md) from all-MiniLM-L6-v2, a sentence embedding
model from the sentence-transformers project (Hugging Face model name:
sentence-transformers/all-MiniLM-L6-v2), which was trained from nreimers/MiniLM-L6-H384-uncased, made from
Microsoft's MiniLM. Both are licensed under the Apache License, Version 2.0; the text is in the file LICENSE
beside this one.

Data used in training, beside the authors' own groups of questions and generators:
* schema2qa (Stanford OVAL), CC BY 4.0
* GraphQuestions (Su et al. 2016), CC BY 4.0
* Tatoeba by way of manythings.org/anki, CC BY 2.0 FR
* Verbal-ConvQuestions, CC BY 4.0
* RQE (Ben Abacha and Demner-Fushman, AMIA 2016), CC BY 4.0
* banking77 (PolyAI), CC BY 4.0
* CLINC150 (Larson et al. 2019), CC BY 3.0
* semanticmemo's opposite actions, MIT
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.build_judge", description="Build the judge's files.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--temperature", type=float, default=1.0, help="divides the logits")
    parser.add_argument("--output", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    build(chosen.checkpoint, chosen.tokenizer, chosen.name, chosen.output, chosen.temperature)


def build(checkpoint: Path, tokenizer: Path, name: str, output: Path, temperature: float = 1.0) -> None:
    """Write the judge's files to `output`."""
    weights = load(checkpoint.read_bytes())
    files = _files(weights, strip_tokenizer(tokenizer.read_text("utf-8")), name, temperature)
    output.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (output / file).write_bytes(content)
        print(f"{sha256(content).hexdigest()}  {len(content):>9}  {file}")


def _files(
    weights: dict[str, NDArray[np.float32]], tokenizer: str, name: str, temperature: float
) -> dict[str, bytes]:
    bert = read_bert(weights)
    head = Head(
        Linear(weights["dense.weight"].T, weights["dense.bias"]),
        Linear(
            weights["head.weight"].T / np.float32(temperature), weights["head.bias"] / np.float32(temperature)
        ),
    )
    peaks = Peaks()
    reader = Tokenizer.from_str(tokenizer)
    for group in islice(all_groups(), WATCHED_GROUPS):
        for other in (group.texts[1], group.twins[0].texts[0]):
            ones, others = (
                reader.encode(text, add_special_tokens=False).ids for text in (group.texts[0], other)
            )
            encode(bert, [CLS, *ones, SEP, *others, SEP], peaks.watch, seconds=len(others) + 1)
    model = serialize(build_pair_graph(bert, head, Recipe(taming=peaks.taming())))
    files = {"model.onnx": model, "tokenizer.json": tokenizer.encode()}
    manifest = {
        "name": name,
        "window": WINDOW,
        "inputs": [INPUT, TYPES],
        "output": CONFIDENCE,
        "sha256": {name: sha256(content).hexdigest() for name, content in files.items()},
        "source_sha256": {"model.safetensors": SAFETENSORS_SHA256},
        "temperature": temperature,
        "built_with": {tool: version(tool) for tool in TOOLS},
    }
    return {
        **files,
        "manifest.json": (json.dumps(manifest, indent=2) + "\n").encode(),
        "LICENSE": LICENSE.read_bytes(),
        "NOTICE": NOTICE.encode(),
    }


if __name__ == "__main__":
    main()
