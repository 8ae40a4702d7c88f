"""`askonce eval`: files in, reports out."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askonce.errors import BadLabelledFile
from askonce.model.judgement import JudgeMode
from askonce.tune.instruments import Instruments, Progress
from askonce.tune.labelled import SEED, Labelled, Pair, read_labelled
from askonce.tune.measure import METHODS, Measured, measured
from askonce.tune.remembering import Measurements, remembering
from askonce.tune.report import Given, Report, report_of
from askonce.tune.stream import streamed
from askonce.tune.stream_report import StreamReport, stream_report

ALL_FILES = "all files"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`embedder` and `judge` name what was measured: a figure of other weights is another figure."""

    given: Given
    embedder: str
    judge: str
    limit: int | None
    pairs: Sequence[Report]
    streams: Sequence[StreamReport]


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement of a run shares. Without `kept` nothing is kept for the next."""

    instruments: Instruments
    kept: Measurements | None = None
    progress: Progress | None = None

    async def streamed(self, file: Labelled, given: Given) -> StreamReport:
        """Shuffled, always in the same way: most files of intents are sorted by intent, as no stream is."""
        requests = random.Random(SEED).sample(file.requests, len(file.requests))
        by_method = {
            mode: await streamed(
                requests,
                self._used(),
                mode,
                threshold=given.threshold,
                min_confidence=given.min_confidence,
                kept=self.kept,
                progress=self.progress,
            )
            for mode in METHODS[given.judge]
        }
        return stream_report(file.name, by_method)

    async def measured(self, pairs: Sequence[Pair], judge: JudgeMode) -> list[Measured]:
        return await measured(pairs, self._used(), judge, kept=self.kept, progress=self.progress)

    def _used(self) -> Instruments:
        return self.instruments if self.kept is None else remembering(self.instruments, self.kept)


async def evaluated(
    files: Sequence[Path], bench: Bench, given: Given, *, limit: int | None = None
) -> Evaluation:
    """One report a file, and one of all of them where there are more. Raises `BadLabelledFile`."""
    # Every file is read before the first is measured: a mistake in the last one is told at once.
    labelled = [read_labelled(file, limit) for file in files]
    found = [(one, await bench.measured(one.pairs, given.judge)) for one in labelled if one.pairs]
    return Evaluation(
        given=given,
        embedder=str(bench.instruments.embedder.fingerprint),
        judge=bench.instruments.judge_model,
        limit=limit,
        pairs=_reports(found, given),
        streams=[await bench.streamed(one, given) for one in labelled if one.requests],
    )


async def measured_together(
    files: Sequence[Path], bench: Bench, judge: JudgeMode, *, limit: int | None = None
) -> list[Measured]:
    """The pairs of all files as one sample. Raises `BadLabelledFile`, also for a file without pairs."""
    labelled = [(file, read_labelled(file, limit)) for file in files]
    for file, one in labelled:
        if not one.pairs:
            raise BadLabelledFile(file, None, "a recommendation needs pairs with labels, not intents.")
    return await bench.measured([pair for _, one in labelled for pair in one.pairs], judge)


def _reports(found: Sequence[tuple[Labelled, list[Measured]]], given: Given) -> list[Report]:
    reports = [
        report_of(file.name, pairs, given, [pair.kind for pair in file.pairs]) for file, pairs in found
    ]
    if len(found) > 1:
        together = [one for _, pairs in found for one in pairs]
        names = [file.name for file, pairs in found for _ in pairs]
        reports.append(report_of(ALL_FILES, together, given, names))
    return reports
