"""The bundled model, all-MiniLM-L6-v2, in this process: no network, no service, no graphics card.

One text goes through the model at a time: with int8 arithmetic a result depends on what shares its batch, and
a batch gains nothing on a CPU. So the same text gives the same vector, to the bit, whatever else runs; texts
run in parallel threads instead, of which each uses one core.

`inference/reading` says which texts the model can read, `windows` how a long one becomes one vector,
`inference/workers` how the work leaves the event loop; docs/decisions/0005 gives their measurements.
"""

from collections.abc import Generator
from pathlib import Path

import numpy as np

from askonce.embed.vectors import unit
from askonce.embed.windows import OVERLAP, pooled, windows
from askonce.errors import BadModelFile, EmbedderUnavailable
from askonce.inference.model_files import ModelFiles, read_checked
from askonce.inference.reading import Reader
from askonce.inference.session import Session
from askonce.inference.workers import ModelUnavailable, Workers
from askonce.model.cache import Fingerprint
from askonce.model.digest import digest_of
from askonce.ports import Vector

# Part of the fingerprint. Raise it with every change of `reading` or `windows` that gives any text another
# vector, or one where it had none: caches filled before must not be searched with the new ones.
RULES = "1"
FOLDER = Path(__file__).parent / "minilm"
# A text of a few words that takes every path of the model, embedded once at the start.
TRIAL = "How do I reset my password?"


class BundledEmbedder:
    """`workers` are somebody else's to close: the judge's model shares them."""

    def __init__(self, workers: Workers, *, folder: Path = FOLDER) -> None:
        files = read_checked(folder)
        self._manifest = files.manifest
        self._fingerprint = _fingerprint(files)
        self._workers = workers
        try:
            self._reader = Reader(files.tokenizer)
            self._session = Session(files.model)
            for _ in self._steps(TRIAL):
                pass
        except Exception as error:  # The two libraries have no narrower class of their own for a bad file.
            raise BadModelFile(
                f"The model in {folder} does not run here ({error}). Reinstall askonce and its dependencies."
            ) from error

    @property
    def fingerprint(self) -> Fingerprint:
        return self._fingerprint

    async def embed(self, text: str) -> Vector | None:
        try:
            return await self._workers.run(self._steps(text))
        except ModelUnavailable as error:
            raise EmbedderUnavailable(str(error)) from None

    def _steps(self, text: str) -> Generator[None, None, Vector | None]:
        """The vector of `text`, with a yield between windows."""
        ids = self._reader.read(text)
        if ids is None:
            return None
        over = windows(len(ids), self._reader.room(self._manifest.window))
        vectors = [self._run(ids[over[0].start : over[0].end])]
        for window in over[1:]:
            yield
            vectors.append(self._run(ids[window.start : window.end]))
        return vectors[0] if len(over) == 1 else pooled(vectors, over)

    def _run(self, ids: list[int]) -> Vector:
        tokens = np.array([self._reader.framed(ids)], dtype=np.int64)
        try:
            output = self._session.run({"input_ids": tokens})
        except Exception as error:  # onnxruntime's exceptions share no narrower class.
            raise EmbedderUnavailable(f"The bundled model failed ({type(error).__name__}).") from error
        if output.shape != (1, self._manifest.dimensions):
            raise EmbedderUnavailable(f"The bundled model gave a vector of shape {output.shape}.")
        try:
            return unit(output[0])
        except ValueError as error:
            raise EmbedderUnavailable(f"The bundled model gave {error}.") from None


def bundled_fingerprint(folder: Path = FOLDER) -> Fingerprint:
    """What the bundled model is, without starting it."""
    return _fingerprint(read_checked(folder))


def _fingerprint(files: ModelFiles) -> Fingerprint:
    manifest = files.manifest
    digest = digest_of(
        "bundled-embedder",
        manifest.sha256["model.onnx"],
        manifest.sha256["tokenizer.json"],
        RULES,
        f"window {manifest.window}, overlap {OVERLAP}",
    )
    return Fingerprint(manifest.name, manifest.dimensions, digest.hex())
