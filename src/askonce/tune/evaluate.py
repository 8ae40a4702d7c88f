"""`askonce eval`: files in, reports out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askonce.tune.instruments import Instruments, Progress
from askonce.tune.labelled import Labelled, read_labelled
from askonce.tune.measure import Measured, measured
from askonce.tune.remembering import Measurements, remembering
from askonce.tune.report import Given, Report, report_of

ALL_FILES = "all files"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`embedder` and `judge` name what was measured: a figure of other weights is another figure."""

    given: Given
    embedder: str
    judge: str
    limit: int | None
    pairs: Sequence[Report]


async def evaluated(
    files: Sequence[Path],
    instruments: Instruments,
    given: Given,
    *,
    limit: int | None = None,
    kept: Measurements | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """One report a file, and one of all of them where there are more. Raises `BadLabelledFile`."""
    # Every file is read before the first is measured: a mistake in the last one is told at once.
    labelled = [read_labelled(file, limit) for file in files]
    used = instruments if kept is None else remembering(instruments, kept)
    found: list[tuple[Labelled, list[Measured]]] = []
    for one in labelled:
        if one.pairs:
            found.append((one, await measured(one.pairs, used, given.judge, kept=kept, progress=progress)))
    return Evaluation(
        given=given,
        embedder=str(instruments.embedder.fingerprint),
        judge=instruments.judge_model,
        limit=limit,
        pairs=_reports(found, given),
    )


def _reports(found: Sequence[tuple[Labelled, list[Measured]]], given: Given) -> list[Report]:
    reports = [
        report_of(file.name, pairs, given, [pair.kind for pair in file.pairs]) for file, pairs in found
    ]
    if len(found) > 1:
        together = [one for _, pairs in found for one in pairs]
        names = [file.name for file, pairs in found for _ in pairs]
        reports.append(report_of(ALL_FILES, together, given, names))
    return reports
