"""The bundled model's files by themselves: what stands in the folder is whole, and says what the model says.

`minilm_reference.npz` holds the published model's vectors (`tools/build_embedder/reference.py` made it).
"""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

import askonce.embed

MINILM = Path(askonce.embed.__file__).parent / "minilm"
REFERENCE = Path(__file__).parent / "minilm_reference.npz"
WINDOW = 256

Vectors: TypeAlias = NDArray[np.float32]


class Model:
    """The files, run as plainly as can be."""

    def __init__(self, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Without it x86 processors older than VNNI overflow; with it all give the same bits (decision 0004).
        options.add_session_config_entry("session.x64quantprecision", "1")
        model = str(MINILM / "model.onnx")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(MINILM / "tokenizer.json"))

    def tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def embed(self, text: str) -> Vectors:
        return self.run([*self.tokens(text)[: WINDOW - 1], 102] if self.is_long(text) else self.tokens(text))

    def is_long(self, text: str) -> bool:
        return len(self.tokens(text)) > WINDOW

    def run(self, tokens: list[int]) -> Vectors:
        (output,) = self._session.run(["sentence_embedding"], {"input_ids": np.array([tokens], np.int64)})
        embedding: Vectors = output
        return embedding


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def reference() -> list[tuple[str, Vectors]]:
    with np.load(REFERENCE) as stored:
        vectors = stored["vectors"].astype(np.float32)
        texts = [str(text) for text in stored["texts"]]
    return list(zip(texts, vectors, strict=True))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_is_the_one_that_the_manifest_names(name: str) -> None:
    manifest = json.loads((MINILM / "manifest.json").read_text())

    assert sha256((MINILM / name).read_bytes()).hexdigest() == manifest["sha256"][name]


def test_the_manifest_states_the_dimensions_and_the_window_of_the_model(model: Model) -> None:
    manifest = json.loads((MINILM / "manifest.json").read_text())

    assert manifest["window"] == WINDOW
    assert manifest["dimensions"] == model.embed("hello").shape[1]


def test_the_model_comes_with_its_licence_and_a_notice_of_what_was_changed() -> None:
    assert "Apache License" in (MINILM / "LICENSE").read_text()
    assert "Changed for AskOnce" in (MINILM / "NOTICE").read_text()


@pytest.mark.parametrize("tokens", [0, 1, 12, WINDOW - 2, WINDOW - 1, 510])
def test_an_embedding_is_one_unit_vector_of_384_floats_up_to_the_last_position(
    model: Model, tokens: int
) -> None:
    embedding = model.run([101, *[2129] * tokens, 102])

    assert embedding.shape == (1, 384)
    assert embedding.dtype == np.float32
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)


def test_quantized_vectors_point_where_the_published_ones_do(
    model: Model, reference: list[tuple[str, Vectors]]
) -> None:
    cosines = {text[:60]: float(model.embed(text)[0] @ vector) for text, vector in reference}

    assert min(cosines.values()) >= 0.97, cosines
    assert float(np.mean(list(cosines.values()))) >= 0.99


def test_quantized_vectors_are_as_far_apart_as_the_published_ones(
    model: Model, reference: list[tuple[str, Vectors]]
) -> None:
    published = np.stack([vector for _, vector in reference])
    quantized = np.concatenate([model.embed(text) for text, _ in reference])

    assert np.abs(quantized @ quantized.T - published @ published.T).max() < 0.05


def test_the_tokenizer_neither_cuts_nor_pads(model: Model) -> None:
    assert len(model.tokens("word " * 1_000)) == 1_002
    assert len(model.tokens("word")) == 3


def test_case_and_accents_do_not_change_the_tokens(model: Model) -> None:
    assert model.tokens("Où est le CAFÉ ?") == model.tokens("ou est le cafe ?")


def test_an_embedding_does_not_depend_on_calls_before_it_or_beside_it(
    model: Model, reference: list[tuple[str, Vectors]]
) -> None:
    texts = [text for text, _ in reference]
    alone = [model.embed(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(model.embed, texts * 5))

    assert all(np.array_equal(alone[place % len(texts)], vector) for place, vector in enumerate(beside))


def test_an_embedding_does_not_depend_on_the_number_of_threads(
    model: Model, reference: list[tuple[str, Vectors]]
) -> None:
    two = Model(threads=2)

    assert all(np.array_equal(model.embed(text), two.embed(text)) for text, _ in reference)
