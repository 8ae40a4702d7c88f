"""`askonce cache …`: make, look at, change, flush and delete caches."""

from typing import Any

import click

from askonce.commands import show
from askonce.commands.options import Command, Where, administers, confirms, quoted
from askonce.model.bounds import EvictionPolicy
from askonce.model.cache import (
    DEFAULT_DATABASE,
    DEFAULT_JUDGE,
    DEFAULT_MIN_CONFIDENCE,
    DEFAULT_THRESHOLD,
    OnEmbedderFailure,
    TtlMode,
)
from askonce.model.judgement import JudgeMode
from askonce.model.query import Strategy
from askonce.settings import BUNDLED_EMBEDDER

NO_BOUND = 0  # On the command line; `null` in JSON.
COLUMNS = {
    "CACHE": "cacheId",
    "STATUS": "status",
    "THRESHOLD": "defaultSearchThreshold",
    "ENTRIES": "entryCount",
    "BYTES": "bytes",
    "EMBEDDER": "embeddingProvider",
    "LAST USED": "lastUsedAt",
    "NAME": "name",
}


@click.group()
def cache() -> None:
    """Make, change and delete caches. A running server sees each change with its next request."""


def _changeable(command: Command) -> Command:
    """The options of what can be set at creation and changed later."""
    for option in reversed(
        (
            click.option(
                "--attribute",
                "attributes",
                multiple=True,
                help="A name that entries may carry, `*` for any; repeat for more. [default: any name]",
            ),
            click.option("--no-attributes", is_flag=True, help="Refuse attributes."),
            click.option("--threshold", type=float, help="Least similarity served, 0 to 1."),
            click.option(
                "--judge",
                type=click.Choice([one.value for one in JudgeMode]),
                help=f"What looks at a similar entry before it is served. [default: {DEFAULT_JUDGE.value}]",
            ),
            click.option(
                "--min-confidence",
                type=float,
                help=f"Least confidence of the judge's model, 0 to 1. [default: {DEFAULT_MIN_CONFIDENCE}]",
            ),
            click.option(
                "--ttl-ms", type=int, help="Life of an entry that is set without one; -1: for ever."
            ),
            click.option(
                "--strategy",
                "strategies",
                multiple=True,
                type=click.Choice([one.value for one in Strategy]),
                help="Repeat for more; they run in this order. [default: semantic]",
            ),
            click.option(
                "--on-embedder-failure",
                type=click.Choice([one.value for one in OnEmbedderFailure]),
                help="What a search answers whose embedder fails. [default: error]",
            ),
            click.option("--max-prompt-chars", type=int, help="Longest prompt; 0: what the server takes."),
            click.option(
                "--max-response-chars", type=int, help="Longest response; 0: what the server takes."
            ),
            click.option("--max-entries", type=int, help="Most entries; 0: any number."),
            click.option("--max-bytes", type=int, help="Most bytes of texts and vectors; 0: any number."),
            click.option(
                "--eviction",
                type=click.Choice([one.value for one in EvictionPolicy]),
                help="Who goes when the cache is full; `none`: a set is refused. [default: lru]",
            ),
            click.option(
                "--ttl-mode",
                type=click.Choice([one.value for one in TtlMode]),
                help="`sliding`: a hit begins an entry's life anew. [default: fixed]",
            ),
        )
    ):
        command = option(command)
    return command


def _fields(
    *,
    attributes: tuple[str, ...],
    no_attributes: bool,
    threshold: float | None,
    judge: str | None,
    min_confidence: float | None,
    ttl_ms: int | None,
    strategies: tuple[str, ...],
    on_embedder_failure: str | None,
    max_prompt_chars: int | None,
    max_response_chars: int | None,
    max_entries: int | None,
    max_bytes: int | None,
    eviction: str | None,
    ttl_mode: str | None,
) -> dict[str, Any]:
    """What was said, by the names of the API."""
    if attributes and no_attributes:
        raise click.UsageError("--attribute and --no-attributes exclude each other.")
    said = {
        "attributes": list(attributes) or ([] if no_attributes else None),
        "defaultSearchThreshold": threshold,
        "judge": judge,
        "minConfidence": min_confidence,
        "defaultTtlMillis": ttl_ms,
        "searchStrategies": list(strategies) or None,
        "onEmbedderFailure": on_embedder_failure,
        "evictionPolicy": eviction,
        "ttlMode": ttl_mode,
    }
    bounds = {
        "maxPromptChars": max_prompt_chars,
        "maxResponseChars": max_response_chars,
        "maxEntries": max_entries,
        "maxBytes": max_bytes,
    }
    return {name: value for name, value in said.items() if value is not None} | {
        name: None if value == NO_BOUND else value for name, value in bounds.items() if value is not None
    }


