"""The commands that measure: `askonce eval`, `askonce tune`, and `askonce near-misses` to tune by."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from askonce import app
from askonce.cli_options import CONFIG_OPTION, JSON_OPTION, Command, data_option
from askonce.errors import StartRefused
from askonce.model.cache import DEFAULT_JUDGE, DEFAULT_MIN_CONFIDENCE, DEFAULT_THRESHOLD
from askonce.model.judgement import JudgeMode
from askonce.settings import BUNDLED_EMBEDDER, Settings, load
from askonce.telemetry.near_misses import KeptNearMiss
from askonce.tune.advice import advice, advice_as_json
from askonce.tune.as_json import as_json as written_as_json
from askonce.tune.as_page import as_page
from askonce.tune.as_text import as_text
from askonce.tune.evaluate import Bench, evaluated, measured_together
from askonce.tune.labelling import Answer, label, on_one_line, unlabelled
from askonce.tune.progress import ProgressBar
from askonce.tune.recommend import Recommendation, recommended
from askonce.tune.remembering import Measurements
from askonce.tune.report import Given

Result = TypeVar("Result")
Work = Callable[[Bench], Coroutine[Any, Any, Result]]

FILES = click.Path(path_type=Path, dir_okay=False)
SHARE = click.FloatRange(0, 1)
JUDGE_OPTION = click.option(
    "--judge",
    type=click.Choice([mode.value for mode in JudgeMode]),
    default=DEFAULT_JUDGE.value,
    show_default=True,
    help="The strictest that is measured; the lesser ones are, too.",
)


def _instrument_options(command: Command) -> Command:
    """What both measuring commands take."""
    for option in reversed(
        (
            click.option("--limit", type=click.IntRange(1), help="Rows of a file, drawn with a fixed seed."),
            click.option("--embedder", default=BUNDLED_EMBEDDER, show_default=True, help="As for a cache."),
            click.option(
                "--cache", "cache_file", type=FILES, help="Keeps vectors and judgements between runs."
            ),
            click.option("--no-cache", is_flag=True, help="Keep nothing between runs."),
            CONFIG_OPTION,
        )
    ):
        command = option(command)
    return command


@click.command("eval")
@click.argument("files", type=FILES, nargs=-1, required=True)
@click.option(
    "--threshold", type=SHARE, default=DEFAULT_THRESHOLD, show_default=True, help="Least similarity."
)
@click.option(
    "--min-confidence",
    type=SHARE,
    default=DEFAULT_MIN_CONFIDENCE,
    show_default=True,
    help="The model's least.",
)
@JUDGE_OPTION
@click.option("--html", type=FILES, help="Also write a page with plots and the worst mistakes.")
@JSON_OPTION
@_instrument_options
def evaluate(
    files: tuple[Path, ...],
    threshold: float,
    min_confidence: float,
    judge: str,
    html: Path | None,
    as_json: bool,
    limit: int | None,
    embedder: str,
    cache_file: Path | None,
    no_cache: bool,
    config: Path | None,
) -> None:
    """Measure what would be served, right and wrong, on labelled FILES (docs/tuning.md)."""
    given = Given(threshold, min_confidence, JudgeMode(judge))

    async def measure(bench: Bench) -> None:
        found = await evaluated(files, bench, given, limit=limit)
        if html is not None:
            _write(html, as_page(found))
        click.echo(written_as_json(found) if as_json else as_text(found), nl=as_json)

    _at_the_bench(measure, embedder, _cache_file(cache_file, no_cache), config)


@click.command()
@click.argument("files", type=FILES, nargs=-1)
@click.option(
    "--cap", type=click.FloatRange(0.0005, 0.5), default=0.01, show_default=True, help="Most wrong."
)
@click.option(
    "--near-misses", "cache_id", metavar="CACHE_ID", help="Label what this cache did not serve, then use it."
)
@click.option("--labels", type=FILES, help="Where labels go. [default: labels-CACHE_ID.jsonl]")
@click.option("--sample", type=click.IntRange(1), default=50, show_default=True, help="Most pairs to label.")
@JUDGE_OPTION
@click.option("--data", default=None, help="Directory of everything kept.")
@JSON_OPTION
@_instrument_options
def tune(
    files: tuple[Path, ...],
    cap: float,
    cache_id: str | None,
    labels: Path | None,
    sample: int,
    judge: str,
    data: str | None,
    as_json: bool,
    limit: int | None,
    embedder: str,
    cache_file: Path | None,
    no_cache: bool,
    config: Path | None,
) -> None:
    """Recommend similarityThreshold and minConfidence for a cap on wrong answers.

    From labelled FILES, from near misses that you label here, or both. The exit code is 1 where the pairs are
    too few to promise the cap.
    """
    if not files and cache_id is None:
        raise click.UsageError("Name labelled files, or a cache with --near-misses.")
    if cache_id is not None:
        labels = labels or Path(f"labels-{cache_id}.jsonl")
        _label(load({"data": data}, os.environ, config), cache_id, labels, sample)
        files = (*files, labels)

    async def recommend(bench: Bench) -> Recommendation:
        pairs = await measured_together(files, bench, JudgeMode(judge), limit=limit)
        return recommended(pairs, JudgeMode(judge), cap)

    found = _at_the_bench(recommend, embedder, _cache_file(cache_file, no_cache), config)
    is_of_near_misses = cache_id is not None and len(files) == 1
    told = advice_as_json(found) + "\n" if as_json else advice(found, is_of_near_misses=is_of_near_misses)
    click.echo(told, nl=False)
    sys.exit(0 if found.promised else 1)


def _label(settings: Settings, cache_id: str, labels: Path, sample: int) -> None:
    """Questions and answers go by stderr: what is recommended can be piped on."""
    kept = asyncio.run(app.near_misses(settings, cache_id))
    if kept and all(one.asked is None for one in kept):
        raise StartRefused(
            "The near misses of this cache were kept without prompts. Start the server with"
            " --near-miss-log prompts to have some to label."
        )
    pairs = unlabelled(kept, labels, sample)
    count = label(pairs, labels, _ask) if pairs else 0
    click.echo(f"{count} new labels in {labels}; {len(pairs) - count} left of this sample.", err=True)
    if not labels.exists():
        raise StartRefused("There is no near miss with a label yet.")


def _ask(shown: str) -> Answer:
    choices = click.Choice([one.value for one in Answer])
    try:
        return Answer(click.prompt(f"{shown} yes, no, skip, quit", type=choices, err=True))
    except click.Abort:  # Ctrl-C, or no more input.
        return Answer.QUIT


def _at_the_bench(work: Work[Result], embedder: str, cache_file: Path | None, config: Path | None) -> Result:
    kept = None if cache_file is None else Measurements(cache_file)

    async def run() -> Result:
        async with app.instruments(load({}, os.environ, config), os.environ, embedder) as instruments:
            return await work(Bench(instruments, kept, ProgressBar(sys.stderr)))

    try:
        return asyncio.run(run())
    finally:
        if kept is not None:  # Also after Ctrl-C: what was measured so far need not be measured again.
            kept.close()


def _cache_file(named: Path | None, is_off: bool) -> Path | None:
    """Without a name: in the user's folder for what can be made again."""
    if named is not None or is_off:
        return None if is_off else named
    if sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "askonce" / "measurements.db"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartRefused(f"{file} can not be written: {error.strerror}.") from error


@click.command("near-misses")
@click.argument("cache_id")
@data_option
@JSON_OPTION
def near_misses(cache_id: str, data: str | None, config: Path | None, as_json: bool) -> None:
    """Show what was similar enough to serve in the cache CACHE_ID and was not, the oldest first.

    With prompts where the server keeps them (`--near-miss-log prompts`). It writes once a second.
    """
    kept = asyncio.run(app.near_misses(load({"data": data}, os.environ, config), cache_id))
    if as_json:
        click.echo(f"[{', '.join(one.as_json() for one in kept)}]")
        return
    for one in kept:
        click.echo(_near_miss_text(one))
    click.echo(f"{len(kept)} near misses.", err=True)


def _near_miss_text(one: KeptNearMiss) -> str:
    at = datetime.fromtimestamp(one.at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    confidence = "" if one.confidence is None else f"  confidence {one.confidence:.2f}"
    head = f"{at}  {one.entry_id}  similarity {one.similarity:.3f}{confidence}  {', '.join(one.reasons)}"
    if one.asked is None or one.stored is None:
        return head
    return f"{head}\n  asked   {on_one_line(one.asked)}\n  stored  {on_one_line(one.stored)}"
