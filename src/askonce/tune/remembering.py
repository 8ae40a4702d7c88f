"""Vectors and judgements kept between measurements, in a SQLite file: a second run takes seconds.

Invariants:

* What comes back is what the embedder or the judge's model gave: the key is a digest of what they are, to the
  weights, and of the whole texts. The texts themselves are not kept.
* Rules are asked each time. They cost microseconds, and are what changes between two measurements.
* A failure is never kept.
"""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np

from askonce.errors import BadMeasurementsFile
from askonce.model.cache import Fingerprint
from askonce.model.digest import digest_of
from askonce.model.judgement import (
    JUDGE_FAILED,
    JUDGE_TIMEOUT,
    LOW_CONFIDENCE,
    WITHOUT_MODEL,
    Judgement,
    JudgeMode,
    Terms,
)
from askonce.ports import Embedder, Judge, Vector
from askonce.tune.instruments import Instruments

VERSION = 1
FAILURES = frozenset({JUDGE_FAILED, JUDGE_TIMEOUT})
ANY_CONFIDENCE = Terms(JudgeMode.MODEL, 0.0)
_SCHEMA = """
    CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID;
    CREATE TABLE judgements (key BLOB PRIMARY KEY, confidence REAL, reason TEXT) WITHOUT ROWID;
"""


class Measurements:
    """Used from one thread. What is kept is safe on disk after `commit`."""

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._database = sqlite3.connect(file)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise BadMeasurementsFile(
                f"{file} can not keep measurements ({error}). Name another with --cache, or use --no-cache."
            ) from error

    def close(self) -> None:
        self._database.commit()
        self._database.close()

    def commit(self) -> None:
        self._database.commit()

    def vector(self, key: bytes) -> tuple[Vector | None] | None:
        """What was kept, in a tuple of its own: None is also what an embedder says of a text."""
        row = self._database.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        return (None if row[0] is None else np.frombuffer(row[0], "<f4").astype(np.float32, copy=False),)

    def keep_vector(self, key: bytes, vector: Vector | None) -> None:
        content = None if vector is None else vector.astype("<f4").tobytes()
        self._database.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", (key, content))

    def judgement(self, key: bytes) -> tuple[float | None, str | None] | None:
        row = self._database.execute(
            "SELECT confidence, reason FROM judgements WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def keep_judgement(self, key: bytes, confidence: float | None, reason: str | None) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO judgements VALUES (?, ?, ?)", (key, confidence, reason)
        )

    def _prepare(self) -> None:
        # A power cut may take what can be computed again; syncing each commit would cost more than that.
        self._database.execute("PRAGMA synchronous = OFF")
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version == VERSION:
            return
        if self._database.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
            raise sqlite3.DatabaseError("it is another database, or of another version")
        self._database.executescript(f"{_SCHEMA} PRAGMA user_version = {VERSION};")


def remembering(instruments: Instruments, kept: Measurements) -> Instruments:
    embedder = RememberingEmbedder(instruments.embedder, kept)
    judge = RememberingJudge(instruments.judge, instruments.judge_model, kept)
    return replace(instruments, embedder=embedder, judge=judge)


class RememberingEmbedder:
    """Satisfies the port `Embedder`."""

    def __init__(self, embedder: Embedder, kept: Measurements) -> None:
        self._embedder = embedder
        self._kept = kept

    @property
    def fingerprint(self) -> Fingerprint:
        return self._embedder.fingerprint

    async def embed(self, text: str) -> Vector | None:
        known_by = self.fingerprint
        key = digest_of("kept-vector", known_by.model, known_by.digest, str(known_by.dimensions), text)
        kept = self._kept.vector(key)
        if kept is not None:
            return kept[0]
        vector = await self._embedder.embed(text)
        self._kept.keep_vector(key, vector)
        return vector


class RememberingJudge:
    """Satisfies the port `Judge`. `model` names the judge's model and its weights."""

    def __init__(self, judge: Judge, model: str, kept: Measurements) -> None:
        self._judge = judge
        self._model = model
        self._kept = kept

    async def judge(self, asked: str, stored: str, terms: Terms) -> Judgement:
        if terms.mode is not JudgeMode.MODEL:
            return await self._judge.judge(asked, stored, terms)
        ruled = await self._judge.judge(asked, stored, replace(terms, mode=JudgeMode.RULES))
        reasons = tuple(reason for reason in ruled.reasons if reason not in WITHOUT_MODEL)
        # A veto of the rules ends it, and so do texts that need no model: those have a confidence already.
        if reasons or ruled.confidence is not None:
            return replace(ruled, reasons=reasons)
        return held_to(terms.min_confidence, await self._by_model(asked, stored))

    async def _by_model(self, asked: str, stored: str) -> Judgement:
        one, other = sorted((asked, stored))  # A judge gives both orders the same.
        key = digest_of("kept-judgement", self._model, one, other)
        kept = self._kept.judgement(key)
        if kept is not None:
            confidence, reason = kept
            return Judgement(() if reason is None else (reason,), confidence, (self._model,))
        found = await self._judge.judge(asked, stored, ANY_CONFIDENCE)
        if not FAILURES.intersection(found.reasons):
            self._kept.keep_judgement(key, found.confidence, next(iter(found.reasons), None))
        return found


def held_to(least: float, judgement: Judgement) -> Judgement:
    """A judgement made on any confidence, as it would be on terms that ask for `least`."""
    if judgement.is_served and judgement.confidence is not None and not judgement.confidence >= least:
        return replace(judgement, reasons=(LOW_CONFIDENCE,))
    return judgement
