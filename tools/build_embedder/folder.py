"""What stands beside the graph in `src/askonce/embed/minilm/`: tokenizer, manifest, licence and notice."""

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from onnx import ModelProto
from tokenizers import Tokenizer
from tools.build_embedder.bert import read_bert
from tools.build_embedder.graph import DIMENSIONS, INPUT, OUTPUT, Recipe, build_graph
from tools.build_embedder.source import SAFETENSORS_SHA256, Source
from tools.build_embedder.taming import find_taming

NAME = "all-MiniLM-L6-v2 int8"
WINDOW = 256  # Tokens, [CLS] and [SEP] among them: what sentence-transformers gives this model.
TOOLS = ("numpy", "onnx", "safetensors", "tokenizers")
LICENSE = Path(__file__).parents[2] / "LICENSE"  # The same Apache-2.0 text as our own.
NOTICE = """\
all-MiniLM-L6-v2, a sentence embedding model, from the sentence-transformers project
(Hugging Face model name: sentence-transformers/all-MiniLM-L6-v2), trained from
nreimers/MiniLM-L6-H384-uncased, which is made from Microsoft's MiniLM. Licensed under
the Apache License, Version 2.0; the text is in the file LICENSE beside this one.

Changed for AskOnce by tools/build_embedder, without any training:
* model.onnx: the weights were written as a graph of fused operators that ends in the
  pooled, normalised sentence embedding, and quantized to 8-bit integers. The pooler,
  which sentence embeddings do not use, was left out.
* tokenizer.json: truncation and padding were removed. The vocabulary is as published.
"""


def render_folder(source: Source) -> dict[str, bytes]:
    """The files by name."""
    tokenizer = strip_tokenizer(source.tokenizer)
    bert = read_bert(source.weights)
    taming = find_taming(bert, Tokenizer.from_str(tokenizer))
    model = serialize(build_graph(bert, Recipe(taming=taming)))
    files = {"model.onnx": model, "tokenizer.json": tokenizer.encode()}
    return {
        **files,
        "manifest.json": _manifest(files).encode(),
        "LICENSE": LICENSE.read_bytes(),
        "NOTICE": NOTICE.encode(),
    }


def strip_tokenizer(published: str) -> str:
    """Without truncation and padding: the runtime cuts windows itself, and cuts nothing off unseen."""
    parsed = json.loads(published) | {"truncation": None, "padding": None}
    return json.dumps(parsed, ensure_ascii=False, separators=(",", ":")) + "\n"


def serialize(model: ModelProto) -> bytes:
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _manifest(files: dict[str, bytes]) -> str:
    manifest = {
        "name": NAME,
        "dimensions": DIMENSIONS,
        "window": WINDOW,
        "input": INPUT,
        "output": OUTPUT,
        "sha256": {name: sha256(content).hexdigest() for name, content in files.items()},
        "source_sha256": {"model.safetensors": SAFETENSORS_SHA256},
        "built_with": {tool: version(tool) for tool in TOOLS},
    }
    return json.dumps(manifest, indent=2) + "\n"