@cache.command("create")
@click.argument("name")
@_changeable
@click.option(
    "--embedder", default=BUNDLED_EMBEDDER, show_default=True, help="`bundled`, or a name in the settings."
)
@click.option(
    "--database",
    default=DEFAULT_DATABASE,
    show_default=True,
    help="The engine that keeps it: `default`, or a name in the settings.",
)
@administers
def create_cache(where: Where, name: str, embedder: str, database: str, **said: Any) -> None:
    """Make a cache and a key to it. The key is shown once."""
    defaults = {
        "name": name,
        "databaseId": database,
        "defaultSearchThreshold": DEFAULT_THRESHOLD,
        "defaultTtlMillis": -1,
        "attributes": ["*"],
        "embeddingProvider": embedder,
    }
    cache_id = where.call("POST", "/v1/caches", defaults | _fields(**said))["cacheId"]
    grants = [{"resourceId": cache_id, "actions": ["full"]}]
    minted = where.call("POST", "/v1/api-keys", {"name": "cache create", "grants": grants})
    if where.as_json:
        show.as_json({"cacheId": cache_id, "keyId": minted["keyId"], "apiKey": minted["token"]})
    else:
        click.echo(f"cache  {cache_id}\nkey    {minted['token']}\n\nThe key is shown only now.")


@cache.command("list")
@administers
def list_caches(where: Where) -> None:
    """List the caches and what they hold."""
    rows = where.call("GET", "/v1/caches")["caches"]
    if where.as_json:
        show.as_json(rows)
    else:
        show.table(COLUMNS, rows)


@cache.command("show")
@click.argument("cache_id")
@administers
def show_cache(where: Where, cache_id: str) -> None:
    """Show how a cache is set and what it holds."""
    _print(where, where.call("GET", _path(cache_id)))


@cache.command("update")
@click.argument("cache_id")
@click.option("--name", help="What people call it.")
@_changeable
@administers
def update_cache(where: Where, cache_id: str, name: str | None, **said: Any) -> None:
    """Change what is named and leave the rest."""
    changes = _fields(**said) | ({} if name is None else {"name": name})
    if not changes:
        raise click.UsageError("Say what to change.")
    _print(where, where.call("PATCH", _path(cache_id), changes))


@cache.command("flush")
@click.argument("cache_id")
@administers
@confirms("Remove every entry of this cache?")
def flush_cache(where: Where, cache_id: str) -> None:
    """Remove every entry of a cache."""
    where.call("DELETE", f"{_path(cache_id)}/entries")
    _done(where, cache_id, "flushed")


@cache.command("delete")
@click.argument("cache_id")
@click.option("--flush", is_flag=True, help="Delete its entries too, else they stay on the disk.")
@administers
@confirms("Delete this cache and every grant on it?")
def delete_cache(where: Where, cache_id: str, flush: bool) -> None:
    """Delete a cache. Its keys are refused from the next request on."""
    where.call("DELETE", f"{_path(cache_id)}?flush={str(flush).lower()}")
    _done(where, cache_id, "deleted")


@cache.command("embedders")
@administers
def list_embedders(where: Where) -> None:
    """List the embedders that caches can be made with."""
    providers = where.call("GET", "/v1/embedding-providers")["embeddingProviders"]
    if where.as_json:
        show.as_json(providers)
        return
    rows = [{"embedder": one["name"], **model} for one in providers for model in one["models"]]
    show.table({"EMBEDDER": "embedder", "MODEL": "name", "DIMENSIONS": "dimensions"}, rows)


def _print(where: Where, told: dict[str, Any]) -> None:
    if where.as_json:
        show.as_json(told)
    else:
        show.card(told)


def _done(where: Where, cache_id: str, what: str) -> None:
    if where.as_json:
        show.as_json({"cacheId": cache_id})
    else:
        click.echo(f"{what}  {cache_id}")


def _path(cache_id: str) -> str:
    return f"/v1/caches/{quoted(cache_id)}"
