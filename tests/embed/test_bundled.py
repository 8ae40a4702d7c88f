"""The bundled model behind the port: the real model file, in real threads."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askonce.embed.bundled import FOLDER, BundledEmbedder
from askonce.errors import BadModelFile
from askonce.inference.workers import Workers
from askonce.ports import Vector

LONG_TEXT = " ".join(f"Sentence number {number} is about the weather." for number in range(150))
PROMPTS = ["ping", "How do I reset my password?", "What is π?", LONG_TEXT[:3_000], "привет", "Is it 5 µm?"]


def embedded(embedder: BundledEmbedder, text: str) -> Vector:
    vector = asyncio.run(embedder.embed(text))
    assert vector is not None
    return vector


def similarity(one: Vector, other: Vector) -> float:
    return (1 + float(one @ other)) / 2


def test_the_fingerprint_names_model_and_dimensions(bundled: BundledEmbedder) -> None:
    assert "MiniLM" in bundled.fingerprint.model
    assert bundled.fingerprint.dimensions == len(embedded(bundled, "ping")) == 384
    assert len(bundled.fingerprint.digest) == 32


def test_a_paraphrase_is_nearer_than_another_question(bundled: BundledEmbedder) -> None:
    question = embedded(bundled, "How old are you?")

    near = similarity(question, embedded(bundled, "What is your age?"))
    far = similarity(question, embedded(bundled, "How do I bake a cake?"))

    assert near > 0.85 > far + 0.2


def test_a_text_that_the_model_can_not_read_has_no_vector(bundled: BundledEmbedder) -> None:
    assert asyncio.run(bundled.embed("what does 😀 mean")) is None


def test_a_change_in_any_window_of_a_long_text_changes_its_vector(bundled: BundledEmbedder) -> None:
    words = LONG_TEXT.split()
    whole = embedded(bundled, LONG_TEXT)

    for at in (0, len(words) // 3, len(words) // 2, len(words) - 1):
        changed = " ".join([*words[:at], "elephant", *words[at + 1 :]])
        assert not np.array_equal(embedded(bundled, changed), whole)


def test_a_long_text_has_a_unit_vector(bundled: BundledEmbedder) -> None:
    assert np.linalg.norm(embedded(bundled, LONG_TEXT)) == pytest.approx(1, abs=1e-6)


def test_a_text_s_vector_is_the_same_to_the_bit_whatever_runs_beside_it(bundled: BundledEmbedder) -> None:
    alone = {text: asyncio.run(bundled.embed(text)) for text in PROMPTS}

    async def all_at_once() -> list[Vector | None]:
        return await asyncio.gather(*(bundled.embed(text) for text in PROMPTS * 2))

    with ThreadPoolExecutor(8) as loops:
        rounds = list(loops.map(lambda _: asyncio.run(all_at_once()), range(8)))

    for one in rounds:
        for text, vector in zip(PROMPTS * 2, one, strict=True):
            np.testing.assert_array_equal(vector, alone[text])


def test_two_embedders_over_the_same_files_agree_to_the_bit(bundled: BundledEmbedder) -> None:
    other = BundledEmbedder(Workers(3))

    assert other.fingerprint == bundled.fingerprint
    np.testing.assert_array_equal(embedded(other, PROMPTS[1]), embedded(bundled, PROMPTS[1]))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200) | st.text("abc 123?!’…→π\u00ad", max_size=400))
def test_any_text_has_a_unit_vector_or_none(bundled: BundledEmbedder, text: str) -> None:
    vector = asyncio.run(bundled.embed(text))

    if vector is not None:
        assert vector.shape == (384,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
        assert not vector.flags.writeable


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return copytree(FOLDER, tmp_path / "minilm")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_file_is_refused_by_its_name_with_the_way_out(copied: Path, name: str) -> None:
    path = copied / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(BadModelFile, match=rf"{name} is not the one .* Reinstall"):
        BundledEmbedder(Workers(), folder=copied)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_a_missing_file_is_refused_by_its_name_with_the_way_out(copied: Path, name: str) -> None:
    (copied / name).unlink()

    with pytest.raises(BadModelFile, match=rf"{name} can not be read .* Reinstall"):
        BundledEmbedder(Workers(), folder=copied)


def test_a_manifest_that_does_not_read_is_refused(copied: Path) -> None:
    (copied / "manifest.json").write_text(json.dumps({"name": "x"}))

    with pytest.raises(BadModelFile, match=r"manifest\.json does not read"):
        BundledEmbedder(Workers(), folder=copied)
