"""The bundled model, all-MiniLM-L6-v2, in this process: no network, no service, no graphics card.

One text goes through the model at a time: with int8 arithmetic a result depends on what shares its batch, and
a batch gains nothing on a CPU. So the same text gives the same vector, to the bit, whatever else runs; texts
run in parallel threads instead, of which each uses one core.

`reading` says which texts the model can read, `windows` how a long one becomes one vector, `workers` how the
work leaves the event loop; docs/decisions/0005 gives their measurements.
"""

import os
import platform
from pathlib import Path

import numpy as np
import onnxruntime

from askonce.embed.model_files import FOLDER, ModelFiles, read_checked
from askonce.embed.reading import Reader
from askonce.embed.vectors import unit
from askonce.embed.windows import OVERLAP, pooled, windows
from askonce.embed.workers import Steps, Workers
from askonce.errors import BadModelFile, EmbedderUnavailable
from askonce.model.cache import Fingerprint
from askonce.model.digest import digest_of
from askonce.ports import Vector

# Part of the fingerprint. Raise it with every change of `reading` or `windows` that gives any text another
# vector, or one where it had none: caches filled before must not be searched with the new ones.
RULES = "1"
# Two threads do some 500 short texts a second: whoever came later would be ended by a time limit.
MOST_WAITING = 1_024
# A text of a few words that takes every path of the model, embedded once at the start.
TRIAL = "How do I reset my password?"


class BundledEmbedder:
    """`threads` of 0 means one for each core. At most `most_waiting` texts stand in line for them."""

    def __init__(self, *, threads: int = 0, most_waiting: int = MOST_WAITING, folder: Path = FOLDER) -> None:
        files = read_checked(folder)
        self._manifest = files.manifest
        self._fingerprint = _fingerprint(files)
        try:
            self._reader = Reader(files.tokenizer)
            self._session = _session(files.model)
            for _ in self._steps(TRIAL):
                pass
        except Exception as error:  # The two libraries have no narrower class of their own for a bad file.
            raise BadModelFile(
                f"The model in {folder} does not run here ({error}). Reinstall askonce and its dependencies."
            ) from error
        self._workers = Workers(threads or _cores(), most_waiting)

    @property
    def fingerprint(self) -> Fingerprint:
        return self._fingerprint

    async def embed(self, text: str) -> Vector | None:
        return await self._workers.run(self._steps(text))

    async def close(self) -> None:
        """Refuse what waits and what comes. A window under way is finished in its thread."""
        self._workers.close()

    def _steps(self, text: str) -> Steps:
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
            (output,) = self._session.run(None, {"input_ids": tokens})
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


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # A text runs in the thread that asked, and nothing spins: the cores are for other texts (0005, "The
    # pool").
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not _multiplies_int8_exactly():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


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


def _multiplies_int8_exactly() -> bool:
    """False on an x86 processor without VNNI, or where we can not tell.

    There onnxruntime's fast product saturates, and vectors differ (cosine 0.9967) from those that another
    machine made of the same text. The precise product gives the same ones everywhere, in twice the time:
    docs/decisions/0004.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    try:
        return "vnni" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


def _cores() -> int:
    """The cores that this process may use, where the system tells; a container's quota is not seen."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
