"""What the choices of docs/decisions/0004-bundled-embedder.md cost and buy.

    python -m tools.measure_embedder DATA [--source WHEEL_OR_FOLDER] [--texts 800] [--pairs 2000]

DATA is a folder with the labelled sets. Variants of the graph are built from the published weights, timed in
turns (machines are noisy), and compared with the float variant: how far vectors and pair similarities move,
and what that does to the order of labelled pairs.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tools.build_embedder.bert import read_bert
from tools.build_embedder.folder import serialize, strip_tokenizer
from tools.build_embedder.graph import INPUT, Recipe, build_graph
from tools.build_embedder.source import open_source
from tools.build_embedder.taming import Taming, find_taming

Vectors: TypeAlias = NDArray[np.float32]
Embed: TypeAlias = Callable[[str], Vectors]

PROMPT = "how do i reset the password of my online banking account today"  # 12 words.
PAIRED = ("qqp.dev", "text2sql_slots.dev", "sts16_question")
SINGLE = ("banking77.train", "clinc150.val")
LINEARS = frozenset({"qkv", "out", "up", "down"})
SEED = 1


def recipes(taming: Taming) -> dict[str, Recipe]:
    return {
        "float": Recipe(in_float=LINEARS | {"words"}),
        "words int8": Recipe(in_float=LINEARS),
        "int8": Recipe(),
        "int8 tamed": Recipe(taming),
        "7 bit tamed": Recipe(taming, levels=63),
        "down float": Recipe(taming, in_float=frozenset({"down"})),
        "up float": Recipe(taming, in_float=frozenset({"up"})),
    }


def open_session(model: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def read_rows(path: Path, limit: int) -> list[dict[str, str]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return random.Random(SEED).sample(rows, min(limit, len(rows)))


def measure_speed(sessions: dict[str, onnxruntime.InferenceSession], tokens: list[int], calls: int) -> None:
    """The median of calls taken in turns, in milliseconds."""
    given = {INPUT: np.array([tokens], np.int64)}
    taken: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(20):
        for name, session in sessions.items():
            session.run(None, given)  # Brings its weights back into the processor's cache.
            for _ in range(calls):
                started = time.perf_counter()
                session.run(None, given)
                taken[name].append((time.perf_counter() - started) * 1000)
    for name, times in taken.items():
        low, middle, high = np.percentile(times, [10, 50, 90])
        print(f"{name:12} {len(tokens):4} tokens  p10 {low:7.2f}  p50 {middle:7.2f}  p90 {high:7.2f} ms")


def measure_vectors(name: str, texts: list[str], embed: Embed, published: Embed) -> None:
    one, other = (np.stack([each(text) for text in texts]) for each in (embed, published))
    cosines = (one * other).sum(axis=1)
    upper = np.triu_indices(len(texts), 1)
    before = (other @ other.T)[upper]
    moved = np.abs((one @ one.T)[upper] - before)
    print(
        f"{name:12} cosine to float: mean {cosines.mean():.5f}  1% {np.percentile(cosines, 1):.4f}"
        f"  least {cosines.min():.4f} | cosines of pairs move by {moved.mean():.4f},"
        f" where > 0.5 by {moved[before > 0.5].mean():.4f}"
    )


def measure_pairs(name: str, rows: list[dict[str, str]], embed: Embed, published: Embed) -> str:
    labels = np.array([int(row["label"]) for row in rows])
    one, other = (np.array([each(row["a"]) @ each(row["b"]) for row in rows]) for each in (embed, published))
    spearman = np.corrcoef(ranks(one), ranks(other))[0, 1]
    return f"{name} AUC {area(one, labels):.4f} rho {spearman:.4f}"


def ranks(values: NDArray[np.float32]) -> NDArray[np.intp]:
    return values.argsort(kind="stable").argsort(kind="stable")


def area(similarities: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    """Under the ROC curve: how often a same pair is nearer than another pair."""
    same = labels == 1
    order = ranks(similarities)[same]
    count = len(order)
    return float((order.sum() - count * (count - 1) / 2) / (count * (len(labels) - count)))


def remembering(session: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> Embed:
    known: dict[str, Vectors] = {}

    def embed(text: str) -> Vectors:
        if text not in known:
            tokens = np.array([tokenizer.encode(text).ids], np.int64)
            known[text] = session.run(None, {INPUT: tokens})[0][0]
        return known[text]

    return embed


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tools.measure_embedder", description="Measure variants of the model."
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--texts", type=int, default=800, help="texts of each single set")
    parser.add_argument("--pairs", type=int, default=2_000, help="pairs of each paired set")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = open_source(chosen.source, Path(scratch))
    tokenizer = Tokenizer.from_str(strip_tokenizer(source.tokenizer))
    bert = read_bert(source.weights)
    models = {
        name: serialize(build_graph(bert, recipe))
        for name, recipe in recipes(find_taming(bert, tokenizer)).items()
    }
    sessions = {name: open_session(model) for name, model in models.items()}
    for name, model in models.items():
        print(f"{name:12} {len(model) / 1e6:.1f} MB")
    words = tokenizer.encode(PROMPT).ids
    measure_speed(sessions, words, calls=30)
    measure_speed(sessions, (words * 30)[:256], calls=3)
    embeds = {name: remembering(session, tokenizer) for name, session in sessions.items()}
    single = [
        row["text"] for name in SINGLE for row in read_rows(chosen.data / f"{name}.jsonl", chosen.texts)
    ]
    paired = {name: read_rows(chosen.data / f"{name}.jsonl", chosen.pairs) for name in PAIRED}
    for name, embed in embeds.items():
        measure_vectors(name, single, embed, embeds["float"])
        found = [measure_pairs(kind, rows, embed, embeds["float"]) for kind, rows in paired.items()]
        print(f"{'':12} {' | '.join(found)}", flush=True)


if __name__ == "__main__":
    main()
