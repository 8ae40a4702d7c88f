"""The trained judge: a small cross-encoder that reads both questions at once, in this process.

It reads `[CLS] one [SEP] other [SEP]`, always with the lesser text first, so that a pair has one confidence
whichever of the two was asked. One pair a call: with int8 arithmetic a result depends on what shares its
batch.

`training/` made its weights, `tools/build_judge` the file; docs/model-card.md tells from what, and how good
it is.
"""

from collections import OrderedDict
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np

from askonce.errors import BadModelFile
from askonce.inference.model_files import ModelFiles, read_checked
from askonce.inference.reading import Reader
from askonce.inference.session import Session
from askonce.inference.workers import Workers
from askonce.judge.aligned import AROUND, READ_WHOLE, as_read
from askonce.model.digest import digest_of
from askonce.model.judgement import TOO_LONG, UNREADABLE

# Part of the digest. Raise it with every change of how a pair is read: judgements kept by `askonce eval` are
# then made anew.
READING = "1"
FOLDER = Path(__file__).parent / "weights"
MARKS = 3  # [CLS] and two [SEP].
REMEMBERED = 20_000  # Pairs; about 8 MB where questions have 60 characters.
REMEMBERED_CHARS = (
    2_000  # Of both texts. Longer pairs are rare, and 20,000 of the longest would take gigabytes.
)
TRIAL = ("How do I reset my password?", "how can I reset my password")


class CrossEncoder:
    """Satisfies `PairModel`. `workers` are somebody else's to close."""

    def __init__(self, workers: Workers, *, folder: Path = FOLDER) -> None:
        files = read_checked(folder)
        self._name = files.manifest.name
        self._digest = _digest(files)
        self._room = files.manifest.window - MARKS
        self._workers = workers
        self._remembered: OrderedDict[tuple[str, str], float | str] = OrderedDict()
        try:
            self._reader = Reader(files.tokenizer)
            self._session = Session(files.model)
            for _ in self._steps(*TRIAL):
                pass
        except Exception as error:  # The two libraries have no narrower class of their own for a bad file.
            raise BadModelFile(
                f"The model in {folder} does not run here ({error}). Reinstall askonce and its dependencies."
            ) from error

    @property
    def name(self) -> str:
        return self._name

    @property
    def digest(self) -> str:
        """Of everything that a confidence depends on: two models of one digest judge every pair the same."""
        return self._digest

    async def confidence(self, one: str, other: str) -> float | str:
        pair = (one, other) if one <= other else (other, one)
        if pair in self._remembered:
            self._remembered.move_to_end(pair)
            return self._remembered[pair]
        found = await self._workers.run(self._steps(*pair))
        if len(one) + len(other) <= REMEMBERED_CHARS:
            self._remembered[pair] = found
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def _steps(self, one: str, other: str) -> Generator[None, None, float | str]:
        """In a model's thread: one step, however long the texts are."""
        ones, others = self._reader.read(one), self._reader.read(other)
        if ones is None or others is None:
            return UNREADABLE
        shown = as_read(ones, others, self._room)
        return TOO_LONG if shown is None else self._run(*shown)
        yield

    def _run(self, ones: Sequence[int], others: Sequence[int]) -> float:
        ids = self._reader.framed_pair(ones, others)
        types = np.zeros((1, len(ids)), np.int64)
        types[0, len(ones) + 2 :] = 1
        output = self._session.run({"input_ids": np.array([ids], np.int64), "token_type_ids": types})
        confidence = float(output.reshape(()))
        if not 0 <= confidence <= 1:
            raise ValueError(f"The judge's model gave {confidence}.")
        return confidence


def _digest(files: ModelFiles) -> str:
    sha256 = files.manifest.sha256
    reading = f"reading {READING}, window {files.manifest.window}, whole {READ_WHOLE}, around {AROUND}"
    return digest_of("judge-model", sha256["model.onnx"], sha256["tokenizer.json"], reading).hex()
