"""The commands that measure: `askonce eval`, and `askonce near-misses` that shows what to measure on."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from askonce import app
from askonce.cli_options import CONFIG_OPTION, JSON_OPTION, Command, data_option
from askonce.errors import StartRefused
from askonce.model.cache import DEFAULT_JUDGE, DEFAULT_MIN_CONFIDENCE, DEFAULT_THRESHOLD
from askonce.model.judgement import JudgeMode
from askonce.settings import BUNDLED_EMBEDDER, load
from askonce.telemetry.near_misses import KeptNearMiss
from askonce.tune.as_json import as_json as written_as_json
from askonce.tune.as_page import as_page
from askonce.tune.as_text import as_text
from askonce.tune.evaluate import evaluated
from askonce.tune.instruments import Instruments
from askonce.tune.progress import ProgressBar
from askonce.tune.remembering import Measurements
from askonce.tune.report import Given

Result = TypeVar("Result")
Work = Callable[[Instruments, Measurements | None], Coroutine[Any, Any, Result]]

FILES = click.Path(path_type=Path, dir_okay=False)
SHARE = click.FloatRange(0, 1)


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
@click.option(
    "--judge",
    type=click.Choice([mode.value for mode in JudgeMode]),
    default=DEFAULT_JUDGE.value,
    show_default=True,
    help="The strictest that is measured; the lesser ones are, too.",
)
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

    async def measure(instruments: Instruments, kept: Measurements | None) -> None:
        progress = ProgressBar(sys.stderr)
        found = await evaluated(files, instruments, given, limit=limit, kept=kept, progress=progress)
        if html is not None:
            _write(html, as_page(found))
        click.echo(written_as_json(found) if as_json else as_text(found), nl=as_json)

    _at_the_bench(measure, embedder, None if no_cache else cache_file or _usual_cache(os.environ), config)


def _at_the_bench(work: Work[Result], embedder: str, cache_file: Path | None, config: Path | None) -> Result:
    kept = None if cache_file is None else Measurements(cache_file)

    async def run() -> Result:
        async with app.instruments(load({}, os.environ, config), os.environ, embedder) as instruments:
            return await work(instruments, kept)

    try:
        return asyncio.run(run())
    finally:
        if kept is not None:  # Also after Ctrl-C: what was measured so far need not be measured again.
            kept.close()


def _usual_cache(environ: Mapping[str, str]) -> Path:
    """The user's folder for what can be made again."""
    if sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        folder = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
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
    # As JSON's texts: a line break or a terminal's control sequence in a prompt must not act.
    return f"{head}\n  asked   {json.dumps(one.asked)}\n  stored  {json.dumps(one.stored)}"
