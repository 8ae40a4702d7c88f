"""The command `askonce`. Parses, calls, prints; decides nothing.

Exit codes: 0 done; 1 the answer is "no" (`check` found problems); 2 wrong usage or a start refused.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from askonce import __version__, app, cli_measure
from askonce.cli_options import CONFIG_OPTION, JSON_OPTION, Command, data_option
from askonce.errors import InvalidRequest, Refusal, StartRefused
from askonce.model.cache import DEFAULT_JUDGE, DEFAULT_MIN_CONFIDENCE, DEFAULT_THRESHOLD
from askonce.model.judgement import JudgeMode
from askonce.model.key import Access
from askonce.model.query import Strategy
from askonce.service.caches import CacheSpec
from askonce.settings import BUNDLED_EMBEDDER, Settings, load, reference_page
from askonce.welcome import welcome_text

Result = TypeVar("Result")


def main() -> None:
    """The entry point: every refusal becomes one sentence on stderr and exit code 2."""
    try:
        cli()
    except InvalidRequest as error:
        _fail("\n".join(fault.message for fault in error.faults))
    except (StartRefused, Refusal) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    click.echo(f"askonce: {message}", err=True)
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="askonce")
def cli() -> None:
    """A semantic cache for LLM answers that speaks the LangCache API."""


cli.add_command(cli_measure.evaluate)
cli.add_command(cli_measure.tune)
cli.add_command(cli_measure.near_misses)


def _one_option_per_setting(command: Command) -> Command:
    for one in reversed(fields(Settings)):
        if one.name == "embedders":
            continue
        flag = f"--{one.name.replace('_', '-')}"
        default = "" if one.default is None else f"  [default: {one.default}]"
        unit = f" ({one.metadata['unit']})" if one.metadata["unit"] else ""
        command = click.option(flag, one.name, default=None, help=one.metadata["meaning"] + unit + default)(
            command
        )
    return CONFIG_OPTION(command)


@cli.command()
@_one_option_per_setting
def serve(config: Path | None, **flags: str | None) -> None:
    """Start the server.

    With an empty data directory it makes a cache, a key to it and an admin token, and shows them once.
    """
    settings = load(flags, os.environ, config)
    app.serve(settings, os.environ, lambda url, welcome: click.echo(welcome_text(url, welcome), nl=False))


@cli.group()
def cache() -> None:
    """Make and list caches. A running server sees a new cache at once."""


@cache.command("create")
@click.argument("name")
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    help="A name that entries may carry; repeat for more. [default: any name]",
)
@click.option("--no-attributes", is_flag=True, help="Refuse attributes.")
@click.option(
    "--threshold", default=DEFAULT_THRESHOLD, show_default=True, help="Least similarity served, 0 to 1."
)
@click.option(
    "--judge",
    type=click.Choice([one.value for one in JudgeMode]),
    default=DEFAULT_JUDGE.value,
    show_default=True,
    help="What looks at a similar entry before it is served.",
)
@click.option(
    "--min-confidence",
    default=DEFAULT_MIN_CONFIDENCE,
    show_default=True,
    help="Least confidence of the model, 0 to 1.",
)
@click.option("--ttl-ms", type=int, help="Life of an entry that is set without one. [default: for ever]")
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    type=click.Choice([one.value for one in Strategy]),
    help="Repeat for more; they run in this order. [default: semantic]",
)
@click.option(
    "--embedder", default=BUNDLED_EMBEDDER, show_default=True, help="`bundled`, or a name in the settings."
)
@data_option
@JSON_OPTION
def create_cache(
    name: str,
    attributes: tuple[str, ...],
    no_attributes: bool,
    threshold: float,
    judge: str,
    min_confidence: float,
    ttl_ms: int | None,
    strategies: tuple[str, ...],
    embedder: str,
    data: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Make a cache and a key to it. The key is shown once."""
    if attributes and no_attributes:
        raise click.UsageError("--attribute and --no-attributes exclude each other.")
    spec = CacheSpec(
        name=name,
        attributes=attributes or (() if no_attributes else ("*",)),
        default_threshold=threshold,
        judge=JudgeMode(judge),
        min_confidence=min_confidence,
        default_ttl_ms=ttl_ms,
        strategies=tuple(Strategy(one) for one in strategies) or (Strategy.SEMANTIC,),
        embedder=embedder,
    )

    async def create(office: app.Office) -> tuple[str, str]:
        made = await office.caches.create(spec)
        return made.id, await office.caches.mint_key(made.id, "cache create")

    cache_id, token = _in_office(data, config, create)
    if as_json:
        click.echo(json.dumps({"cacheId": cache_id, "apiKey": token}))
    else:
        click.echo(f"cache  {cache_id}\nkey    {token}\n\nThe key is shown only now.")


@cache.command("list")
@data_option
@JSON_OPTION
def list_caches(data: str | None, config: Path | None, as_json: bool) -> None:
    """List the caches."""

    async def listed(office: app.Office) -> list[Mapping[str, object]]:
        return [
            {
                "cacheId": one.id,
                "name": one.name,
                "defaultSearchThreshold": one.default_threshold,
                "judge": one.judge.value,
                "minConfidence": one.min_confidence,
                "defaultTtlMillis": one.default_ttl_ms,
                "attributes": one.attributes.listed(),
                "searchStrategies": [strategy.value for strategy in one.strategies],
                "embedder": one.embedder,
            }
            for one in await office.catalog.caches()
        ]

    rows = _in_office(data, config, listed)
    if as_json:
        click.echo(json.dumps(rows))
        return
    click.echo(f"{'CACHE':32}  {'THRESHOLD':>9}  {'EMBEDDER':12}  NAME")
    for row in rows:
        click.echo(
            f"{row['cacheId']:32}  {row['defaultSearchThreshold']:>9}  {row['embedder']:12}  {row['name']}"
        )


@cli.group()
def key() -> None:
    """Make keys."""


@key.command("create")
@click.argument("cache_id")
@click.option("--name", default="key create", show_default=True, help="What people call it.")
@click.option(
    "--access",
    type=click.Choice([one.name.lower() for one in Access]),
    default="full",
    show_default=True,
    help="`read` searches; `write` also sets, deletes and flushes.",
)
@data_option
@JSON_OPTION
def create_key(
    cache_id: str, name: str, access: str, data: str | None, config: Path | None, as_json: bool
) -> None:
    """Make a key to the cache CACHE_ID. It is shown once."""

    async def mint(office: app.Office) -> str:
        return await office.caches.mint_key(cache_id, name, Access[access.upper()])

    token = _in_office(data, config, mint)
    click.echo(json.dumps({"apiKey": token}) if as_json else token)


@cli.command()
@data_option
@JSON_OPTION
def check(data: str | None, config: Path | None, as_json: bool) -> None:
    """Hold the store against its index and both against their promises. The server must be stopped."""
    report = asyncio.run(app.check(load({"data": data}, os.environ, config)))
    if as_json:
        click.echo(json.dumps({"entries": report.entries, "problems": list(report.problems)}))
    else:
        for problem in report.problems:
            click.echo(problem)
        click.echo(f"{report.entries} entries checked, {len(report.problems)} problems.")
    sys.exit(1 if report.problems else 0)


@cli.command()
def settings() -> None:
    """Print every setting as a Markdown page (docs/settings.md)."""
    click.echo(reference_page(), nl=False)


def _in_office(
    data: str | None, config: Path | None, work: Callable[[app.Office], Coroutine[Any, Any, Result]]
) -> Result:
    return asyncio.run(app.in_office(load({"data": data}, os.environ, config), work))
