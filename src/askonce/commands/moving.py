"""`askonce export` and `askonce import`: the entries of a cache as a file, and back."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from askonce.commands import show
from askonce.commands.importing import BadLines, Importer
from askonce.commands.options import Where, administers, quoted
from askonce.errors import StartRefused
from askonce.talk import Refused, Unreachable
from askonce.transfer.notes import SUFFIX, Notes, Progress
from askonce.transfer.opening import open_source, open_stream
from askonce.transfer.receiving import Received
from askonce.tune.progress import ProgressBar

PIPE = Path("-")


@click.command("export")
@click.argument("cache_id", metavar="CACHE")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@administers
def export_entries(where: Where, cache_id: str, file: Path, force: bool) -> None:
    """Write every entry of CACHE to FILE as JSON Lines, vectors included; `-` is standard output.

    FILE appears when all of it is written and its digest is right; until then it is FILE.partial. Works
    beside a running server, on its data directory too.
    """
    if file != PIPE and file.exists() and not force:
        raise StartRefused(f"{file} is there already; say --force to replace it.")
    received = Received()
    bar = ProgressBar(sys.stderr)
    with where.open() as talk, _written(file) as out:
        for piece in talk.stream(f"/v1/caches/{quoted(cache_id)}/export"):
            out.write(piece)
            received.take(piece)
            bar("export", min(received.entries, received.announced), received.announced + 1)
        if not received.is_whole():
            raise Unreachable("The export broke off: its last line is missing. The server's log says why.")
        bar("export", received.announced + 1, received.announced + 1)
    if where.as_json:
        told = {"file": str(file), "entries": received.entries, "bytes": received.bytes}
        click.echo(show.json_text(told), err=file == PIPE)
    else:
        click.echo(f"{received.entries} entries in {file}, {received.bytes} bytes.", err=file == PIPE)


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """`file` when the block ends well, and nothing when it does not."""
    if file == PIPE:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = file.with_name(file.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        # What is in it are prompts and responses: for its owner only.
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        partial.replace(file)
    except OSError as error:
        raise StartRefused(f"{file} can not be written: {error.strerror}.") from error


@click.command("import")
@click.argument("cache_id", metavar="CACHE")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--from-start", is_flag=True, help="Do not go on where an interrupted import of FILE ended.")
@administers
def import_entries(where: Where, cache_id: str, file: Path, from_start: bool) -> None:
    """Store the entries of FILE in CACHE; `-` is standard input.

    FILE is an export of AskOnce, lines of JSON or a CSV table with `prompt` and `response`, a JSON array of
    such objects, or the SQLite file of GPTCache. What the cache has already is replaced. Interrupted, it goes
    on where it was when it is run again; how far it is stands beside FILE until it is done.
    """
    source = open_stream(sys.stdin.buffer) if file == PIPE else open_source(file)
    source.check()
    target = f"/v1/caches/{quoted(cache_id)}/import"
    notes = Notes(None if file == PIPE else file.with_name(file.name + SUFFIX), where.named() + target)
    progress = Progress() if from_start else notes.read(source)
    if progress.mark.number:
        click.echo(f"Going on after {source.noun} {progress.mark.number}.", err=True)
    bar = ProgressBar(sys.stderr)

    def report(now: Progress) -> None:
        nonlocal progress
        progress = now
        if source.size is not None:
            bar("import", min(now.mark.place, source.size - 1), source.size)

    try:
        with where.open() as talk:
            Importer(talk, target, source, notes).run(progress, report)
    except BadLines as error:
        again = "Mend the file and run this again."
        raise StartRefused(
            f"{error}\n{_summary(progress)} Nothing of this batch is stored. {again}"
        ) from error
    except (Refused, Unreachable):
        click.echo(f"{_summary(progress)} Run this again to go on.", err=True)
        raise
    notes.remove()
    if where.as_json:
        told = {"stored": progress.stored, "embedded": progress.embedded, "over": progress.over}
        show.as_json(told)
    else:
        click.echo(_summary(progress))


def _summary(progress: Progress) -> str:
    over = f", {progress.over} left out that had expired" if progress.over else ""
    return f"{progress.stored} entries stored, {progress.embedded} of them embedded anew{over}."
